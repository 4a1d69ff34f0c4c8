"""Measure how easy a text is to read: Flesch's reading ease, fitted to each language. Pure.

A child of ten can read 100, one of thirteen to fifteen 60; 30 takes a degree. The scale is the same for all three:
English after Flesch (1948), German after Amstad (1978), Spanish after Fernández Huerta (1959).
(textstat has them too, but brings a corpus tool that downloads word lists when it runs.)
"""

import re
from collections.abc import Callable

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
