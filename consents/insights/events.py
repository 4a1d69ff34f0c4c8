"""Events of statistics, of the published numbers and of checked notes, in words."""

from django.utils.translation import gettext_lazy as _

from consents.ledger.rules import EventWords, register_events

EVENTS = register_events(
    {
        "insight_question.added": EventWords("", _("A question was added.")),
        "insight_question.retired": EventWords("", _("A question was retired.")),
        "insight.asked": EventWords("", _("A question was asked.")),
        "insight.answered": EventWords("", _("A question was answered.")),
        "figures.published": EventWords("", _("The numbers of a month were published.")),
        "note.checked": EventWords("", _("A note was checked for personal values.")),
    }
)
