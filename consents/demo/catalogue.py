"""What Harbour & Pine may ask for and why, in the words its customers read."""

from dataclasses import dataclass, field
from datetime import timedelta

from consents.catalogue import services
from consents.catalogue.models import Category, LegalBasis, Purpose, PurposeVersion, Usage
from consents.ledger.rules import PORTAL
from consents.people.models import StaffMember


@dataclass(frozen=True)
class Kind:
    code: str
    title: str
    description: str
    fields: list[tuple[str, str]]
    sensitive: bool = False


# Least sensitive first.
CATEGORIES = [
    Kind(
        "contact",
        "Contact details",
        "Your name, address and phone number",
        [
            ("name", "Name"),
            ("email", "Email"),
            ("phone", "Phone"),
            ("street", "Street"),
            ("town", "Town"),
            ("postcode", "Postcode"),
        ],
    ),
    Kind(
        "orders",
        "Orders",
        "What you bought, when, and for how much",
        [("date", "Date"), ("number", "Order number"), ("item", "Item"), ("price", "Price"), ("state", "State")],
    ),
    Kind(
        "support",
        "Support notes",
        "What you told us when you wrote or called",
        [("date", "Date"), ("subject", "About"), ("note", "Note")],
    ),
    Kind(
        "payment",
        "Payment methods",
        "Cards and accounts you pay with, without the full numbers",
        [("kind", "Kind"), ("ending", "Ends in"), ("valid", "Valid until")],
    ),
    Kind(
        "care",
        "Health and fitting notes",
        "Allergies, injuries and what helps you wear our things",
        [("date", "Date"), ("note", "Note")],
        sensitive=True,
    ),
]


@dataclass(frozen=True)
class Why:
    code: str
    usage: Usage
    name: str
    sentence: str
    text: str
    if_no: str
    categories: list[str]
    recipients: str = ""
    legal_basis: LegalBasis = LegalBasis.CONSENT
    lengths: dict[str, timedelta] = field(default_factory=dict)


PURPOSES = [
    Why(
        "answer-question",
        Usage.PER_REQUEST,
        "Answer your question",
        "You asked us something, and we want to look up what we need to answer you.",
        "One person of our team looks at the data you allow, and only to answer you. "
        "When the time is over, they can no longer see it. You can stop it earlier.",
        "We answer you as well as we can without your data. It may take longer.",
        ["contact", "orders", "support", "payment", "care"],
    ),
    Why(
        "check-fraud",
        Usage.PER_REQUEST,
        "Check for fraud",
        "We saw something odd and want to make sure that nobody shops in your name.",
        "One person of our Payment Safety team compares your orders with your payments. "
        "They look for things you did not do yourself. They never change anything.",
        "We cannot check this for you. Look at your bank statement, and call us if something is wrong.",
        ["contact", "orders", "payment"],
        lengths={"access_default": timedelta(days=1), "access_most": timedelta(days=14)},
    ),
    Why(
        "recommend-products",
        Usage.BOTH,
        "Recommend products",
        "We look at what you bought to tell you what may fit you.",
        "Our shop looks at your earlier orders and suggests things that go with them. "
        "If you ask for advice from a person, that person asks you first, each time.",
        "You see the same shop as everybody. Nothing else changes.",
        ["orders"],
        lengths={"access_default": timedelta(days=1), "access_most": timedelta(days=14)},
    ),
    Why(
        "send-offers",
        Usage.STANDING,
        "Send you offers by email",
        "We write to you when something is on sale, at most twice a month.",
        "We use your name and your email address to send you our offers. "
        "Every mail says how to end it. You can also end it here at any time.",
        "You get no offers by email. Mails about your orders still come.",
        ["contact"],
    ),
    Why(
        "ask-opinion",
        Usage.STANDING,
        "Ask for your opinion",
        "After some orders we ask you how it went.",
        "We send you three short questions a week after your parcel came. You need not answer. "
        "We use the answers to get better, and count them without your name.",
        "We do not ask you. Nothing else changes.",
        ["contact", "orders"],
    ),
    Why(
        "send-catalogue",
        Usage.STANDING,
        "Send you our paper catalogue",
        "We post you our catalogue in spring and in autumn.",
        "We give your name and your address to the printer, who posts the catalogue and then deletes them.",
        "You get no catalogue. You can always see it in our shops.",
        ["contact"],
        recipients="Northway Print and Post, who print and post it for us.",
    ),
    Why(
        "deliver-orders",
        Usage.STANDING,
        "Deliver and bill your orders",
        "We use your data to bring you what you ordered and to send you the bill.",
        "When you order, we make a contract with you. "
        "To keep it, we need to know where to send things and how you pay.",
        "We cannot do without this while you have an order with us. It is part of our contract.",
        ["contact", "orders", "payment"],
        recipients="The parcel service that delivers, and the bank that takes your payment.",
        legal_basis=LegalBasis.CONTRACT,
    ),
]


def publish_all(officer: StaffMember) -> None:
    for order, kind in enumerate(CATEGORIES, start=1):
        publish_category(kind, order)
    for why in PURPOSES:
        publish_purpose(why, officer)


def publish_category(kind: Kind, order: int) -> None:
    category = services.draft_category(
        code=kind.code, title=kind.title, sensitive=kind.sensitive, fields=kind.fields, by=PORTAL
    )
    category.description, category.order = kind.description, order
    category.save(update_fields=["description", "order"])
    services.publish_category(category=category, by=PORTAL)


def publish_purpose(why: Why, officer: StaffMember) -> None:
    purpose = Purpose.objects.create(code=why.code, usage=why.usage, **why.lengths)
    version = PurposeVersion.objects.create(
        purpose=purpose,
        number=1,
        name=why.name,
        sentence=why.sentence,
        text=why.text,
        if_no=why.if_no,
        recipients=why.recipients,
        legal_basis=why.legal_basis,
    )
    version.categories.set(Category.objects.filter(code__in=why.categories))
    services.publish(version=version, officer=officer.user, by=PORTAL)
