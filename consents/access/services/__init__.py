"""Acts on access requests, by story: asking (staff), answering (customer), ending (both, and time)."""

from consents.access.services.answering import answer, let_ask_again
from consents.access.services.asking import Ask, cancel, file
from consents.access.services.ending import (
    end_again,
    end_for_customer,
    end_for_mark,
    end_for_part,
    end_for_purpose,
    end_for_staff,
    end_when_due,
    expire_when_due,
    hold_all,
    stop,
)

__all__ = [
    "Ask",
    "answer",
    "cancel",
    "end_again",
    "end_for_customer",
    "end_for_mark",
    "end_for_part",
    "end_for_purpose",
    "end_for_staff",
    "end_when_due",
    "expire_when_due",
    "file",
    "hold_all",
    "let_ask_again",
    "stop",
]
