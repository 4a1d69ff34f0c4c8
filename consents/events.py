"""Events that the head and `ops` record, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "key.recorded": EventWords("", _("A key came into use.")),
        "ledger.restored": EventWords("", _("Records were restored from a backup.")),
    }
)
