"""Events of the catalogue, in words."""

from consents.ledger.event_words import EventWords, register_events

EVENTS = register_events(
    {
        "category.drafted": EventWords("", "Drafted."),
        "category.changed": EventWords("", "Changed."),
        "category.published": EventWords("", "Published."),
        "recipient.drafted": EventWords("", "Drafted."),
        "recipient.changed": EventWords("", "Changed."),
        "purpose.drafted": EventWords("", "Drafted."),
        "purpose.changed": EventWords("", "Changed."),
        "purpose.retired": EventWords("", "Retired."),
        "purpose_version.drafted": EventWords("", "Drafted."),
        "purpose_version.changed": EventWords("", "Changed."),
        "purpose_version.published": EventWords("", "Published."),
    }
)
