"""Whoever sends what a page refuses leaves a line in the log: the account, the page and the status, nothing else."""

import re
from datetime import date
from pathlib import Path

import allauth
import pytest
from allauth.account.signals import email_changed
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.template.loader import get_template, render_to_string
from django.test import Client
from django.urls import reverse

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.selectors import open_address
from consents.people.services import claiming, customer_records, representing
from consents.people.visitors import get_visitor
from tests.world.cast import ask, signed_in
from tests.world.claim_codes import make_claim_code

OURS = settings.BASE_DIR / "templates"
THEIRS = Path(allauth.__file__).parent / "templates"
# Never sent here: links instead of codes, and passkeys, which are not offered.
NOT_SENT = {"password_reset_key", "webauthn_added", "webauthn_removed", "email_confirm"}
STEMS = sorted(
    f"{app}/email/{path.name.removesuffix('_message.txt')}"
    for app in ("account", "mfa")
    for path in (THEIRS / app / "email").glob("*_message.txt")
    if path.name != "base_message.txt" and path.name.removesuffix("_message.txt") not in NOT_SENT
)


@pytest.mark.parametrize("stem", STEMS)
def test_every_account_email_has_a_template_of_ours(stem):
    for part in ("subject", "message"):
        assert Path(get_template(f"{stem}_{part}.txt").origin.name).is_relative_to(OURS)


@pytest.mark.parametrize("stem", STEMS)
def test_it_names_the_company_and_holds_nothing_to_press(stem):
    context = {"company": "Example Co", "phone": "555-0100", "code": "ABCD-EFGH", "email": "ada@example.com"}
    context |= {"ip": "192.0.2.7", "user_agent": "Marker browser", "signup_url": "http://x/y", "user": "ada"}

    text = render_to_string(f"{stem}_message.txt", context)

    assert "Example Co" in text
    for marker in ("http", "ada@example.com", "192.0.2.7", "Marker"):
        assert marker not in text


def test_notices_follow_a_changed_address(world, rf):
    request = rf.post("/")
    request.user = world.ada.user
    request.session = SessionStore()
    request.visitor = get_visitor(request)
    world.ada.user.email = "new@example.com"
    world.ada.user.save()

    email_changed.send(sender=type(request.user), request=request, user=request.user)

    world.ada.customer.refresh_from_db()
    assert open_address(world.ada.customer) == "new@example.com"
    assert Entry.objects.filter(event="customer.address_changed").count() == 1


@pytest.fixture
def lines(caplog):
    return lambda: [record.getMessage() for record in caplog.records if record.name == "consents.accounts.adapter"]


def test_a_value_that_the_page_does_not_offer(world, lines):
    asked = ask(world)

    signed_in(world.ada.user).post(f"/requests/{asked.pk}/answer/", {"decision": "everything", "message": "Ada, 1815"})

    assert lines() == [f"account {world.ada.user.pk} sent what access:answer refused with 422"]


def test_an_act_that_a_rule_forbids(world, lines):
    asked = ask(world)
    signed_in(world.ben.user).post(f"/requests/{asked.pk}/stop/")

    assert lines() == [f"account {world.ben.user.pk} sent what access:stop refused with 404"]


def test_what_a_member_of_staff_sends(world, lines):
    signed_in(world.sam.user).post("/admin/access/accessrequest/add/", {"categories": "all"})

    (line,) = lines()
    assert line.startswith(f"account {world.sam.user.pk} sent what admin:access_accessrequest_add refused with 4")


def test_a_form_without_its_token(world, lines):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.ada.user)

    client.post("/settings/", {})

    assert lines() == [f"account {world.ada.user.pk} sent what notifications:settings refused with 403"]


def test_too_much(world, lines):
    browser = signed_in(world.ada.user)
    for _ in range(4):
        browser.post("/accounts/reauthenticate/code/", {"send": "1"})

    assert lines() == [f"account {world.ada.user.pk} sent what reauthenticate_by_code refused with 429"]


def test_a_stranger_is_nobody_and_reading_leaves_no_line(world, lines):
    Client().get("/requests/nothing/")
    Client().post("/accounts/login/code/confirm/", {"code": "Ada Lovelace"})
    Client().post("/settings", {"code": "Ada Lovelace"})

    assert lines() == ["account of nobody sent what no page refused with 404"]


def part(page: str, sign: str) -> str:
    """The words of one element with this class, spaces made one; without those that stand for them on a phone."""
    page = re.sub(r'<span class="label-short">.*?</span>', "", page)
    found = re.search(rf'<(p|nav|a) class="{sign}[^>]*>(.*?)</\1>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[2])).strip() if found else ""


@pytest.fixture
def mum(world) -> Client:
    """Ada, acting for a child whom she calls Nora."""
    about = {"born_on": date(2018, 5, 1), "country": "DE"}
    child = customer_records.open_customer_record(reference="C-2001", by=PORTAL, **about)
    code = make_claim_code(customer=child, officer=world.pia.user, capacity="guardian")
    claiming.claim_record_by_code(user=world.ada.user, code=code, by=Actor("customer", str(world.ada.user.pk)))
    acting = world.ada.user.actings.get(customer=child)
    representing.choose_spoken_name(acting=acting.pk, user=world.ada.user, name="Nora")
    client = signed_in(world.ada.user)
    client.post(reverse("people:act_for"), {"acting": acting.pk})
    return client


def test_a_customer_reads_the_address_they_signed_in_with(world):
    page = signed_in(world.ada.user).get("/").text

    assert part(page, "site-who") == "Signed in as ada@example.com"
    assert "Requests" in part(page, "site-nav") and "Your choices" in part(page, "site-nav")


def test_a_representative_reads_for_whom_they_act(mum):
    page = mum.get("/").text

    assert part(page, "site-who") == "Signed in as ada@example.com, acting for Nora"
    assert part(page, "site-nav") == "Nora’s requests Choices for Nora Who looked Nora’s rights Receipts"
    assert part(page, "site-account") == "Your account"


def test_a_stranger_reads_nothing_of_the_kind(client, world):
    assert part(client.get("/help/").text, "site-who") == ""
