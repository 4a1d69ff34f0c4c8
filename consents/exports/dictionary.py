"""The data dictionary of a dataset: one row for each column, from its description."""

import csv
import io

from consents.exports.describing import Description

NAME = "dictionary.csv"


def render_dictionary(description: Description) -> bytes:
    """Return the dictionary as CSV. Its cells are our own text, so none needs escaping as a formula."""
    text = io.StringIO(newline="")
    table = csv.writer(text, quoting=csv.QUOTE_ALL)
    table.writerow(["column", "type", "allowed_values", "personal", "source", "meaning"])
    for column in description.columns:
        personal = "only if asked for" if column.personal else ""
        table.writerow([column.name, column.type, ", ".join(column.values), personal, column.source, column.meaning])
    return text.getvalue().encode()
