"""Events of training, in words."""

from consents.ledger.event_words import EventWords, register_events

EVENTS = register_events(
    {
        "training_module.drafted": EventWords("", "The module was drafted."),
        "training_module.changed": EventWords("", "The module was changed."),
        "training_module.published": EventWords("", "The module was published."),
        "training.tried": EventWords("", "The questions were answered."),
        "training.attested": EventWords("", "The training was attested."),
    }
)
