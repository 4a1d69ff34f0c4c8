"""Ask a signal: rooms above, which this one does not know, each answer with a list, or with nothing."""

from typing import Any

from django.dispatch import Signal


def collect_answers(signal: Signal, **asked: Any) -> list[Any]:
    """Return what all receivers answer, in one list."""
    return [answer for _receiver, answers in signal.send(sender=None, **asked) for answer in answers or ()]
