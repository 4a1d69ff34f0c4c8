"""Count uses of something within a time, for all processes together."""

from django.core.cache import cache


def take_slot(name: str, *, most: int, seconds: int) -> bool:
    """Return True for each of the first `most` uses within `seconds`, counted exactly however many come at once."""
    return any(cache.add(f"{name}-{number}", 1, seconds) for number in range(most))
