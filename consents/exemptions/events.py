"""Events of exemptions, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.event_words import EventWords, register_events

EVENTS = register_events(
    {
        "exemption.filed": EventWords(
            _("Someone on our staff asked to look without your permission."), "Filed.", export="exemption filed"
        ),
        "exemption.opened": EventWords(
            _("Someone on our staff opened data in an emergency, without your permission."),
            "Opened at once in an emergency. The customer was told.",
            export="emergency opened at once",
        ),
        "exemption.granted": EventWords(
            _("A second person allowed access without your permission."),
            "Granted by a privacy officer.",
            export="exemption granted",
        ),
        "exemption.refused": EventWords(
            _("A second person did not allow access without your permission."),
            "Refused by a privacy officer.",
            export="exemption refused, or emergency not confirmed",
        ),
        "exemption.confirmed": EventWords(
            _("A second person checked the emergency and confirmed it."),
            "Checked and confirmed by a privacy officer.",
            export="emergency confirmed by a second officer",
        ),
        "exemption.unchecked": EventWords(
            _("No second person checked the emergency within a day. It was ended."),
            "No second officer checked it within 24 hours.",
            export="emergency not checked in time",
        ),
        "exemption.cancelled": EventWords(
            _("The request to look without your permission was taken back."),
            "Taken back by the requester.",
            export="exemption taken back",
        ),
        "exemption.delay_renewed": EventWords(
            _("A law still forbade us to tell you of access without your permission."),
            "Telling the customer was delayed once more.",
            export="telling the customer delayed once more",
        ),
        "exemption.told": EventWords(
            _("We told you of access without your permission, as soon as the law allowed it."),
            "The customer was told.",
            export="customer told after a delay",
        ),
        "conflict.noted": EventWords(
            _("We noted that someone on our staff knows you, so that every look of theirs at your data is checked."),
            "It was noted that a member of staff knows the customer.",
        ),
        "conflict.lifted": EventWords(
            _("We lifted the note that someone on our staff knows you."),
            "The note that a member of staff knows the customer was lifted.",
        ),
        "bypass.found": EventWords("", "A sign was found that staff went round the customer."),
        "bypass.decided": EventWords("", "A compliance officer decided about a sign of going round the customer."),
    }
)
