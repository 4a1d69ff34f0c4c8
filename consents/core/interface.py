"""Name the version of the pages that asked: part of the proof of what someone answered.

The European Data Protection Board's Guidelines 05/2020 (paragraph 108) name the consent workflow as evidence.
"""

import hashlib
from functools import cache

from django.template import Engine


@cache
def get_interface_version(*templates: str) -> str:
    """Return a short digest of the templates that ask; it changes whenever their source does."""
    sources = [Engine.get_default().get_template(name).source for name in templates]
    return hashlib.sha256("".join(sources).encode()).hexdigest()[:12]
