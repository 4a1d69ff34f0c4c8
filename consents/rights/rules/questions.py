"""Questions to a customer: how many, how long, which placeholders a ready-made one may have. Pure."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from consents.core.refusals import NotValid, Refusal

MOST_QUESTIONS = 20
MOST_LETTERS = 2000
MOST_TRIES = 10  # wrong codes for one question; then only the account, a letter or a call is left
PLACEHOLDERS = ("number", "right", "arrived", "answer_by")
BRACED = re.compile(r"\{([^{}]*)\}")
STRAY = re.compile(r"[{}]")


class UnknownPlaceholder(NotValid):
    sentence = _("A placeholder is not known. Use only {number}, {right}, {arrived} and {answer_by}.")


class NoQuestion(NotValid):
    sentence = _("Choose a ready-made question or write one.")


class NoReply(NotValid):
    sentence = _("Write your answer.")


class QuestionTooLong(NotValid):
    sentence = _("This is too long for one question. Shorten it.")


class TooManyQuestions(Refusal):
    sentence = _("The customer was asked as much about this request as it can hold.")


def check_placeholders(text: str) -> None:
    """Raises UnknownPlaceholder."""
    if set(BRACED.findall(text)) - set(PLACEHOLDERS) or STRAY.search(BRACED.sub("", text)):
        raise UnknownPlaceholder


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Fill each known placeholder; whatever a value contains is never read as one."""
    return BRACED.sub(lambda match: values.get(match[1], match[0]), text)


def check_question(words: str, earlier: int) -> str:
    """Return the words to send. Raises NoQuestion, QuestionTooLong, TooManyQuestions."""
    text = words.strip()
    if not text:
        raise NoQuestion
    if len(text) > MOST_LETTERS:
        raise QuestionTooLong
    if earlier >= MOST_QUESTIONS:
        raise TooManyQuestions
    return text
