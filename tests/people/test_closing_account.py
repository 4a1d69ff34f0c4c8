"""Whoever read an account before its owner was erased does not bring it back."""

import time
from datetime import date, timedelta
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import base_user, hashers
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consents.access.models import Block, Grant
from consents.access.services import answering
from consents.accounts.pages import OnlyTheirOwn, SharedAccount, close_account
from consents.accounts.sessions import decode_session
from consents.accounts.tasks import delete_expired_sessions
from consents.choices.models import Choice
from consents.choices.rules import ActContext
from consents.choices.services import answering as choices_answering
from consents.choices.services import withdrawing
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.models import Preference
from consents.notifications.services import choosing
from consents.people import selectors, visitors
from consents.people.models import Customer, Evidence, Submission, User
from consents.people.services import claiming, customer_records, erasing
from consents.people.services.claiming import InvalidClaimCode
from consents.people.services.holding import AlreadyErased
from consents.rights.models import RightsRequest, Statement
from consents.rights.services import erasing as rights_erasing
from consents.rights.words import open_statement
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.cast import answer, ask, signed_in
from tests.world.claim_codes import make_claim_code
from tests.world.erasing import actor, erase, hold
from tests.world.holders import share_account
from tests.world.proofs import by_password, by_password_and_code, prove
from tests.world.rights_requests import by_staff, search

# A customer closes their account: into erasure, on record, with what has to stay told before.

PAGE = "/accounts/close/"


def press(client: Client):
    return client.post(PAGE, {"token": str(uuid4())})


def test_it_takes_fresh_proof(world):
    client = signed_in(world.ada.user)

    assert client.get(PAGE).url.startswith("/accounts/reauthenticate/") and press(client).status_code == 302
    assert not RightsRequest.objects.exists()
    prove(client)
    assert client.get(PAGE).status_code == 200


def test_everything_that_needs_nobodys_leave_ends_at_once(world, ada):
    here, phone = by_password_and_code(ada), by_password(ada)
    answer(world, ask(world, "contact"))
    waiting = ask(world, "orders", member=world.kim)

    response = press(here)

    asked = RightsRequest.objects.get()
    assert response.url == "/accounts/login/" and "being closed" in here.get(response.url).text
    assert (asked.customer, asked.request_type, asked.scope) == (world.ada.customer, "A17", [])
    assert phone.get("/").status_code == 302 and here.get("/").status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == "denied" and not Grant.objects.filter(ended_at=None).exists()
    assert Block.objects.get(customer=world.ada.customer.pk).kind == "everybody"
    assert not Choice.objects.filter(customer=world.ada.customer, status="given").exists()


def test_officers_read_that_an_account_is_being_closed(world, ada):
    press(by_password_and_code(ada))

    said = open_statement(RightsRequest.objects.get(), Statement.Kind.ASKED)
    assert said["words"] == "I am closing my account. Delete all of my data."


def test_two_officers_carry_it_out(real_world):
    world = real_world
    asked = close_account(user=world.ada.user, acting=world.ada.acting, language="en", by=world.ada.actor)
    search(world, asked)
    rights_erasing.propose_erasure(rights_request=asked.pk, officer=world.pia, by=by_staff(world.pia))

    erasing.erase_customer(customer=world.ada.customer.id, officer=world.otto, by=by_staff(world.otto))

    assert not User.objects.get(pk=world.ada.user.pk).is_active


def test_a_second_press_and_another_tab_ask_once(world, ada):
    client = by_password_and_code(ada)
    press(client)
    again = by_password_and_code(ada)
    assert "already asked" in again.get(PAGE).text

    press(again)

    assert RightsRequest.objects.count() == 1 and Block.objects.count() == 1


def test_the_page_says_what_stays_by_which_law_and_until_when(world, ada):
    hold(world)

    page = by_password_and_code(ada).get(PAGE).text

    assert "Everything, for now: a court order" in page and "GDPR Art 17(3)" in page
    assert "GDPR Art 5(2)" in page and "24 months after our answer" in page


def test_nobody_closes_the_account_of_whom_they_act_for(world):
    about = {"born_on": date(2018, 5, 1), "country": "DE"}
    child = customer_records.open_customer_record(reference="C-2001", by=PORTAL, **about)
    code = make_claim_code(customer=child, officer=world.pia.user, capacity="guardian")
    claiming.claim_record_by_code(user=world.ada.user, code=code, by=Actor("customer", str(world.ada.user.pk)))
    acting = world.ada.user.actings.get(customer=child)
    client = signed_in(world.ada.user)
    client.post(reverse("people:act_for"), {"acting": acting.pk})
    prove(client)

    assert "Only the person themself" in client.get(PAGE).text
    assert press(client).status_code == 403 and not RightsRequest.objects.exists()
    with pytest.raises(OnlyTheirOwn):
        close_account(user=world.ada.user, acting=acting, language="en", by=world.ada.actor)
    with pytest.raises(OnlyTheirOwn):
        close_account(user=world.ben.user, acting=world.ada.acting, language="en", by=world.ben.actor)


def test_the_page_asks_a_bounded_number_of_questions(ada, django_assert_max_num_queries):
    client = by_password_and_code(ada)
    client.get(PAGE)

    with django_assert_max_num_queries(25):
        client.get(PAGE)


def test_nobody_closes_what_they_share(world):
    mia, ada = share_account(world), world.ada
    for holder in (mia, ada):
        with pytest.raises(SharedAccount):
            close_account(user=holder.user, acting=holder.user.actings.get(), language="en", by=holder.actor)

    assert not RightsRequest.objects.exists() and not Block.objects.exists()
    browser = signed_in(ada.user)
    prove(browser)
    page = browser.get(PAGE).text
    assert "You share this account, so nobody closes it alone" in page and "What ends at once" not in page


def test_a_password_that_is_being_set_does_not_bring_the_account_back(real_world, monkeypatch):
    world, password = real_world, "a long password of ada"
    browser = signed_in(world.ada.user)
    browser.raise_request_exception = False
    session = browser.session
    code = {"method": "code", "at": time.time(), "email": "ada@example.com"}
    session["account_authentication_methods"] = [code]
    session["account_authentication_methods_user"] = str(world.ada.user.pk)
    session.save()
    erased = []

    def hashed_slowly(raw, *args, **options):
        if raw == password:
            erased.append(erase(world))
        return hashers.make_password(raw, *args, **options)

    monkeypatch.setattr(base_user, "make_password", hashed_slowly)
    response = browser.post("/accounts/password/set/", {"password1": password, "password2": password})

    assert len(erased) == 1 and 400 <= response.status_code < 500
    user = User.objects.get(pk=world.ada.user.pk)
    assert (user.email, user.is_active) == (f"{user.pk}@erased.invalid", False)
    assert not user.has_usable_password() and not EmailAddress.objects.filter(user=user).exists()


def test_a_page_that_was_on_its_way_opens_no_new_record(real_world, monkeypatch):
    world = real_world
    browser = signed_in(world.ada.user)
    actings_of = selectors.list_actings

    def erased_before(user):
        if not Customer.objects.get(pk=world.ada.customer.id).erased_at:
            erase(world)
        return actings_of(user)

    monkeypatch.setattr(selectors, "list_actings", erased_before)
    browser.raise_request_exception = False
    browser.get("/choices/")

    assert Customer.objects.get(pk=world.ada.customer.id).erased_at
    assert selectors.find_customers("ada@example.com") == []


FORMS = {
    "/choices/support/withdraw/": {},
    "/choices/support/give/": {"answer": "given"},
    "/settings/": {"digests": "never"},
}


@pytest.mark.parametrize("address", FORMS)
def test_a_form_that_meets_the_erasure_is_turned_away_and_leaves_nothing(real_world, monkeypatch, address):
    world = real_world
    browser = signed_in(world.ada.user)
    browser.raise_request_exception = False
    token_of, erased = visitors.get_form_token, []

    def meanwhile(request):
        if not erased:
            erased.append(erase(world))
        return token_of(request)

    monkeypatch.setattr(visitors, "get_form_token", meanwhile)
    form = {"token": str(uuid4()), "version": world.version.pk, **FORMS[address]}
    response = browser.post(address, form)

    assert len(erased) == 1 and 400 <= response.status_code < 500
    assert not Evidence.objects.filter(user=world.ada.user.pk).exists()
    assert not Preference.objects.filter(customer=world.ada.customer.id).exists()
    assert not Submission.objects.filter(user=world.ada.user.pk).exists()


def test_no_act_of_an_erased_customer_is_a_mistake_of_ours(world):
    request, customer, by = ask(world, "orders"), world.ada.customer.id, world.ada.actor
    erase(world)
    acts = [
        lambda: choices_answering.give_consent(customer=customer, purpose="support", version=world.version.pk, by=by),
        lambda: choices_answering.defer_consent(customer=customer, purpose="support", version=world.version.pk, by=by),
        lambda: withdrawing.withdraw_consent(customer=customer, purpose="support", by=by),
        lambda: withdrawing.withdraw_all_consents(customer=customer, by=by),
        lambda: withdrawing.opt_out_of_sale(customer=customer, by=by, how=ActContext()),
        lambda: answering.lift_waiting_time(access_request=request.pk, customer=customer, by=by),
        lambda: choosing.choose_digests(customer=customer, digests="never", by=by),
        lambda: customer_records.choose_language(customer=customer, language="de", by=by),
        lambda: make_claim_code(customer=world.ada.customer, officer=world.pia.user, by=actor(world.pia)),
    ]

    for act in acts:
        with pytest.raises(AlreadyErased):
            act()


def test_who_was_erased_arrives_no_more(world):
    stale = User.objects.get(pk=world.ada.user.pk)
    erase(world)

    assert claiming.match_user_to_record(user=stale, by=PORTAL) is None
    assert selectors.find_customers("ada@example.com") == []


def test_who_was_erased_claims_nothing(world):
    record = customer_records.open_customer_record(reference="C-9", by=PORTAL)
    code = make_claim_code(customer=record, officer=world.pia.user, by=actor(world.pia))
    stale = User.objects.get(pk=world.ada.user.pk)
    erase(world)

    with pytest.raises(InvalidClaimCode):
        claiming.claim_record_by_code(user=stale, code=code, by=PORTAL)


def test_visits_that_never_signed_in_end_too(world):
    Client().post("/accounts/login/code/", {"email": "Ada@example.com"})
    Client().post("/accounts/signup/", {"email": "ada@example.com"})
    Client().post("/accounts/login/code/", {"email": "ben@example.com"})
    assert sum("ada@example.com" in held.casefold() for held in sessions()) == 2

    erase(world)

    left = " ".join(sessions()).casefold()
    assert "ada@example.com" not in left and str(world.ada.user.pk) not in left
    assert "ben@example.com" in left


def sessions() -> list[str]:
    return [str(decode_session(session)) for session in Session.objects.all()]


def test_what_ran_out_is_forgotten(world):
    browser, gone = signed_in(world.ada.user), signed_in(world.ben.user)
    now = timezone.now()
    ended = Session.objects.filter(pk=gone.session.session_key)
    ended.update(expire_date=now - timedelta(seconds=1))
    with connection.cursor() as cursor:
        for key, moment in {"ended": now - timedelta(seconds=1), "running": now + timedelta(hours=1)}.items():
            cursor.execute("INSERT INTO portal_cache (cache_key, value, expires) VALUES (%s, '', %s)", [key, moment])

        delete_expired_sessions(timestamp=0)

        cursor.execute("SELECT cache_key FROM portal_cache WHERE cache_key IN ('ended', 'running')")
        assert cursor.fetchall() == [("running",)]
    assert not ended.exists() and Session.objects.filter(pk=browser.session.session_key).exists()


def test_an_account_is_closed_on_record_alone(real_world):
    user = real_world.ada.user.pk
    close = (
        "UPDATE people_user SET closed_at = {moment}, is_active = false, first_name = '', last_name = '',"
        " new_email = '', new_email_at = NULL, email = id || '@erased.invalid' WHERE id = %s"
    )
    now, earlier = close.format(moment="portal.now()"), close.format(moment="portal.now() - interval '1 hour'")
    entry = (
        "SELECT portal.append_entry('account.closed', NULL, 'portal', '', 'user', %s::text, '', 'command', NULL, '',"
        " jsonb_build_object('accounts', ARRAY[%s::text])::text)"
    )
    with application_speaking() as application:
        assert "people_user_closed_on_record" in outcome(application, (now, [user]))
        other = (entry, [user, real_world.ben.user.pk])
        assert "people_user_closed_on_record" in outcome(application, other, (now, [user]))
        assert "people_user_closed_on_record" in outcome(application, (entry, [user, user]), (earlier, [user]))
        assert outcome(application, (entry, [user, user]), (now, [user])).startswith("allowed")
