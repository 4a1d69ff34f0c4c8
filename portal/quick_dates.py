"""Write days and moments as Django's filter `date` does, without taking the format to pieces each time.

A page of looks has some hundred moments in three formats. What is neither a day nor a moment, and formats with other
letters, are Django's to write.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.template import Library
from django.template.defaultfilters import date as write_date
from django.utils.dateformat import re_escaped, re_formatchars
from django.utils.dates import MONTHS

PIECES: dict[str, Callable[[Any], str]] = {
    "c": lambda at: str(at.isoformat()),
    "d": lambda at: f"{at.day:02d}",
    "F": lambda at: str(MONTHS[at.month]),
    "H": lambda at: f"{at.hour:02d}",
    "i": lambda at: f"{at.minute:02d}",
    "j": lambda at: str(at.day),
    "m": lambda at: f"{at.month:02d}",
    "Y": lambda at: f"{at.year:04d}",
}
OF_TIME = frozenset("Hi")


def write_quick_date(value: Any, form: Any = None) -> str:
    """Like Django's filter `date`, which names its formats in capitals: those are looked up."""
    kind = value.__class__
    if (kind is datetime or kind is date) and isinstance(form, str):
        pieces = split_format(str(form), kind)
        if pieces:
            return "".join([piece if piece.__class__ is str else piece(value) for piece in pieces])
    return str(write_date(value, form))


Library().filter("date", write_quick_date, expects_localtime=True)


@lru_cache(maxsize=256)
def split_format(form: str, kind: type) -> Sequence[Any]:
    """Split into texts and the functions that write what stands between them; empty where Django must write it."""
    texts, letters = re_formatchars.split(form)[::2], re_formatchars.split(form)[1::2]
    if form.isupper() or not set(letters) <= PIECES.keys() - (OF_TIME if kind is date else set()):
        return ()
    pieces: list[Any] = [re_escaped.sub(r"\1", texts[0])]
    for letter, text in zip(letters, texts[1:], strict=True):
        pieces += [PIECES[letter], re_escaped.sub(r"\1", text)]
    return [piece for piece in pieces if piece]
