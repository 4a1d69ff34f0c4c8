"""Other values for a column of a row: what else there is, what the rule compares with, nothing."""

import re
from collections.abc import Iterator
from typing import Any

NOWHERE = "41111111-2222-4333-8444-555555555555"
# By the type of the column: how many of the table's own values, then these.
VALUES: dict[str, tuple[int, list[Any]]] = {
    "uuid": (9, [NOWHERE]),
    **dict.fromkeys(("int8", "int4", "int2"), (5, [0, -1, 1, 2])),
    **dict.fromkeys(("varchar", "text"), (5, ["", "x", "{}"])),
    "timestamptz": (3, ["2020-01-01T00:00:00Z", "2200-01-01T00:00:00Z", "infinity", "-infinity"]),
    "date": (3, ["2020-01-01", "2200-01-01", "infinity", "-infinity"]),
    "bool": (0, [True, False]),
    "jsonb": (4, [[], {}, ["x"], {"x": "y"}]),
    "interval": (0, ["00:00:01", "365 days", "-1 day", "01:00:00"]),
    "xid8": (0, ["1"]),
    "bytea": (2, ["\\x00", "\\x"]),
    **dict.fromkeys(("numeric", "float8"), (0, [0, 1, 100])),
}
MOST_WORDS = 60
WORD = re.compile(r"'([^'\n%]{1,40})'")


class Pool:
    """What the column of a table holds elsewhere, or may point to."""

    def __init__(self, references: dict[tuple[str, str], str], rows: dict[str, dict[str, dict[str, Any]]]) -> None:
        self.references, self.rows = references, rows
        self.known: dict[tuple[str, str], list[Any]] = {}

    def of(self, table: str, column: str) -> list[Any]:
        if (table, column) not in self.known:
            found = [row[column] for row in self.rows[table].values()]
            if to := self.references.get((table, column)):
                found += [row.get("id", row.get("user_id")) for row in self.rows[to].values()]
            elif column in ("customer", "actor", "object"):
                found += [row["id"] for row in self.rows["people_customer"].values()][:3]
                found += [row["id"] for row in self.rows["people_user"].values()]
            self.known[table, column] = list({str(value): value for value in found if value is not None}.values())
        return self.known[table, column]


def otherwise(kind: str, value: Any, pool: list[Any], text: str) -> Iterator[Any]:
    """Values of this type that are not this one; words out of the text of the rule."""
    most, others = VALUES.get(kind, (0, []))
    words = list(dict.fromkeys(WORD.findall(text)))[:MOST_WORDS] if kind in ("varchar", "text") else []
    near = [value + 1, value - 1, value + 100] if kind.startswith("int") and isinstance(value, int) else []
    candidates = [None, *words, *pool[:most], *others, *near]
    yield from {str(one): one for one in candidates if str(one) != str(value)}.values()
