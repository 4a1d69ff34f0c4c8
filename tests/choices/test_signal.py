"""Sec-GPC and /opt-out/: honoured once, on record, said on every page; never undone by silence."""

import json
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consents.catalogue.models import PurposeVersion
from consents.choices import selectors
from consents.choices.customers.presenting import COOKIE_SECONDS
from consents.choices.models import Choice
from consents.choices.services import answering
from consents.choices.services.recording import NeedsConfirmation
from consents.ledger.models import Entry
from tests.world.cast import signed_in
from tests.world.choices import events, make_offers, make_sale, publish_next
from tests.world.scene_fixtures import scene

GPC = {"HTTP_SEC_GPC": "1"}
HONORED = "Opt-out request honored"


@scene
def sale(world) -> PurposeVersion:
    return make_sale(world)


def agree(world, sale, **terms) -> Choice:
    return answering.give_consent(
        customer=world.ada.customer.id, purpose="sell", version=sale.pk, by=world.ada.actor, **terms
    )


def opt_in(client, sale, **headers):
    """Both steps, as the pages take them."""
    first = client.post("/choices/sell/give/", {"answer": "given", "version": sale.pk}, **headers)
    assert "Do you agree to this?" in first.content.decode()
    sent = first.context["form"].sent_along
    return client.post("/choices/sell/give/", {"answer": "given"} | sent, **headers)


def test_the_signal_opts_the_account_out_once_on_record(world, sale, ada):
    agree(world, sale)
    for path in ("/", "/choices/", "/help/"):
        page = ada.get(path, **GPC)
        assert HONORED in page.content.decode()
        assert "Sec-GPC" in page["Vary"]

    assert events("sell") == ["given", "withdrawn"]
    entry = Entry.objects.get(event="consent.withdrawn")
    assert entry.facts["method"] == "Sec-GPC" and entry.evidence is not None


def test_it_forestalls_what_was_never_answered(world, sale, ada):
    make_offers(world)
    ada.get("/", **GPC)
    assert events("sell") == ["refused"] and events("offers") == []
    assert Choice.objects.get().rest_rule == "ccpa-12-months"


@pytest.mark.parametrize("value", ["0", "", "true", "1; x"])
def test_any_other_value_is_no_signal(world, sale, ada, value):
    assert HONORED not in ada.get("/", HTTP_SEC_GPC=value).content.decode()
    assert events("sell") == []


def test_losing_the_signal_does_not_opt_back_in(world, sale, ada):
    agree(world, sale)
    ada.get("/", **GPC)
    ada.get("/")
    assert Choice.objects.get().status == "ConsentWithdrawn"


def test_opting_in_again_takes_two_steps_and_then_stands_against_the_signal(world, sale, ada):
    ada.get("/", **GPC)
    opt_in(ada, sale, **GPC)
    page = ada.get("/", **GPC).content.decode()
    assert "agreed to it later" in page and HONORED not in page
    assert events("sell") == ["refused", "given"]


def test_a_yes_given_without_the_signal_gives_way_to_it_later(world, sale, ada):
    ada.get("/", **GPC)
    opt_in(ada, sale)
    ada.get("/", **GPC)
    assert events("sell") == ["refused", "given", "withdrawn"]


@pytest.mark.parametrize("end", ["text", "time"])
def test_a_yes_despite_the_signal_gives_way_once_it_has_ended(real_world, later, end):
    """Before any job has put the end on record."""
    world, sale = real_world, make_sale(real_world)
    signed_in(world.ada.user).get("/", **GPC)
    opt_in(signed_in(world.ada.user), sale, **GPC)
    publish_next(sale, world.pia.user) if end == "text" else later(timedelta(days=366))

    page = signed_in(world.ada.user).get("/", **GPC).content.decode()

    assert HONORED in page and "agreed to it later" not in page
    assert events("sell") == ["refused", "given", "revoked" if end == "text" else "expired", "refused"]


def test_the_second_step_counts_only_after_the_first(world, sale, ada):
    ada.get("/", **GPC)
    for step in ("", "x", "made:up:token"):
        page = ada.post("/choices/sell/give/", {"answer": "given", "version": sale.pk, "step": step})
        assert "Do you agree to this?" in page.content.decode()
    with pytest.raises(NeedsConfirmation):
        agree(world, sale)
    assert events("sell") == ["refused"]


def test_the_first_step_of_somebody_else_does_not_count(world, sale, ada):
    ada.get("/", **GPC)
    ben = signed_in(world.ben.user)
    ben.get("/", **GPC)
    bens = ben.post("/choices/sell/give/", {"answer": "given", "version": sale.pk}).context["form"].sent_along
    page = ada.post("/choices/sell/give/", {"answer": "given"} | bens)
    assert "Do you agree to this?" in page.content.decode()


def queries(client, **headers) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        client.get("/help/", **headers)
    return [query["sql"] for query in captured]


def test_it_costs_four_reading_queries_when_nothing_changes(world, sale, ada):
    ada.get("/help/", **GPC)
    plain, with_signal = queries(ada), queries(ada, **GPC)
    assert len(with_signal) <= len(plain) + 4
    assert not [sql for sql in with_signal if not sql.startswith(("SELECT", "WITH"))]


def test_a_stranger_opts_out_without_signing_in(world, sale):
    browser = Client()
    assert "You do not need to sign in" in browser.get("/opt-out/").content.decode()
    done = browser.post("/opt-out/", follow=True).content.decode()
    assert HONORED in done and "You are opted out" in done
    assert HONORED in browser.get("/help/").content.decode()


def test_the_signal_of_a_stranger_is_an_opt_out_without_a_press(world, sale):
    browser = Client()
    page = browser.get("/opt-out/", **GPC).content.decode()
    assert "You are opted out" in page and "Your browser sends us the signal" in page
    assert "With one click" not in page and "This browser is remembered" not in page
    assert "One cookie" not in page, "nothing is remembered of a signal"
    assert "With one click" in browser.get("/opt-out/").content.decode()

    browser.post("/opt-out/")
    page = browser.get("/opt-out/", **GPC).content.decode()
    assert "This browser is remembered" in page and "One cookie" in page


def test_what_the_browser_remembers_is_applied_at_sign_in(world, sale):
    agree(world, sale)
    browser = Client()
    browser.post("/opt-out/")
    browser.force_login(world.ada.user)
    browser.get("/")
    browser.get("/choices/")

    assert events("sell") == ["given", "withdrawn"]
    assert Entry.objects.get(event="consent.withdrawn").facts["method"] == "opt-out page"


def test_the_cookie_tells_nobody_apart_and_cannot_be_made_up(world, sale):
    one, other = Client(), Client()
    one.post("/opt-out/")
    other.post("/opt-out/")
    assert one.cookies["opt-out"].value == other.cookies["opt-out"].value
    assert one.cookies["opt-out"]["httponly"] and one.cookies["opt-out"]["samesite"] == "Lax"

    forged = Client()
    forged.cookies["opt-out"] = "1:forged"
    assert HONORED not in forged.get("/help/").content.decode()


@pytest.mark.parametrize(
    ("language", "days"), [("en", "for {} days"), ("de", "{} Tage lang"), ("es", "durante {} días")]
)
def test_the_privacy_notice_names_the_cookie_and_how_long_it_stays(db, language, days):
    page = Client(headers={"accept-language": language}).get("/privacy/").content.decode()
    assert days.format(COOKIE_SECONDS // (24 * 3600)) in page


def test_signed_in_it_is_one_press_and_beats_a_yes_despite_the_signal(world, sale, ada):
    ada.get("/", **GPC)
    opt_in(ada, sale, **GPC)
    ada.post("/opt-out/", **GPC)
    assert events("sell") == ["refused", "given", "withdrawn"]
    assert selectors.get_sale_standing(world.ada.customer.id).is_opted_out


def test_staff_are_nobodys_account(world, sale):
    sam = signed_in(world.sam.user)
    sam.get("/help/", **GPC)
    assert sam.post("/opt-out/").status_code == 302
    assert not Choice.objects.exists()


def test_the_well_known_file_says_that_the_signal_counts(client, db):
    answer = client.get("/.well-known/gpc.json")
    found = json.loads(answer.content)
    assert answer["Content-Type"] == "application/json"
    assert found["gpc"] is True and date.fromisoformat(found["lastUpdate"])
