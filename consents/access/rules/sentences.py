"""Check what a ready-made sentence must be before staff are offered it. Pure."""

from collections.abc import Collection, Mapping

from django.utils.translation import gettext_lazy as _

from consents.access.rules import MAX_SENTENCE_LENGTH
from consents.core.refusals import NotValid, Refusal


class SentenceIsPublished(Refusal):
    sentence = _("This version is published and stays as it is. Write a new version instead.")


class NewerSentenceInForce(Refusal):
    sentence = _("A newer version of this sentence was published already. Write a new version instead.")


class SentenceNotInForce(Refusal):
    sentence = _("This sentence is no longer offered.")


class SentenceIncomplete(NotValid):
    sentence = _("Write the sentence in every language first: %(missing)s.")


class SentenceTooLong(NotValid):
    sentence = _("This is longer than the 200 letters of the one sentence that a customer reads. Shorten it.")


def check_sentence(texts: Mapping[str, str]) -> None:
    """Raises SentenceTooLong."""
    if any(len(text) > MAX_SENTENCE_LENGTH for text in texts.values()):
        raise SentenceTooLong


def check_sentence_is_complete(texts: Mapping[str, str], languages: Collection[str], names: Mapping[str, str]) -> None:
    """Require a text in each language; `names` are what these are called. Raises SentenceIncomplete."""
    missing = [names.get(code, code) for code in languages if not texts.get(code, "").strip()]
    if missing:
        raise SentenceIncomplete(missing=", ".join(missing))
