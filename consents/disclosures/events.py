"""Events of openings and of reports of a look, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "vault.opened": EventWords(
            _("%(who)s opened: %(what)s."), _("%(who)s opened: %(what)s."), export=_("opened data")
        ),
        "vault.opening_refused": EventWords(
            _("%(who)s tried to open data and was refused."),
            _("An attempt to open data was refused."),
            export=_("refused to open data"),
        ),
        "vault.own_copy": EventWords(
            _("Your data was read to show it to you, or to make a copy for you."),
            _("Data was read to show it to the customer, or to make a copy for them."),
        ),
        "vault.compared": EventWords(
            _("An officer looked at a value that you want corrected."),
            _("The value to be corrected was looked at"),
            export=_("looked at a value to correct it"),
        ),
        "vault.counted": EventWords("", _("Data was counted for statistics.")),
        "look_emails.chosen": EventWords(
            _("You chose how often we email you about looks at your data."),
            _("The customer chose how often we email them about looks."),
            _("%(other)s chose how often we email about looks at the data."),
        ),
        "look_report.filed": EventWords(
            _("You reported a look at your data."),
            _("The customer reported a look."),
            _("%(other)s reported a look at the data."),
        ),
        "look_report.answered": EventWords(
            _("Whoever looked said why, to the officer who decides about your report."),
            _("Whoever looked said why."),
        ),
        "look_report.words_read": EventWords(
            _("An officer read your report of a look."), _("An officer read what was written."), is_in_copy_only=True
        ),
        "look_report.decided": EventWords(
            _("An officer decided about a reported look."), _("An officer decided the report of a look.")
        ),
    }
)
