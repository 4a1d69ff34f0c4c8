"""How easily a text is read, in each language."""

import pytest

from consents.catalogue.exchange.parsing import parse_catalogue
from consents.catalogue.rules import (
    count_english_syllables,
    count_german_syllables,
    count_spanish_syllables,
    find_longest_sentence,
    measure_reading_ease,
    split_sentences,
)
from consents.ops.demo.company import FILE

SYLLABLES = {
    count_english_syllables: {
        "take": 1,
        "table": 2,
        "looked": 1,
        "wanted": 2,
        "boxes": 2,
        "data": 2,
        "delivery": 4,
        "purposes": 3,
    },
    count_german_syllables: {
        "bestellungen": 4,
        "wir": 1,
        "daten": 2,
        "zeigen": 2,
        "bier": 1,
        "kaufen": 2,
        "häuser": 2,
        "see": 1,
    },
    count_spanish_syllables: {
        "que": 1,
        "datos": 2,
        "día": 2,
        "ciudad": 2,
        "país": 2,
        "averigüe": 4,
        "poeta": 3,
        "hoy": 1,
        "guion": 1,
    },
}
EASY = {
    "en": "We use your name and your email address to send you our offers. Every mail says how to end it.",
    "de": "Wir schreiben Ihnen, wenn etwas billiger wird. Das ist höchstens zweimal im Monat.",
    "es": "Usamos su nombre y su correo para enviarle ofertas. Cada correo dice cómo terminar.",
}
HARD = {
    "en": "Processing of personal data is conducted exclusively on the basis of applicable statutory provisions,"
    " notwithstanding any supplementary contractual arrangements.",
    "de": "Die Verarbeitung personenbezogener Daten erfolgt ausschließlich auf Grundlage der einschlägigen"
    " datenschutzrechtlichen Bestimmungen sowie gegebenenfalls ergänzender vertraglicher Vereinbarungen.",
    "es": "El tratamiento de los datos personales se efectúa exclusivamente conforme a las disposiciones legales"
    " aplicables, sin perjuicio de las estipulaciones contractuales complementarias.",
}


@pytest.mark.parametrize(
    ("count", "word", "expected"),
    [(count, word, n) for count, words in SYLLABLES.items() for word, n in words.items()],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_syllables_are_counted_per_language(count, word, expected):
    assert count(word) == expected


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_legalese_is_far_below_plain_words(language):
    assert measure_reading_ease(EASY[language], language) > 60 > 30 > measure_reading_ease(HARD[language], language)


def test_the_formula_is_fleschs():
    """Six words, six syllables, one sentence: 206.835 - 1.015 * 6 - 84.6."""
    assert measure_reading_ease("The cat sat on the mat.", "en") == round(206.835 - 6.09 - 84.6)


@pytest.mark.parametrize("text", ["", " \n", "…!?", "—"])
def test_no_words_have_no_ease(text):
    assert measure_reading_ease(text, "en") is None


def test_an_unknown_language_has_no_formula():
    assert measure_reading_ease("Bonjour à tous.", "fr") is None


def test_a_region_reads_as_its_language():
    assert measure_reading_ease(EASY["de"], "de-AT") == measure_reading_ease(EASY["de"], "de")


def test_it_points_at_the_longest_sentence():
    assert split_sentences("One. Two words! Three more words?") == ["One", "Two words", "Three more words"]
    assert find_longest_sentence("One. Two words! Three more words?") == "Three more words"


def test_the_demo_is_read_easily_in_every_language():
    for code, purpose in parse_catalogue(FILE.read_text(encoding="utf-8"))["purposes"].items():
        for language, words in purpose["notices"].items():
            assert (
                measure_reading_ease("\n".join([words["sentence"], words["text"], words["if_no"]]), language) >= 65
            ), code
