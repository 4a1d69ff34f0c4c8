"""Events of openings and of reports of a look, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.event_words import EventWords, register_events

EVENTS = register_events(
    {
        "vault.opened": EventWords(_("%(who)s opened: %(what)s."), "%(who)s opened: %(what)s.", export="opened data"),
        "vault.opening_refused": EventWords(
            _("%(who)s tried to open data and was refused."),
            "An attempt to open data was refused.",
            export="refused to open data",
        ),
        "vault.own_copy": EventWords(
            _("Your data was read to show it to you, or to make a copy for you."),
            "Data was read to show it to the customer, or to make a copy for them.",
        ),
        "vault.compared": EventWords(
            _("An officer looked at a value that you want corrected."),
            "The value to be corrected was looked at",
            export="looked at a value to correct it",
        ),
        "vault.counted": EventWords("", "Data was counted for statistics."),
        "look_emails.chosen": EventWords(
            _("You chose how often we email you about looks at your data."),
            "The customer chose how often we email them about looks.",
        ),
        "look_report.filed": EventWords(_("You reported a look at your data."), "The customer reported a look."),
        "look_report.answered": EventWords(
            _("Whoever looked said why, to the officer who decides about your report."),
            "Whoever looked said why.",
        ),
        "look_report.decided": EventWords(
            _("An officer decided about a look you reported."), "An officer decided the report of a look."
        ),
    }
)
