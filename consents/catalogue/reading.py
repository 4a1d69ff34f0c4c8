"""How easily a text is read: Flesch's reading ease with the numbers fitted to each language. Pure.

100 is read by a child of ten, 60 by one of thirteen to fifteen, 30 takes a degree; the scale is the same in all three:
English after Flesch (1948), German after Amstad (1978), Spanish after Fernández Huerta (1959).
(textstat would know them too, but brings a corpus tool that downloads its word lists when it runs.)
"""

import re
from collections.abc import Callable

SENTENCE_END = re.compile(r"[.!?…:;]+(?=\s|$)|\n+")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def english(word: str) -> int:
    """Groups of vowels; a silent e at the end is none ("take"), one after a consonant and l is ("table")."""
    count = len(re.findall("[aeiouy]+", word))
    is_silent = re.search("[^aeiouy](?:e|es|ed)$", word) and not re.search(
        "[^aeiouy]les?$|[td]ed$|[sxz]es$|[cs]hes$", word
    )
    return count - 1 if is_silent and count > 1 else count


def german(word: str) -> int:
    """Vowels, of which the diphthongs are one ("Bier") and others two ("Situation")."""
    return len(re.findall("ie|ei|ai|au|äu|eu|aa|ee|oo|[aeiouäöüy]", word))


def spanish(word: str) -> int:
    """Strong vowels each, weak ones only apart from strong ones; the u of que, qui, gue and gui is silent."""
    word = re.sub("([qg])u([eéií])", r"\1\2", word)
    return len(re.findall("[aeoáéóíú]|(?<![aeoáéóíúiuü])[iuü]+(?![aeoáéóíúiuü])", word))


# Syllables of a word; ease from words per sentence and syllables per word.
FORMULAS: dict[str, tuple[Callable[[str], int], Callable[[float, float], float]]] = {
    "en": (english, lambda words, syllables: 206.835 - 1.015 * words - 84.6 * syllables),
    "de": (german, lambda words, syllables: 180 - words - 58.5 * syllables),
    "es": (spanish, lambda words, syllables: 206.84 - 1.02 * words - 60 * syllables),
}


def sentences(text: str) -> list[str]:
    return [part.strip() for part in SENTENCE_END.split(text) if WORD.search(part)]


def ease(text: str, language: str) -> int | None:
    """Reading ease, mostly 0 to 100, more is easier. None where there is no formula for the language, or no word."""
    formula = FORMULAS.get(language.partition("-")[0])
    words = WORD.findall(text.lower())
    if formula is None or not words:
        return None
    syllables, of = formula
    return round(of(len(words) / len(sentences(text)), sum(max(1, syllables(word)) for word in words) / len(words)))


def hardest(text: str) -> str:
    """The longest sentence: where to begin."""
    return max(sentences(text), key=lambda sentence: len(WORD.findall(sentence)), default="")
