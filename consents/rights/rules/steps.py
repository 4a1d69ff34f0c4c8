"""States of the steps on an officer's checklist."""

from enum import StrEnum


class StepState(StrEnum):
    """The state of a step on an officer's checklist. An answer closes a request whether or not each step was taken."""

    DONE = "done"
    OPEN = "open"
    NOT_NEEDED = "not_needed"
