"""Events of exemptions, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "exemption.filed": EventWords(
            _("Someone on our staff asked to look without your permission."), _("Filed."), export=_("exemption filed")
        ),
        "exemption.opened": EventWords(
            _("Someone on our staff got access to data in an emergency, without your permission."),
            _("Opened at once in an emergency. The customer was told."),
            export=_("emergency opened at once"),
        ),
        "exemption.granted": EventWords(
            _("A second person allowed access without your permission."),
            _("Granted by a privacy officer."),
            export=_("exemption granted"),
        ),
        "exemption.refused": EventWords(
            _("A second person did not allow access without your permission."),
            _("Refused by a privacy officer."),
            export=_("exemption refused, or emergency not confirmed"),
        ),
        "exemption.confirmed": EventWords(
            _("A second person checked the emergency and confirmed it."),
            _("Checked and confirmed by a privacy officer."),
            export=_("emergency confirmed by a second officer"),
        ),
        "exemption.unchecked": EventWords(
            _("No second person checked the emergency within a day."),
            _("No second officer checked it within 24 hours."),
            export=_("emergency not checked in time"),
        ),
        "exemption.cancelled": EventWords(
            _("The request to look without your permission ended before it was decided."),
            _("Ended before it was decided."),
            export=_("exemption ended before it was decided"),
        ),
        "exemption.delay_renewed": EventWords(
            _("A law still forbade us to tell you of access without your permission."),
            _("Telling the customer was delayed once more."),
            export=_("telling the customer delayed once more"),
        ),
        "exemption.told": EventWords(
            _("We told you of access without your permission, as soon as the law allowed it."),
            _("The customer was told."),
            export=_("customer told after a delay"),
        ),
        "conflict.noted": EventWords(
            _("We noted that someone on our staff knows you, so that every look of theirs at your data is checked."),
            _("It was noted that a member of staff knows the customer."),
        ),
        "conflict.lifted": EventWords(
            _("We lifted the note that someone on our staff knows you."),
            _("The note that a member of staff knows the customer was lifted."),
        ),
        "bypass.found": EventWords("", _("A sign was found that staff went round the customer.")),
        "bypass.decided": EventWords("", _("A compliance officer decided about a sign of going round the customer.")),
    }
)
