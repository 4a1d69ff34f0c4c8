"""Every word for customers and staff exists in every language, whole; the compiled catalogs are the written ones."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from gettext import GNUTranslations
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.utils import translation

from consents.ops import translating

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%")
LANGUAGES = translating.list_target_languages()
GLOSSARY = (
    (settings.BASE_DIR / ".github/CONTRIBUTING.md").read_text("utf-8").partition("One word per thing, in each")[2]
)
# A column of a file, which is in English for everybody, and the name of an algorithm.
NAMED_IN_ENGLISH = {"Denied", "none", "SHA-256"}
# Nothing here changes what is read.
extract_messages, read_catalog = cache(translating.extract_messages), cache(translating.read_catalog)


def pairs(catalog):
    """(source, translation) of every message; the first of the plural forms with the singular, the others with the
    plural."""
    for message in catalog:
        if isinstance(message.id, (list, tuple)):
            yield message.id[0], message.string[0]
            yield from ((message.id[1], form) for form in message.string[1:])
        elif message.id:
            yield message.id, message.string


def test_every_language_has_a_catalog():
    assert LANGUAGES == ["de", "es"]
    assert len(extract_messages()) > 300


def test_what_is_english_for_everybody_asks_for_no_translation():
    """What `translating.FOR_OPERATORS` leaves out; a migration repeats the words of its model."""
    folders = [settings.BASE_DIR / "consents" / name for name in ("ops", "management")]
    paths = [path for folder in folders for path in folder.rglob("*.py")]

    assert paths and not [path for path in paths if re.search("import .*gettext", path.read_text("utf-8"))]


def test_the_functions_that_mark_a_message_keep_their_names():
    """Under another name than `_` their messages are in no catalog."""
    renamed = re.compile(r"gettext\w* as (?!_\b)\w+")
    paths = [path for name in ("consents", "portal") for path in (settings.BASE_DIR / name).rglob("*.py")]

    assert paths and not [path for path in paths if renamed.search(path.read_text("utf-8"))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_has_exactly_the_messages_of_the_sources(language):
    """Otherwise: manage.py translate."""
    written = translating.get_catalog_path(language).read_text("utf-8")

    assert written == translating.render_catalog(translating.update_catalog(language, extract_messages()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language):
    assert translating.list_untranslated_texts(read_catalog(language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_names_the_same_things(language):
    unequal = [
        (source, words)
        for source, words in pairs(read_catalog(language))
        if sorted(set(PLACEHOLDER.findall(source))) != sorted(set(PLACEHOLDER.findall(words)))
    ]
    assert not unequal


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_keeps_the_ends_and_the_tags(language):
    """A full stop, a question mark, a colon and HTML are part of the message."""

    def shape(words: str) -> tuple:
        return words[-1:] if words[-1:] in ".:?" else "", re.findall(r"</?\w+", words), words != words.strip()

    assert not [(a, b) for a, b in pairs(read_catalog(language)) if shape(a) != shape(b)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_start_has_compiled_each_message(language):
    with translating.get_catalog_path(language).with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for message in read_catalog(language):
        if message.id and isinstance(message.id, str):
            assert (
                compiled.pgettext(message.context, message.id) if message.context else compiled.gettext(message.id)
            ) == message.string


def test_it_calls_a_thing_by_its_one_word():
    """By the first word of each entry of the glossary, whatever its ending and accents."""
    rows = re.findall(r"^\| ([a-z ]+) \| (.+) \| (.+) \|$", GLOSSARY, re.MULTILINE)
    faults = [
        (language, source, words)
        for column, language in enumerate(LANGUAGES, 1)
        for source, words in pairs(read_catalog(language))
        for row in rows
        if re.search(rf"\b{row[0]}", PLACEHOLDER.sub("", source), re.IGNORECASE)
        and not any(fold(known.split()[0]) in fold(words) for known in row[column].split(", "))
    ]
    assert len(rows) > 5
    assert not faults


def test_spanish_counts_the_last_day_in():
    """“By 29 May” is that day too; «antes del 29» ends on the 28th."""
    named = {source: words for source, words in pairs(read_catalog("es")) if " by %(day)s" in source}

    assert len(named) > 5 and [words for words in named.values() if "antes del" in words] == []


def test_the_request_of_a_right_is_not_called_one_for_access():
    """English has one word for both: a message of these rooms that other rooms have too needs a context."""
    rooms, of_access = re.compile(r"\b(rights|copies)/"), re.compile("access|ask you")
    faults = [
        (source, words)
        for language, others, own in (("de", "anfrage", "antrag"), ("es", "solicitud", "peticion"))
        for message in read_catalog(language)
        if any(rooms.search(place) for place, _line in message.locations)
        for source, words in pairs([message])
        if "request" in source and not of_access.search(source.lower())
        if others in fold(words) and own not in fold(words)
    ]
    assert faults == []


def test_each_column_of_a_list_is_named_in_every_language():
    """A property that a list shows is named by its name in Python, which nobody translates."""
    named = [
        (model.__name__, column, [in_language(code, label_for_field, column, model, its) for code in ("en", "es")])
        for model, its in admin.site._registry.items()
        for column in its.list_display
        if column != "__str__"
    ]
    assert len(named) > 50
    assert [row for row in named if len({*row[2]}) == 1 and row[2][0] not in NAMED_IN_ENGLISH] == []


def in_language(code: str, name: Callable[..., Any], *about: Any) -> str:
    with translation.override(code):
        return str(name(*about))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_or_button_is_called_what_it_is_called(language):
    """What a sentence names in quotation marks reads there as it does on its page."""
    catalog = read_catalog(language)
    known = {message.id: message.string for message in catalog if isinstance(message.id, str) and not message.context}
    faults = [
        (source, words)
        for source, words in pairs(read_catalog(language))
        for name in re.findall("“([^”]+)”", source)
        if name not in NAMED_IN_ENGLISH and known.get(name, "") not in words
    ]
    assert not faults


def fold(words: str) -> str:
    """Lower case, without accents."""
    return "".join(
        letter for letter in unicodedata.normalize("NFD", words.lower()) if not unicodedata.combining(letter)
    )
