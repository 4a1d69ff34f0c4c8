"""Rules for a text that customers will read. Pure: no database, no clock, no settings."""

import re
from collections.abc import Callable, Iterable, Mapping

from django.utils.text import capfirst
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from consents.catalogue import terms
from consents.core import countries
from consents.core.refusals import Refusal

type Languages = Iterable[str]
# What a customer reads in one language, by the names of a notice's fields.
type NoticeWords = Mapping[str, str]


class IncompleteText(Refusal):
    """Raised when a text that a customer must read is missing."""


def check_category(
    words: Mapping[str, Mapping[str, str]],
    labels: Mapping[str, Mapping[str, str]],
    term: str,
    special: bool,
    languages: Languages,
) -> None:
    """Require a DPV term, a title and labels in every language, and the mark of a special category.

    Raises IncompleteText, NotMarkedSpecial.
    """
    if not term:
        raise IncompleteText(_("Choose what this kind of data is in DPV before it is published."))
    if term in terms.SPECIAL and not special:
        raise NotMarkedSpecial
    for language in languages:
        if not words.get(language, {}).get("title"):
            what = {"language": get_language_name(language)}
            raise IncompleteText(_("The title is missing in this language: %(language)s.") % what)
        for key, label in labels.items():
            if not label.get(language):
                what = {"key": key, "language": get_language_name(language)}
                raise IncompleteText(
                    _("The label of the field “%(key)s” is missing in this language: %(language)s.") % what
                )


def check_notices(notices: Mapping[str, NoticeWords], *, languages: Languages, rests_on_consent: bool) -> None:
    """Require every text that a customer must read, in every language (GDPR Art 13). Raises IncompleteText."""
    for language in languages:
        if language not in notices:
            what = {"language": get_language_name(language)}
            raise IncompleteText(_("The text is missing in this language: %(language)s.") % what)
        lacking = list_missing_words(notices[language], rests_on_consent)
        if lacking:
            what = {"language": get_language_name(language), "words": ", ".join(lacking)}
            raise IncompleteText(_("Something is missing in this language: %(language)s. Write: %(words)s.") % what)


def get_language_name(code: str) -> str:
    """Return the language's own name, as the forms label it."""
    return capfirst(str(get_language_info(code)["name_local"]))


def list_missing_words(words: NoticeWords, rests_on_consent: bool) -> list[str]:
    """List what is empty, as the form labels it. Without consent, the text must say where to object instead."""
    needed = {
        "name": _("name"),
        "sentence": _("sentence"),
        "text": _("text"),
        "retention": _("how long it is kept"),
        **({"if_no": _("if the customer says no")} if rests_on_consent else {"objection": _("where to object")}),
    }
    return [label for name, label in needed.items() if not words[name].strip()]


class NotMarkedSpecial(Refusal):
    sentence = gettext_lazy(
        "This kind of data is of a special category (GDPR Art 9). Mark it so: consent must be explicit."
    )


class HardToRead(Refusal):
    """Raised for a text above the set reading level."""


class BundledPurposes(Refusal):
    """Raised for two purposes in one (GDPR recital 43: each purpose gets its own yes or no)."""


class UnprotectedTransfer(Refusal):
    """Raised when data goes abroad without a named safeguard (GDPR Art 30(1)(e)). Names the countries."""

    sentence = gettext_lazy(
        "The data goes outside the European Economic Area: %(countries)s. Name who gets it there as a recipient, "
        "with what protects it."
    )


# Words that join two things, as whole words; a name with one of them names two purposes.
JOINING_WORDS = {
    "en": {"and", "or", "plus", "&", "+"},
    "de": {"und", "oder", "sowie", "bzw", "&", "+"},
    "es": {"y", "e", "o", "u", "&", "+"},
}


def check_facts(
    *,
    rests_on_consent: bool,
    dpv_purpose: str,
    is_special: bool,
    is_sale: bool,
    has_recipients: bool,
    unprotected: list[str],
) -> None:
    """Check the facts of a version that do not depend on the language.

    Raises IncompleteText, Refusal, UnprotectedTransfer.
    """
    if not dpv_purpose:
        raise IncompleteText(_("Choose what this purpose is in DPV before it is published."))
    if is_special and not rests_on_consent:
        raise Refusal(
            gettext_lazy(
                "Data of a special category needs explicit consent (GDPR Art 9): choose consent as the legal basis."
            )
        )
    if is_sale and not has_recipients:
        raise Refusal(gettext_lazy("This purpose sells or shares data. Say who gets it."))
    if unprotected:
        raise UnprotectedTransfer(countries=", ".join(map(countries.get_country_name, unprotected)))


def check_one_purpose(notices: Mapping[str, NoticeWords]) -> None:
    """Refuse a name that joins two purposes; the form allows only one DPV purpose and one legal basis."""
    for language, words in notices.items():
        joining = find_joining_word(words["name"], language)
        if joining:
            what = {"name": words["name"], "word": joining}
            raise BundledPurposes(
                _(
                    "“%(name)s” joins two things with “%(word)s”. Make them two purposes, so that the customer can say "
                    "yes to one and no to the other."
                )
                % what
            )


def find_joining_word(name: str, language: str) -> str:
    """Return the first word that joins two things, or ''."""
    joining = JOINING_WORDS.get(language.partition("-")[0], set())
    words = re.split(r"[\s,;:/.]+", name.lower())
    return "/" if "/" in name else next((word for word in words if word in joining), "")


def check_reading_ease(notices: Mapping[str, NoticeWords], *, least: int) -> None:
    """Require texts at least as easy to read as `least`. Raises HardToRead."""
    for language, words in notices.items():
        text = "\n".join(words[part] for part in ("sentence", "text", "if_no", "retention", "objection"))
        ease = measure_reading_ease(text, language)
        if ease is not None and ease < least:
            what = {
                "language": get_language_name(language),
                "ease": ease,
                "least": least,
                "sentence": find_longest_sentence(text),
            }
            raise HardToRead(
                _(
                    "The text in this language is too hard to read: %(language)s (%(ease)d of 100, at least %(least)d "
                    "is needed). Write shorter sentences and shorter words; begin with this one: “%(sentence)s”."
                )
                % what
            )


# Names of laws and their numbers: text that fits this reveals nothing about a person. The database has the same.
_NAMES = (
    "UK|EU|GDPR|DPA|CCPA|CPRA|BDSG|AO|HGB|BGB|LOPDGDD|TDDDG|Civ|Cal|CCR|Code|Data Protection Act|Directive|Regulation"
    "|Act|Art|Arts|Article|Articles|Abs|Nr|Rec|Recital|Sched|Schedule|Sec|Section|para|lit|No|and|to"
)
_PART = rf"((({_NAMES})\.?|§{{1,2}}|[0-9]+[a-z]?([./-][0-9]+)*)(\([0-9A-Za-z]{{1,4}}\))*)"
PROVISION = rf"^(?=.*[0-9]){_PART}([ ,;]+{_PART})*$"

# Teams that may ask for a purpose: a JSON list of texts, none of them empty, as the database writes it.
TEAM_NAMES = r'^\[("([^"\\]|\\.)+"(, "([^"\\]|\\.)+")*)?\]$'


def fold_team(name: str) -> str:
    """Teams are compared by name, whatever its capitals; `portal.is_for_team_of` does the same."""
    return name.strip().lower()


# Measure how easy a text is to read: Flesch's reading ease, fitted to each language. Pure.
#
# A child of ten can read 100, one of thirteen to fifteen 60; 30 takes a degree. The scale is the same for all three:
# English after Flesch (1948), German after Amstad (1978), Spanish after Fernández Huerta (1959). (textstat has them
# too, but brings a corpus tool that downloads word lists when it runs.)

SENTENCE_END = re.compile(r"[.!?…:;]+(?=\s|$)|\n+")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def count_english_syllables(word: str) -> int:
    """Count groups of vowels; a silent e at the end is none ("take"), one after a consonant and l is ("table")."""
    count = len(re.findall("[aeiouy]+", word))
    is_silent = re.search("[^aeiouy](?:e|es|ed)$", word) and not re.search(
        "[^aeiouy]les?$|[td]ed$|[sxz]es$|[cs]hes$", word
    )
    return count - 1 if is_silent and count > 1 else count


def count_german_syllables(word: str) -> int:
    """Count vowels, of which the diphthongs are one ("Bier") and others two ("Situation")."""
    return len(re.findall("ie|ei|ai|au|äu|eu|aa|ee|oo|[aeiouäöüy]", word))


def count_spanish_syllables(word: str) -> int:
    """Count each strong vowel, weak ones only apart from strong ones; the u of que, qui, gue and gui is silent."""
    word = re.sub("([qg])u([eéií])", r"\1\2", word)
    return len(re.findall("[aeoáéóíú]|(?<![aeoáéóíúiuü])[iuü]+(?![aeoáéóíúiuü])", word))


# Syllables of a word; ease from words per sentence and syllables per word.
FORMULAS: dict[str, tuple[Callable[[str], int], Callable[[float, float], float]]] = {
    "en": (count_english_syllables, lambda words, syllables: 206.835 - 1.015 * words - 84.6 * syllables),
    "de": (count_german_syllables, lambda words, syllables: 180 - words - 58.5 * syllables),
    "es": (count_spanish_syllables, lambda words, syllables: 206.84 - 1.02 * words - 60 * syllables),
}


def split_sentences(text: str) -> list[str]:
    return [part.strip() for part in SENTENCE_END.split(text) if WORD.search(part)]


def measure_reading_ease(text: str, language: str) -> int | None:
    """Return the reading ease, mostly 0 to 100, higher is easier; None without a formula or any word."""
    formula = FORMULAS.get(language.partition("-")[0])
    words = WORD.findall(text.lower())
    if formula is None or not words:
        return None
    syllables, of = formula
    return round(
        of(len(words) / len(split_sentences(text)), sum(max(1, syllables(word)) for word in words) / len(words))
    )


def find_longest_sentence(text: str) -> str:
    """Return the longest sentence, the first one to shorten."""
    return max(split_sentences(text), key=lambda sentence: len(WORD.findall(sentence)), default="")
