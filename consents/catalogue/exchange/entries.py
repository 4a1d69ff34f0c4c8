"""The entries of a catalogue file as checked values, and how lengths of time are written there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

FORMAT = 1
UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}


@dataclass(frozen=True)
class CategoryEntry:
    """`words`: language → title and description. `fields`: key, then language → label, in order."""

    code: str
    term: str
    sensitive: bool
    special: bool
    order: int
    words: dict[str, dict[str, str]]
    fields: list[tuple[str, dict[str, str]]]


@dataclass(frozen=True)
class RecipientEntry:
    code: str
    facts: dict[str, str]


@dataclass(frozen=True)
class PurposeEntry:
    """`settings`: fields of the purpose. `facts`: fields of its version. `notices`: language → words."""

    code: str
    settings: dict[str, Any]
    facts: dict[str, Any]
    categories: list[str]
    recipients: list[str]
    notices: dict[str, dict[str, str]]


@dataclass(frozen=True)
class Catalogue:
    categories: list[CategoryEntry]
    recipients: list[RecipientEntry]
    purposes: list[PurposeEntry]


def format_length(length: timedelta) -> str:
    """Format as "7 days" or "90 minutes", in the largest unit that divides the length."""
    for unit, size in UNITS.items():
        if length >= size and not length % size:
            count = length // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{length // UNITS['minute']} minutes"


def parse_length(words: str) -> timedelta | None:
    """Parse "7 days" or "90 minutes"; return None for anything else."""
    count, _, unit = words.partition(" ")
    size = UNITS.get(unit.removesuffix("s"))
    return int(count) * size if size and count.isascii() and count.isdigit() and len(count) < 7 else None
