"""Put the acts on a request under headings, so that an officer finds the one they look for among ten."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext_lazy

from consents.rights.staff.notes import BESIDE_NOTES

STEPS = gettext_lazy("Steps")
ACT_GROUPS = (
    (
        STEPS,
        (
            "acknowledge",
            "match",
            "compare_facts",
            "confirm_identity",
            "fail_identity",
            "note_search",
            "review_values",
            "propose_part",
            "propose_erasure",
            "erase_part",
            "cancel_part",
            "note_answer_sent",
            "note_told",
            "announce_lift",
            "lift",
        ),
    ),
    (gettext_lazy("Answer"), ("answer", "refuse", "decide_appeal")),
    (
        gettext_lazy("With the customer"),
        ("read_words", "ask", "resume", "stop_waiting", "extend", "note_withdrawal", "note_appeal"),
    ),
    (gettext_lazy("Colleagues"), ("take", "hand_over")),
)
LISTED = {name for _title, names in ACT_GROUPS for name in names} | {*BESIDE_NOTES}


def group_possible_acts(possible: Collection[str], next_act: str) -> list[tuple[Any, list[str]]]:
    """Return each heading with the acts beneath it that are possible, without the next one, which stands above all.
    Acts of rooms above are steps."""
    of_others = [name for name in possible if name not in LISTED]
    groups = [(title, [*names, *of_others] if title is STEPS else [*names]) for title, names in ACT_GROUPS]
    offered = {*possible} - {next_act}
    shown = [(title, [name for name in names if name in offered]) for title, names in groups]
    return [(title, names) for title, names in shown if names]
