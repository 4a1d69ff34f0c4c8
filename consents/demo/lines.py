"""What the staff of Harbour & Pine asked Maya, in the words she read."""

from datetime import timedelta

from consents.access.models import Reason
from consents.demo.accounts import KIM, SAM
from consents.demo.story import Line

WRONG_BILL = Line(
    SAM,
    "answer-question",
    ("contact", "orders"),
    "You wrote that a bill is wrong. I want to compare it.",
    case_number="C-2207",
)
WHICH_TENT = Line(
    SAM,
    "answer-question",
    ("orders",),
    "You asked about tents. I want to see which one you have.",
    case_number="C-2391",
)
CARD_USED_TWICE = Line(
    KIM,
    "check-fraud",
    ("payment",),
    "A card was used twice on one day. I want to check that it was you.",
    Reason.FRAUD_CHECK,
    duration=timedelta(days=1),
)
ODD_ORDER = Line(
    KIM,
    "check-fraud",
    ("orders", "payment"),
    "An order was sent to a new address. I want to check it is yours.",
    Reason.FRAUD_CHECK,
    case_number="F-0318",
    duration=timedelta(days=3),
)
WHICH_BOOTS = Line(
    SAM,
    "recommend-products",
    ("orders",),
    "You asked which boots suit you. I want to see what you had before.",
    duration=timedelta(days=7),
)
LOST_PARCEL = Line(
    SAM,
    "answer-question",
    ("support",),
    "You called about a parcel. I want to read what we noted.",
)
NEW_ADDRESS = Line(
    SAM,
    "answer-question",
    ("contact",),
    "You told us that you are moving. I want to check your new address.",
    case_number="C-2655",
    duration=timedelta(days=14),
)
LATE_PARCEL = Line(
    SAM,
    "answer-question",
    ("orders", "support"),
    "You wrote that a parcel is late. I want to find it.",
    Reason.ORDER_PROBLEM,
    case_number="C-2671",
    duration=timedelta(days=7),
)
WEAK_KNEE = Line(
    SAM,
    "answer-question",
    ("care",),
    "You asked for boots that are good for your knee. I want to choose well.",
    sensitive_reason="What you told us about your knee stands only there.",
    case_number="C-2690",
)
PHONE_NUMBER = Line(
    KIM,
    "check-fraud",
    ("contact",),
    "Somebody tried to change your phone number. I want to compare it.",
    Reason.FRAUD_CHECK,
    case_number="F-0344",
    answer_within=timedelta(days=2),
)
