"""CHECKs of what a column of JSON holds: pages and exports read it for as long as its row is kept, so it takes nothing
but what they read.

Each names a strict path (SQL/JSON) to everything that must be of one kind; where the path leads nowhere, the value has
another shape.
"""

from django.db import models

LISTED, NAMED, NAMED_PARTS = "$[*]", "$.*", "$.*.*"


def is_all_of(column: str, path: str, kind: str = "string") -> models.Func:
    """Ask whether all that is found at the path is of this kind: string, number or object."""
    return models.Func(
        models.F(column),
        template=f"coalesce(NOT jsonb_path_exists(%(expressions)s,"
        f""" 'strict {path} ? (@.type() != "{kind}")', '{{}}', true), false)""",
        output_field=models.BooleanField(),
    )


def is_list_of_texts(column: str) -> models.Func:
    return is_all_of(column, LISTED)


def is_list_of_numbers(column: str) -> models.Func:
    return is_all_of(column, LISTED, "number")


def is_texts_by_name(column: str) -> models.Func:
    """Ask whether it is an object of texts, such as a sentence in each language."""
    return is_all_of(column, NAMED)


def is_parts_by_name(column: str) -> models.Func:
    """Ask whether it is an object of objects of texts, such as title and description in each language."""
    return is_all_of(column, NAMED_PARTS)
