"""The access requests of the demo's staff, in the words that customers read."""

from datetime import timedelta
from functools import partial

from consents.access.models import Reason
from consents.ops.demo.accounts import KIM, SAM
from consents.ops.demo.story import ScriptedQuestion

# What most of them are: Sam of customer care answers a question, Kim of payment safety looks for fraud.
care_question = partial(ScriptedQuestion, SAM, "answer-question")
fraud_question = partial(ScriptedQuestion, KIM, "check-fraud", reason=Reason.FRAUD_CHECK)

WRONG_BILL = care_question(
    ("contact", "orders"), "You wrote that a bill is wrong. I want to compare it.", case_number="C-2207"
)
WHICH_TENT = care_question(
    ("orders",), "You asked about tents. I want to see which one you have.", case_number="C-2391"
)
CARD_USED_TWICE = fraud_question(
    ("payment",), "A card was used twice on one day. I want to check that it was you.", duration=timedelta(days=1)
)
ODD_ORDER = fraud_question(
    ("orders", "payment"),
    "An order was sent to a new address. I want to check it is yours.",
    case_number="F-0318",
    duration=timedelta(days=3),
)
WHICH_BOOTS = ScriptedQuestion(
    SAM,
    "recommend-products",
    ("orders",),
    "You asked which boots suit you. I want to see what you had before.",
    duration=timedelta(days=7),
)
LOST_PARCEL = care_question(("support",), "You called about a parcel. I want to read what we noted.")
NEW_ADDRESS = care_question(
    ("contact",),
    "You told us that you are moving. I want to check your new address.",
    case_number="C-2655",
    duration=timedelta(days=14),
)
LATE_PARCEL = care_question(
    ("orders", "support"),
    "You wrote that a parcel is late. I want to find it.",
    Reason.ORDER_PROBLEM,
    case_number="C-2671",
    duration=timedelta(days=7),
)
WEAK_KNEE = care_question(
    ("care",),
    "You asked for boots that are good for your knee. I want to choose well.",
    sensitive_reason="What you told us about your knee stands only there.",
    case_number="C-2690",
)
PHONE_NUMBER = fraud_question(
    ("contact",),
    "Somebody tried to change your phone number. I want to compare it.",
    case_number="F-0344",
    answer_within=timedelta(days=2),
)
TWO_CARDS = fraud_question(
    ("orders", "payment"),
    "Two cards were used for one order. I want to check that both are yours.",
    case_number="F-0351",
)
GLEICHE_STRASSE = fraud_question(
    ("contact", "orders"),
    "Drei Bestellungen gingen in dieselbe Straße. Ich möchte die Adressen vergleichen.",
    case_number="F-0347",
)
REFUND_TWICE = fraud_question(
    ("payment",), "A refund was paid out twice. I want to check where it went.", case_number="F-0339"
)
DOUBLE_ORDER = care_question(
    ("orders",),
    "You wrote that the same order came twice. I want to see both.",
    case_number="C-2518",
    duration=timedelta(days=2),
)
CALL_BACK = care_question(
    ("contact",),
    "You asked us to call you back. I want to see your number.",
    case_number="C-2604",
    answer_within=timedelta(days=4),
)
SMALL_BOOTS = care_question(
    ("orders",), "Theo wrote to us that Nora's boots are too small. I want to send the next size.", case_number="C-1902"
)
LATE_TENT = care_question(
    ("contact", "orders"),
    "Theo asked where Nora's tent is. I want to find the parcel.",
    case_number="C-2287",
    answer_within=timedelta(days=5),
)
ZWEI_ABBUCHUNGEN = care_question(
    ("orders", "payment"),
    "Sie haben uns geschrieben, dass wir zweimal abgebucht haben. Ich möchte das prüfen.",
    case_number="C-2011",
)
FALSCHE_GROESSE = care_question(
    ("contact", "orders"),
    "Sie haben angerufen, weil die Jacke zu klein ist. Ich möchte Ihnen eine größere schicken.",
    case_number="C-2291",
)
PEDIDO_PERDIDO = care_question(
    ("contact", "orders"),
    "Nos escribió porque no ha llegado su pedido. Quiero buscar el paquete.",
    case_number="C-2264",
    duration=timedelta(days=7),
)
TARJETA = fraud_question(
    ("payment",), "Alguien probó su tarjeta varias veces. Quiero ver si fue usted.", answer_within=timedelta(days=5)
)
