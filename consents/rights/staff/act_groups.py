"""Put the acts on a request under headings, so that an officer finds the one they look for among ten."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext_lazy

from consents.rights.staff.notes import BESIDE_NOTES

# Every other act is a step, and so are those of rooms above.
ACT_GROUPS = (
    (gettext_lazy("Answer"), ("answer", "refuse", "decide_appeal")),
    (
        gettext_lazy("With the customer"),
        ("read_words", "ask", "resume", "stop_waiting", "extend", "note_withdrawal", "note_appeal"),
    ),
    (gettext_lazy("Colleagues"), ("take", "hand_over")),
)
NO_STEPS = {name for _title, names in ACT_GROUPS for name in names} | {*BESIDE_NOTES}


def group_possible_acts(possible: Collection[str], next_act: str) -> list[tuple[Any, list[str]]]:
    """Return each heading with the acts beneath it that are possible, without the next one, which stands above all."""
    offered = [name for name in possible if name != next_act]
    steps = gettext_lazy("Steps"), [name for name in offered if name not in NO_STEPS]
    others = [(title, [name for name in names if name in offered]) for title, names in ACT_GROUPS]
    return [(title, names) for title, names in (steps, *others) if names]
