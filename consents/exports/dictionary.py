"""The data dictionary of a dataset: one row for each column, from its description."""

import csv
import io
from typing import Any

from consents.exports.describing import Description

NAME = "dictionary.csv"
HEADINGS = ["column", "type", "allowed_values", "personal", "source", "meaning"]


def list_columns(description: Description) -> list[dict[str, Any]]:
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


def render_dictionary(description: Description) -> bytes:
    """Return the dictionary as CSV. Its cells are our own text, so none needs escaping as a formula."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, HEADINGS, quoting=csv.QUOTE_ALL)
    table.writeheader()
    table.writerows(list_columns(description))
    return text.getvalue().encode()
