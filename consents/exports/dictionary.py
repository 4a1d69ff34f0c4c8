"""The data dictionary of a dataset, from its description: a row for each column."""

import csv
import io
from typing import Any

from consents.exports.datasets import Description

NAME = "dictionary.csv"
HEADINGS = ["column", "type", "allowed_values", "personal", "source", "meaning"]


def rows(description: Description) -> list[dict[str, Any]]:
    return [
        {
            "column": column.name,
            "type": str(column.type),
            "allowed_values": ", ".join(column.values),
            "personal": "only if asked for" if column.personal else "",
            "source": column.source,
            "meaning": column.meaning,
        }
        for column in description.columns
    ]


def written(description: Description) -> bytes:
    """As CSV. Its words are ours: none begins like a formula."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, HEADINGS, quoting=csv.QUOTE_ALL)
    table.writeheader()
    table.writerows(rows(description))
    return text.getvalue().encode()
