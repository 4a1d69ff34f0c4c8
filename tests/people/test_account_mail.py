"""The mails of signing in: plain, nothing to press, nothing of the person in them."""

from pathlib import Path

import allauth
import pytest
from allauth.account.signals import email_changed
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.template.loader import get_template, render_to_string

from consents.ledger.models import Entry
from consents.people.selectors import open_address
from consents.people.visitors import get_visitor

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
