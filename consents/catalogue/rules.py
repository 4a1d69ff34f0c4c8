"""What must be true of a text before customers read it. Pure: no database, no clock, no settings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from consents.core.refusals import Refusal

type Languages = Iterable[str]


class NotWhole(Refusal):
    """Something is missing that a customer must read."""


@dataclass(frozen=True)
class Words:
    """A notice in one language."""

    name: str
    sentence: str
    text: str
    if_no: str
    retention: str
    objection: str


def check_category(
    words: Mapping[str, Mapping[str, str]],
    labels: Mapping[str, Mapping[str, str]],
    term: str,
    languages: Languages,
) -> None:
    """A kind of data has a DPV term, a title and labels in every language. Raises NotWhole."""
    if not term:
        raise NotWhole(_("Choose what this kind of data is in DPV before it is published."))
    for language in languages:
        if not words.get(language, {}).get("title"):
            raise NotWhole(_("The title is missing in this language: %(language)s.") % {"language": language})
        for key, label in labels.items():
            if not label.get(language):
                what = {"key": key, "language": language}
                raise NotWhole(_("The label of the field “%(key)s” is missing in this language: %(language)s.") % what)


def check_notices(notices: Mapping[str, Words], *, languages: Languages, rests_on_consent: bool) -> None:
    """Every language has every word a customer must read (GDPR Art 13). Raises NotWhole."""
    for language in languages:
        if language not in notices:
            raise NotWhole(_("The text is missing in this language: %(language)s.") % {"language": language})
        lacking = missing_words(notices[language], rests_on_consent)
        if lacking:
            what = {"language": language, "words": ", ".join(lacking)}
            raise NotWhole(_("In this language something is missing: %(language)s. Write: %(words)s.") % what)


def missing_words(words: Words, rests_on_consent: bool) -> list[str]:
    """What is empty, in the words of the form. Where no consent is asked, one must read where to object instead."""
    needed = {
        _("name"): words.name,
        _("sentence"): words.sentence,
        _("text"): words.text,
        _("how long it is kept"): words.retention,
    }
    needed |= (
        {_("if the customer says no"): words.if_no} if rests_on_consent else {_("where to object"): words.objection}
    )
    return [label for label, text in needed.items() if not text.strip()]
