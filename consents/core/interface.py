"""Which pages asked: part of the proof of what somebody answered (G05 para 108: the workflow in force)."""

import hashlib
from functools import cache

from django.template.loader import get_template


@cache
def interface_of(*templates: str) -> str:
    """Short digest of the templates that ask; it changes whenever their source does."""
    sources = [get_template(name).template.source for name in templates]  # type: ignore[attr-defined]
    return hashlib.sha256("".join(sources).encode()).hexdigest()[:12]
