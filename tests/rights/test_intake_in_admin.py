"""What came by telephone or post is typed in, with the day it truly arrived."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from consents.catalogue.models import PurposeVersion
from consents.choices.models import Choice, Mark
from consents.choices.rules import Status
from consents.choices.services import answering
from consents.core.admin import REOPENED
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.rights import words
from consents.rights.fulfilment import erasure
from consents.rights.models import RightsRequest, Statement
from consents.rights.staff.intake import IntakeForm
from tests.forms import forms_on
from tests.world.cast import make_purpose, signed_in
from tests.world.rights_requests import make_record_older

ADD = "/admin/rights/rightsrequest/add/"


def today() -> str:
    return timezone.localdate().isoformat()


def type_in(member, **said):
    client = signed_in(member.user)
    return client.post(ADD, begin(client) | said)


def begin(client) -> dict[str, str]:
    (form,) = forms_on(client.get(ADD), "token", "request_type")
    asked = {"who": "C-1001", "request_type": "A15", "channel": "phone", "received_on": today(), "submitted_by": "self"}
    return {"token": form.fields["token"]} | asked


def text(response) -> str:
    return response.content.decode()


@pytest.mark.parametrize("who", ["sam", "pia", "otto"])
def test_everybody_who_works_here_can(world, who):
    response = type_in(getattr(world, who))
    filed = RightsRequest.objects.get()
    assert response.status_code == 302
    assert response.url == (ADD if who == "sam" else f"/admin/rights/rightsrequest/{filed.pk}/change/")
    assert (filed.customer, filed.channel, filed.verification_level) == (world.ada.customer, "phone", "")
    assert Entry.objects.filter(event="customer.looked_up").count() == 1


def test_a_form_sent_twice_looks_nobody_up_again(world):
    client = signed_in(world.pia.user)
    form = begin(client)

    assert client.post(ADD, form).url == client.post(ADD, form).url
    assert Entry.objects.filter(event="customer.looked_up").count() == RightsRequest.objects.count() == 1


def test_time_runs_from_the_day_it_arrived(real_world):
    make_record_older(real_world.ada.customer, datetime(2025, 1, 1, tzinfo=UTC))
    type_in(real_world.sam, channel="post", received_on="2026-01-31")
    filed = RightsRequest.objects.get()
    assert filed.received_at.date() == date(2026, 1, 31)
    assert filed.due_at.date() == date(2026, 3, 2)


BAD = [
    ({"received_on": "2099-01-01"}, "cannot arrive in the future"),
    ({"received_on": "2001-02-28"}, "before we had a record"),
    ({"received_on": "2026-02-29"}, "Type a day"),
    ({"received_on": ""}, "Choose the day."),
    ({"who": "C-9999"}, "No single customer"),
    ({"submitted_by": "authorized_agent"}, "Name the document"),
    ({"request_type": "deletion"}, "law of California"),
    ({"request_type": "everything"}, "There is a problem"),
    ({"channel": "portal"}, "There is a problem"),
    ({"channel": ""}, "Choose how it arrived."),
    ({"request_type": "A16", "right": "555-0199"}, "Choose what is wrong."),
    ({"request_type": "A16", "wrong": "contact:phone"}, "Type how it should read."),
    ({"request_type": "A16", "wrong": "contact:shoes", "right": "43"}, "There is a problem"),
    ({"request_type": "A7-3"}, "Tick which uses, or all of them."),
    ({"request_type": "A21"}, "Tick which uses, or all of them."),
    ({"request_type": "A21", "withdrawn": ["all"]}, "Tick which uses, or all of them."),
    ({"request_type": "A21", "objected": ["support"]}, "There is a problem"),
]


def test_bad_input_gets_a_sentence(world, subtests):
    client = signed_in(world.sam.user)
    begun = begin(client)
    for said, sentence in BAD:
        with subtests.test(said=said):
            response = client.post(ADD, begun | said)
            assert response.status_code == 422 and sentence in text(response)
            assert not RightsRequest.objects.exists()


def test_a_correction_is_typed_in_as_a_value_that_can_be_decided_on(world):
    type_in(world.sam, request_type="A16", wrong="contact:phone", right="555-0199")
    filed = RightsRequest.objects.get()
    assert filed.scope == ["contact"]
    assert erasure.list_proposals(filed) == [(0, "contact", "phone", "555-0199")]


def test_a_day_in_the_future_by_a_day_too(world):
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert type_in(world.sam, received_on=tomorrow).status_code == 422


def test_nobody_known_is_typed_in_with_where_they_live(world):
    type_in(world.pia, who="", where="US-CA", request_type="deletion", email="eve@example.com", words="All.")
    filed = RightsRequest.objects.get()
    assert (filed.customer, filed.jurisdiction, filed.regime) == (None, "US-CA", "ccpa")
    assert words.open_statement(filed, Statement.Kind.ASKED)["words"] == "All."


def test_an_agent_names_a_document(world):
    type_in(world.sam, submitted_by="power_of_attorney", proof="POA 12", channel="agent")
    filed = RightsRequest.objects.get()
    assert (filed.submitted_by, filed.agent_proof) == ("power_of_attorney", "POA 12")


def test_a_withdrawal_is_done_with_it(world):
    response = type_in(world.sam, request_type=Type.WITHDRAWAL.value, withdrawn="all")
    assert "is on record, and done" in text(signed_in(world.sam.user).get(response.url)) or response.status_code == 302
    assert RightsRequest.objects.get().is_answered


@pytest.fixture
def uses(world):
    """Consented to: support and offers; on another ground: theft and quality."""
    contact = [world.categories["contact"]]
    make_purpose("offers", "Send you offers", contact, world.pia.user)
    for code in ("theft", "quality"):
        make_purpose(code, f"Look after {code}", contact, world.pia.user, legal_basis="A6-1-f")
    for version in (world.version, PurposeVersion.objects.get(purpose__code="offers")):
        answering.give_consent(
            customer=world.ada.customer.pk, purpose=version.purpose.code, version=version.pk, by=world.ada.actor
        )


def test_a_withdrawal_stops_what_they_named_and_nothing_else(world, uses):
    type_in(world.sam, request_type="A7-3", withdrawn=["offers"])

    assert RightsRequest.objects.get().scope == ["offers"]
    stands = dict(Choice.objects.values_list("purpose__code", "status"))
    assert stands == {"offers": Status.WITHDRAWN, "support": Status.GIVEN}


def test_an_objection_is_to_what_they_named_or_to_all(world, uses):
    type_in(world.sam, request_type="A21", objected=["theft"])
    type_in(world.sam, request_type="A21", objected=["all", "quality"])

    assert list(RightsRequest.objects.order_by("filed_at").values_list("scope", flat=True)) == [["theft"], []]
    marked = Mark.objects.order_by("placed_at").values_list("purpose__code", flat=True)
    assert list(marked) == ["theft", None]


def test_officers_see_the_record_and_requesters_do_not(world):
    type_in(world.pia, words="My orders of May.")
    filed = RightsRequest.objects.get()
    page = f"/admin/rights/rightsrequest/{filed.pk}/change/"
    html = text(signed_in(world.pia.user).get(page))
    assert filed.number in html and "GDPR Art 12(3), Ireland" in html and "Read the messages" in html
    assert filed.number in text(signed_in(world.otto.user).get("/admin/rights/rightsrequest/"))
    for path in (page, "/admin/rights/rightsrequest/"):
        assert signed_in(world.sam.user).get(path).status_code in (302, 403, 404)


def test_each_right_opens_its_own_fields_and_what_others_ask_is_left_out(real_world):
    page = signed_in(real_world.sam.user).get(ADD).text
    opened = {"A16": "proposal", "A17": "kinds", "A21": "objected", "A7-3": "withdrawn"}
    for right, fields in opened.items():
        assert f'<option value="{right}" data-opens="{fields}">' in page and f"opened-by-{fields}" in page
    assert '<option value="A15">' in page

    type_in(real_world.sam, proof="Passport 12", wrong="contact:phone", right="555-0199", kinds=["orders"])
    filed = RightsRequest.objects.get()
    assert (filed.agent_proof, filed.scope, words.open_statement(filed, Statement.Kind.ASKED).get("proposals")) == (
        "",
        [],
        None,
    )


def test_what_is_missing_is_listed_as_it_follows_on_the_page(world):
    assert [*IntakeForm({"submitted_by": "self"}).errors] == ["channel", "received_on", "request_type"]


AGAIN = "Type the customer number or the email address again"


@pytest.mark.parametrize("form", [{}, {REOPENED: "1"}])
def test_who_is_not_shown_again_is_asked_for_again(world, form):
    """Left empty, as the page shows it after an error or a sign-in, the request would be that of nobody known."""
    for who, asks_again in (("C-1001", True), ("", False)):
        page = type_in(world.sam, who=who, received_on="", **form).text
        assert (AGAIN in page) == asks_again and "C-1001" not in page


def test_who_is_not_found_is_said_beside_the_field_and_once(world):
    page = type_in(world.sam, who="C-9999")

    assert len(page.context["form"].errors["who"]) == 1 and set(page.context["form"].errors) == {"who"}
    assert "No single customer" in page.context["form"].errors["who"][0]
