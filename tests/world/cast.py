"""The standing characters and their world, built through the services.

Ada is the customer, Ben another one; Sam (Billing Support) asks, Kim (Returns) asks too; Pia is privacy officer,
Quinn the other one (who writes what Pia publishes), Otto compliance officer.
"""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.test import Client

from consents.access.models import AccessRequest, Reason
from consents.access.rules import AnswerDecision
from consents.access.services import answering, asking
from consents.access.services.answering import Reply
from consents.access.services.asking import NewRequest
from consents.catalogue.models import Category, Notice, Purpose, PurposeVersion, Recipient, Usage
from consents.catalogue.services import categories as catalogue_categories
from consents.catalogue.services import categories as catalogue_recipients
from consents.catalogue.services import publishing, versions
from consents.catalogue.services.versions import VersionDraft
from consents.ledger.rules import PORTAL, Actor
from consents.people import keys
from consents.people.known_browsers import sign_known_users
from consents.people.models import Customer, Role, StaffMember, User
from consents.people.services import claiming, customer_records, staff_members
from consents.people.services.customer_records import ListedCustomer
from consents.vault.incoming_records import IncomingRecord
from consents.vault.services import storing

PASSWORD = "correct horse battery staple"


def make_user(email: str) -> User:
    user = User.objects.create_user(email)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_staff(email: str, role: Role, team: str, first_name: str) -> StaffMember:
    member = staff_members.admit_staff(
        email=email, role=role, team=team, first_name=first_name, last_name="Example", number="S-1", by=PORTAL
    )
    member.user.set_password(PASSWORD)
    member.user.save(update_fields=["password"])
    return member


def make_customer(reference: str, email: str, **about: str) -> SimpleNamespace:
    """A customer with a user of their own who has arrived: `.user`, `.customer`, `.acting`, `.actor`."""
    customer = customer_records.open_customer_record(reference=reference, email=email, by=PORTAL, **about)
    user = make_user(email)
    claiming.match_user_to_record(user=user, by=Actor("customer", str(user.id)))
    acting = user.actings.get()
    return SimpleNamespace(user=user, customer=customer, acting=acting, actor=Actor("customer", str(user.id)))


def put_on_list(customer: Customer, **facts) -> None:
    """What the company's next list says of a customer: born_on, country, region."""
    customer_records.record_customers(listed=[ListedCustomer(str(customer.reference), **facts)], by=PORTAL)


LANGUAGES = ["en", "de", "es"]


def in_all(words):
    """The same in every language, told apart by nothing."""
    return dict.fromkeys(LANGUAGES, words)


@transaction.atomic
def make_category(
    code: str,
    title: str,
    *fields: str,
    sensitive: bool = False,
    special: bool = False,
    order: int = 100,
    source: str = "",
) -> Category:
    category = catalogue_categories.draft_category(
        code=code,
        words=in_all({"title": title, "description": "", "source": source}),
        sensitive=sensitive,
        special=special,
        term="pd:MedicalHealth" if special else "pd:Contact",
        fields=[(f, in_all(f.replace("_", " ").capitalize())) for f in fields],
        by=PORTAL,
    )
    Category.objects.filter(pk=category.pk).update(order=order)
    catalogue_categories.publish_category(category=category, by=PORTAL)
    return Category.objects.get(pk=category.pk)


def quinn() -> User:
    """The officer who writes what others publish."""
    known = User.objects.filter(email="quinn@example.com").first()
    return known or make_staff("quinn@example.com", Role.PRIVACY_OFFICER, "Privacy", "Quinn").user


def make_recipient(code: str, **facts: str) -> Recipient:
    values = {
        "name": code.capitalize(),
        "kind": "dpv:DataProcessor",
        "address": "1 Quay Street, Dublin",
        "contact": f"privacy@{code}.example",
        "country": "IE",
    }
    return catalogue_recipients.save_recipient(recipient=Recipient(code=code, **(values | facts)), by=PORTAL)


def make_notice(language: str, name: str, **words: str) -> Notice:
    values = {
        "sentence": f"We look at your data to {name.lower()}.",
        "text": "We only look at what you allow.",
        "if_no": "Nothing changes for you.",
        "retention": "Until you say no.",
        "objection": "Write to us, and we look at it again.",
    }
    return Notice(language=language, name=name, **(values | words))


def make_purpose(
    code: str,
    name: str,
    categories: list[Category],
    officer: User,
    usage: Usage = Usage.BOTH,
    recipients: list[Recipient] = (),
    **facts,
) -> PurposeVersion:
    """Written by Quinn and published by `officer`. `facts`: fields of the version, such as sale, consent_months."""
    purpose = versions.save_purpose(purpose=Purpose(code=code, usage=usage), by=PORTAL)
    if facts.get("sale") and not recipients:
        recipients = [make_recipient(f"{code}-partner", kind="dpv:ThirdParty")]
    version = PurposeVersion(purpose=purpose, **({"dpv_purpose": "dpv:CustomerCare", "storage": ["IE"]} | facts))
    draft = VersionDraft(version, [make_notice(language, name) for language in LANGUAGES], categories, recipients)
    versions.save_version(draft=draft, officer=quinn(), by=PORTAL)
    return publishing.publish_version(version=version, officer=officer, by=Actor("staff", str(officer.pk)))


@transaction.atomic
def make_next_version(purpose: Purpose, officer: User, **facts) -> PurposeVersion:
    """The same words again, published: `facts` are what changes, such as material=False."""
    draft = versions.draft_next_version(purpose=purpose, officer=quinn(), by=PORTAL)
    PurposeVersion.objects.filter(pk=draft.pk).update(**facts) if facts else None
    return publishing.publish_version(version=draft, officer=officer, by=Actor("staff", str(officer.pk)))


def put_in_vault(customer: Customer, category: Category, *records: dict[str, str]) -> None:
    storing.store_records(
        records=[
            IncomingRecord(customer.id, category.pk, str(number), values, number)
            for number, values in enumerate(records)
        ],
        keys={customer.id: keys.open_customer_key(customer.id)},
        by=PORTAL,
    )


def ask(world, *categories: str, member: StaffMember | None = None, customer=None, **terms) -> AccessRequest:
    """Sam asks Ada for the named categories (all of them when none is named)."""
    chosen = [world.categories[code] for code in categories] or list(world.categories.values())
    values = {
        "customer": (customer or world.ada).customer.id,
        "version": world.version.pk,
        "categories": frozenset(category.pk for category in chosen),
        "reason": Reason.YOU_CONTACTED_US,
        "sentence": "You wrote to us about a wrong bill.",
        "sensitive_reason": "The bill is about it.",
        "duration": timedelta(hours=2),
        "answer_within": timedelta(days=7),
        "token": uuid4(),
    } | terms
    member = member or world.sam
    return asking.file_access_request(ask=NewRequest(**values), member=member, by=Actor("staff", str(member.pk)))


def answer(world, request: AccessRequest, decision: str = "all", *categories: str, **terms) -> AccessRequest:
    """Ada answers, to what she was shown."""
    values = {
        "decision": AnswerDecision(decision),
        "digest": request.digest,
        "token": uuid4(),
        "categories": frozenset(world.categories[code].pk for code in categories),
        "duration": request.duration if decision == "part" else timedelta(0),
    } | terms
    return answering.answer_access_request(
        access_request=request.pk, reply=Reply(**values), acting=world.ada.acting, by=world.ada.actor
    )


def build_world() -> SimpleNamespace:
    pia = make_staff("pia@example.com", Role.PRIVACY_OFFICER, "Privacy", "Pia")
    categories = {
        "contact": make_category("contact", "Contact details", "name", "phone", order=1),
        "orders": make_category("orders", "Orders", "item", "price", order=2),
        "health": make_category("health", "Health notes", "note", sensitive=True, order=3),
    }
    version = make_purpose("support", "Answer your questions", list(categories.values()), pia.user)
    ada = make_customer("C-1001", "ada@example.com")
    put_in_vault(ada.customer, categories["contact"], {"name": "Ada Marker", "phone": "555-0100"})
    put_in_vault(
        ada.customer, categories["orders"], {"item": "Blue lamp", "price": "19.90"}, {"item": "Chair", "price": "80"}
    )
    put_in_vault(ada.customer, categories["health"], {"note": "Marker allergy"})
    return SimpleNamespace(
        pia=pia,
        quinn=StaffMember.objects.get(user=quinn()),
        otto=make_staff("otto@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Otto"),
        sam=make_staff("sam@example.com", Role.REQUESTER, "Billing Support", "Sam"),
        kim=make_staff("kim@example.com", Role.REQUESTER, "Returns", "Kim"),
        ada=ada,
        ben=make_customer("C-1002", "ben@example.com"),
        categories=categories,
        version=version,
        purpose=version.purpose,
    )


def signed_in(user: User) -> Client:
    """Return a browser in which they are signed in; it is known from then on, as the answer to a sign-in makes it."""
    client = Client()
    client.force_login(user)
    client.cookies[settings.KNOWN_COOKIE_NAME] = sign_known_users([user.pk])
    return client
