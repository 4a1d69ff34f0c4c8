"""CHECKs of what a column of JSON holds: pages and exports read it for as long as its row is kept, so it takes nothing
but what they read.

Each names a strict path (SQL/JSON) to everything that must be of one kind; where the path leads nowhere, the value has
another shape.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import rfc8785
from django.db import models


def encode_canonical(value: Mapping[str, Any]) -> bytes:
    """Return the RFC 8785 bytes of a JSON object (UTF-8; strings, integers, booleans, None, lists, objects)."""
    return rfc8785.dumps(dict(value))


def compute_digest(value: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical bytes as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(encode_canonical(value)).hexdigest()


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


class NotStrict(ValueError):
    """Says what the text must be, as the end of a sentence about it."""


def read_strict_json(text: bytes) -> Any:
    """Read a text with no member twice, half a letter or endless number. Raises NotStrict."""
    try:
        content = json.loads(text.decode(), object_pairs_hook=read_members)
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    except NotStrict:
        raise
    except (ValueError, RecursionError):
        raise NotStrict("must be JSON in UTF-8") from None
    return content


def read_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise NotStrict("must not have a member twice")
    return members
