"""Events of statistics, of the published numbers and of checked notes, in words."""

from consents.ledger.event_words import EventWords, register_events

EVENTS = register_events(
    {
        "insight_question.added": EventWords("", "A question was added."),
        "insight_question.retired": EventWords("", "A question was retired."),
        "insight.asked": EventWords("", "A question was asked."),
        "insight.answered": EventWords("", "A question was answered."),
        "figures.published": EventWords("", "The numbers of a month were published."),
        "note.checked": EventWords("", "A note was checked for personal values."),
    }
)
