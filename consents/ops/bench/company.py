"""Create the catalogue and staff of the measured company, through the services."""

from datetime import timedelta
from uuid import UUID, uuid4

from allauth.mfa.models import Authenticator
from django.conf import settings

from consents.access.models import AccessRequest, Reason
from consents.access.services import asking
from consents.access.services.asking import NewRequest
from consents.catalogue import selectors
from consents.catalogue.models import Category, Notice, Purpose, PurposeVersion, Usage
from consents.catalogue.services import categories as catalogue_categories
from consents.catalogue.services import publishing, versions
from consents.catalogue.services.versions import VersionDraft
from consents.ledger.rules import PORTAL, Actor
from consents.ops.bench.sessions import create_sessions
from consents.people.models import Role, StaffMember
from consents.people.services.staff_members import admit_staff

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


def create_company() -> None:
    for number in range(1, REQUESTERS + 1):
        employ_staff(number, Role.REQUESTER)
    writer, officer = employ_staff(0, Role.PRIVACY_OFFICER), employ_staff(REQUESTERS + 1, Role.PRIVACY_OFFICER)
    categories = [create_category(code, keys) for code, keys in FIELDS.items()]
    for number in range(1, PURPOSES + 1):
        publish_purpose(f"purpose-{number}", Usage.BOTH, categories, writer, officer)


def employ_staff(number: int, role: Role) -> StaffMember:
    """Admit a member of staff with a second factor, which every staff page requires."""
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


def create_category(code: str, keys: list[str]) -> Category:
    category = catalogue_categories.draft_category(
        code=code,
        words=repeat_per_language({"title": code.capitalize()}),
        term=TERMS[code],
        sensitive=code == "health",
        special=code == "health",
        fields=[(key, repeat_per_language(key.capitalize())) for key in keys],
        by=PORTAL,
    )
    catalogue_categories.publish_category(category=category, by=PORTAL)
    return category


def repeat_per_language[T](words: T) -> dict[str, T]:
    return dict.fromkeys(settings.PORTAL_LANGUAGES, words)


def publish_purpose(
    code: str, usage: Usage, categories: list[Category], writer: StaffMember, officer: StaffMember
) -> str:
    """Publish a purpose and return its code."""
    purpose = versions.save_purpose(purpose=Purpose(code=code, usage=usage), by=PORTAL)
    version = PurposeVersion(purpose=purpose, dpv_purpose="dpv:CustomerCare", storage=["IE"])
    notices = [
        Notice(
            language=language,
            name=f"Answer questions: {code}",
            sentence="We look at your data to answer your question.",
            text="We only look at what you allow.",
            if_no="Nothing changes for you.",
            retention="Until you say no.",
        )
        for language in settings.PORTAL_LANGUAGES
    ]
    versions.save_version(draft=VersionDraft(version, notices, categories), officer=writer.user, by=PORTAL)
    publishing.publish_version(version=version, officer=officer.user, by=build_staff_actor(officer.pk))
    return purpose.code


def build_staff_actor(member: UUID) -> Actor:
    return Actor("staff", str(member))


class Office:
    """The staff and catalogue, read once."""

    def __init__(self) -> None:
        self.staff = list(StaffMember.objects.filter(role=Role.REQUESTER).select_related("user").order_by("number"))
        self.versions = list(selectors.select_askable().select_related("purpose"))
        self.categories = list(Category.objects.filter(code__in=["contact", "orders"]).prefetch_related("fields"))
        self.cookies = create_sessions(member.user for member in self.staff)

    def ask(self, customer: UUID, member: StaffMember, version: PurposeVersion) -> AccessRequest:
        ask = NewRequest(
            customer=customer,
            version=version.pk,
            categories=frozenset(category.pk for category in self.categories),
            reason=Reason.YOU_CONTACTED_US,
            sentence="You wrote to us about a bill.",
            duration=timedelta(days=1),
            answer_within=timedelta(days=7),
            token=uuid4(),
        )
        return asking.file_access_request(ask=ask, member=member, by=build_staff_actor(member.pk))
