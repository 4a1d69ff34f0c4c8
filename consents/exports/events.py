"""Events of exports and of looks into a customer's history, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "export.made": EventWords("", _("An export was requested.")),
        "export.approved": EventWords("", _("A second officer approved the export.")),
        "export.finished": EventWords("", _("The export was finished.")),
        "export.downloaded": EventWords("", _("The export was downloaded.")),
        "history.opened": EventWords(
            _("One of our officers reviewed the history of your data."), _("An officer reviewed this history.")
        ),
    }
)
