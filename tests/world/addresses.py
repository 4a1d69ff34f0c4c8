"""Every address of the portal, from the resolver."""

import re
from uuid import uuid4

from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

CUSTOMER_ROOMS = {"home", "access", "choices", "receipts", "rights", "disclosures", "people", "notifications"}


def addresses(patterns=None, prefix="", space="") -> list[tuple[str, str]]:
    """(name, path with made-up arguments) of every address the resolver knows."""
    found = []
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            inner = pattern.namespace or ""
            found += addresses(
                pattern.url_patterns, prefix + fill(pattern.pattern), f"{space}{inner}:" if inner else space
            )
        else:
            found.append((f"{space}{pattern.name or ''}", prefix + fill(pattern.pattern)))
    return found


def fill(pattern) -> str:
    """The path with an argument of the right kind in each place."""
    if isinstance(pattern, RegexPattern):
        return re.sub(r"\(\?P<\w+>[^)]*\)", "x", pattern.regex.pattern).strip("^$").replace("\\Z", "")
    route = str(pattern)
    for name, converter in pattern.converters.items():
        sample = {"UUIDConverter": str(uuid4()), "IntConverter": "1"}.get(type(converter).__name__, "x")
        route = re.sub(rf"<(\w+:)?{name}>", sample, route)
    return route
