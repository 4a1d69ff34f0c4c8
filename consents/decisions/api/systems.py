"""The systems of the company that may ask for decisions, each with its own tokens and for its own purposes."""

from dataclasses import dataclass

from django.conf import settings

from consents.core.bearer_tokens import is_token


@dataclass(frozen=True)
class System:
    """`tokens`: SHA-256 of one token, or of two while one follows the other."""

    name: str
    purposes: frozenset[str]
    tokens: tuple[str, ...]


def find_system(header: str) -> System | None:
    """Find whose token this `Authorization` header has; None where it is nobody's."""
    return next((system for system in settings.PORTAL_SYSTEMS if is_token(header, system.tokens)), None)
