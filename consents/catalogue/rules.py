"""What must be true of a text before customers read it. Pure: no database, no clock, no settings."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from consents.catalogue import reading, terms
from consents.core import countries
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
    special: bool,
    languages: Languages,
) -> None:
    """A kind of data has a DPV term, a title and labels in every language; what DPV calls special is marked so.

    Raises NotWhole, NotMarkedSpecial.
    """
    if not term:
        raise NotWhole(_("Choose what this kind of data is in DPV before it is published."))
    if term in terms.SPECIAL and not special:
        raise NotMarkedSpecial
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


class NotMarkedSpecial(Refusal):
    sentence = _lazy("This kind of data is of a special category (GDPR Art 9). Mark it so: consent must be explicit.")


class HardToRead(Refusal):
    """A text above the set reading level."""


class Bundled(Refusal):
    """A purpose that is two (GDPR recital 43: each purpose gets its own yes or no)."""


class NeedsExplicitConsent(Refusal):
    sentence = _lazy(
        "Data of a special category needs explicit consent (GDPR Art 9): choose consent as the legal basis."
    )


class SaleToNobody(Refusal):
    sentence = _lazy("This purpose sells or shares data. Say who gets it.")


class Unprotected(Refusal):
    """It is not told what protects the data abroad (GDPR Art 30(1)(e)). Says in which countries."""

    def __init__(self, places: Iterable[str]) -> None:
        sentence = _(
            "The data goes outside the European Economic Area: %(countries)s. Name who gets it there as a recipient, "
            "with what protects it."
        )
        super().__init__(sentence % {"countries": ", ".join(countries.name(code) for code in places)})


# Words that join two things, as whole words; a name with one of them names two purposes.
JOINING = {
    "en": {"and", "or", "plus", "&", "+"},
    "de": {"und", "oder", "sowie", "bzw", "&", "+"},
    "es": {"y", "e", "o", "u", "&", "+"},
}


@dataclass(frozen=True)
class Facts:
    """What a version says in every language alike."""

    rests_on_consent: bool
    dpv_purpose: str
    is_special: bool
    is_sale: bool
    has_recipients: bool
    unprotected: list[str]


def check_facts(facts: Facts) -> None:
    """Raises NotWhole, NeedsExplicitConsent, SaleToNobody, Unprotected."""
    if not facts.dpv_purpose:
        raise NotWhole(_("Choose what this purpose is in DPV before it is published."))
    if facts.is_special and not facts.rests_on_consent:
        raise NeedsExplicitConsent
    if facts.is_sale and not facts.has_recipients:
        raise SaleToNobody
    if facts.unprotected:
        raise Unprotected(facts.unprotected)


def check_one_purpose(notices: Mapping[str, Words]) -> None:
    """One purpose has one DPV purpose and one legal basis, which the form sees to, and a name that joins nothing."""
    for language, words in notices.items():
        joining = joining_word(words.name, language)
        if joining:
            what = {"name": words.name, "word": joining}
            raise Bundled(
                _(
                    "“%(name)s” joins two things with “%(word)s”. Make them two purposes, so that the customer can say "
                    "yes to one and no to the other."
                )
                % what
            )


def joining_word(name: str, language: str) -> str:
    """The first word that joins two things; empty where the name is of one thing."""
    joining = JOINING.get(language.partition("-")[0], set())
    words = re.split(r"[\s,;:/.]+", name.lower())
    return "/" if "/" in name else next((word for word in words if word in joining), "")


def check_reading(notices: Mapping[str, Words], *, least: int) -> None:
    """Every text is at least as easy to read as the setting says. Raises HardToRead."""
    for language, words in notices.items():
        text = "\n".join([words.sentence, words.text, words.if_no, words.retention, words.objection])
        ease = reading.ease(text, language)
        if ease is not None and ease < least:
            what = {"language": language, "ease": ease, "least": least, "sentence": reading.hardest(text)}
            raise HardToRead(
                _(
                    "The text in this language is too hard to read: %(language)s (%(ease)d of 100, at least %(least)d "
                    "is needed). Write shorter sentences and shorter words; begin with this one: “%(sentence)s”."
                )
                % what
            )


# Names of laws and their numbers; what fits in here says nothing about a person. The database says the same.
_NAMES = (
    "UK|EU|GDPR|DPA|CCPA|CPRA|BDSG|AO|HGB|BGB|LOPDGDD|TDDDG|Civ|Cal|CCR|Code|Data Protection Act|Directive|Regulation"
    "|Act|Art|Arts|Article|Articles|Abs|Nr|Rec|Recital|Sched|Schedule|Sec|Section|para|lit|No|and|to"
)
_PART = rf"((({_NAMES})\.?|§{{1,2}}|[0-9]+[a-z]?([./-][0-9]+)*)(\([0-9A-Za-z]{{1,4}}\))*)"
PROVISION = rf"^(?=.*[0-9]){_PART}([ ,;]+{_PART})*$"
