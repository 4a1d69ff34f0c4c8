"""Read the JSON of programs in the one way that cannot be read in two (I-JSON, RFC 7493)."""

import json
from typing import Any


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
