"""Events of the keys that sign the ledger, in words."""

from consents.ledger.event_words import EventWords, register_events

EVENTS = register_events(
    {
        "signing_key.made": EventWords("", "A new signing key came into use."),
        "signing_key.withdrawn": EventWords("", "A signing key was withdrawn."),
    }
)
