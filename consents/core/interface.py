"""Which pages asked: part of the proof of what somebody answered (G05 para 108: the workflow in force)."""

import hashlib
from functools import cache

from django.template import Engine


@cache
def interface_of(*templates: str) -> str:
    """Short digest of the templates that ask; it changes whenever their source does."""
    sources = [Engine.get_default().get_template(name).source for name in templates]
    return hashlib.sha256("".join(sources).encode()).hexdigest()[:12]
