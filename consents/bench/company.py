"""The made-up company that is measured: its catalogue and its staff, through the services."""

from datetime import timedelta
from uuid import UUID, uuid4

from allauth.mfa.models import Authenticator
from django.conf import settings

from consents.access import services as access
from consents.access.models import AccessRequest, Reason
from consents.access.services.asking import Ask
from consents.accounts import admit_staff
from consents.bench.sessions import signed_in
from consents.catalogue import selectors
from consents.catalogue import services as catalogue
from consents.catalogue.models import Category, Notice, Purpose, PurposeVersion, Usage
from consents.catalogue.services import Draft
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Role, StaffMember

TERMS = {
    "contact": "pd:Contact",
    "orders": "pd:PurchasesAndSpendingHabit",
    "payments": "pd:Financial",
    "health": "pd:MedicalHealth",
}
PURPOSES = 8
REQUESTERS = 20
FIELDS = {
    "contact": ["name", "phone", "street", "town"],
    "orders": ["number", "item", "price", "ordered"],
    "payments": ["account", "amount"],
    "health": ["note"],
}


def found() -> None:
    for number in range(1, REQUESTERS + 1):
        employ(number, Role.REQUESTER)
    writer, officer = employ(0, Role.PRIVACY_OFFICER), employ(REQUESTERS + 1, Role.PRIVACY_OFFICER)
    categories = [make_category(code, keys) for code, keys in FIELDS.items()]
    for number in range(1, PURPOSES + 1):
        publish_purpose(number, categories, writer, officer)


def employ(number: int, role: Role) -> StaffMember:
    """With a second factor, which every page of the staff house asks for."""
    member = admit_staff(
        email=f"staff{number}@example.com",
        role=role,
        team="Billing Support",
        first_name="Sam",
        last_name="Example",
        number=f"S-{100 + number}",
        by=PORTAL,
    )
    Authenticator.objects.create(user=member.user, type=Authenticator.Type.TOTP, data={})
    return member


def make_category(code: str, keys: list[str]) -> Category:
    category = catalogue.draft_category(
        code=code,
        words=in_all({"title": code.capitalize()}),
        term=TERMS[code],
        sensitive=code == "health",
        special=code == "health",
        fields=[(key, in_all(key.capitalize())) for key in keys],
        by=PORTAL,
    )
    catalogue.publish_category(category=category, by=PORTAL)
    return category


def in_all[T](words: T) -> dict[str, T]:
    return dict.fromkeys(settings.PORTAL_LANGUAGES, words)


def publish_purpose(number: int, categories: list[Category], writer: StaffMember, officer: StaffMember) -> str:
    """Returns its code."""
    purpose = catalogue.save_purpose(purpose=Purpose(code=f"purpose-{number}", usage=Usage.BOTH), by=PORTAL)
    version = PurposeVersion(purpose=purpose, dpv_purpose="dpv:CustomerCare", storage=["IE"])
    notices = [
        Notice(
            language=language,
            name=f"Answer question {number}",
            sentence="We look at your data to answer your question.",
            text="We only look at what you allow.",
            if_no="Nothing changes for you.",
            retention="Until you say no.",
        )
        for language in settings.PORTAL_LANGUAGES
    ]
    catalogue.save_version(draft=Draft(version, notices, categories), officer=writer.user, by=PORTAL)
    catalogue.publish(version=version, officer=officer.user, by=PORTAL)
    return purpose.code


class Office:
    """Staff and catalogue, read once."""

    def __init__(self) -> None:
        members = StaffMember.objects.filter(role=Role.REQUESTER).select_related("user")
        self.staff = list(members.order_by("number"))
        self.versions = list(selectors.askable().select_related("purpose"))
        self.categories = list(Category.objects.filter(code__in=["contact", "orders"]).prefetch_related("fields"))
        self.cookies = signed_in(member.user for member in self.staff)

    def ask(self, customer: UUID, member: StaffMember, version: PurposeVersion) -> AccessRequest:
        ask = Ask(
            customer=customer,
            version=version.pk,
            categories=frozenset(category.pk for category in self.categories),
            reason=Reason.YOU_CONTACTED_US,
            sentence="You wrote to us about a bill.",
            duration=timedelta(days=1),
            answer_within=timedelta(days=7),
            token=uuid4(),
        )
        return access.file(ask=ask, member=member, by=Actor("staff", str(member.pk)))
