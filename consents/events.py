"""Events that the head and `ops` record, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.event_words import EventWords, register_events

EVENTS = register_events(
    {
        "key.recorded": EventWords("", "A key came into use."),
        "ledger.restored": EventWords("", "Records were restored from a backup."),
        "session.ended": EventWords(
            _("You signed out on other devices."), "Someone signed out on their other devices."
        ),
    }
)
