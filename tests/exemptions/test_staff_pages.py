"""The staff site: file, decide, check, open, end; delay, renew and release telling; what a law forbids to show."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from consents.access.models import Grant
from consents.core import clock
from consents.disclosures.services import disclose_records
from consents.exemptions.models import Exemption
from consents.exemptions.services import deciding
from consents.ledger.models import Entry
from consents.notifications.models import FailingAddress, Message
from tests.world.cast import signed_in
from tests.world.exemptions import build_delay, by_staff, decide, file_order, open_emergency
from tests.world.sessions import act_for

FILE = "/admin/exemptions/exemption/add/"


def build_form(world, **changes: Any) -> dict[str, Any]:
    values = {
        "token": str(uuid4()),
        "who": "C-1001",
        "purpose": str(world.version.pk),
        "categories": [str(world.categories["orders"].pk)],
        "duration": "3600",
        "sentence": "A delivery to you may be poisoned.",
        "kind": "safety",
        "threat": "Poison",
        "no_other_way": "Nobody answers.",
        "at_once": "on",
        "why_unasked": "danger",
        "unasked_words": "Minutes count.",
    }
    return values | changes


def record_of(exemption: Exemption) -> str:
    return reverse("admin:exemptions_exemption_change", args=[exemption.pk])


def press(client: Client, exemption: Exemption, action: str, **more: str) -> str:
    sent = {"CHANGE_FORM-action": action, "_selected_action": str(exemption.pk), "token": str(uuid4())} | more
    return client.post(record_of(exemption), sent, follow=True).content.decode()


def test_an_emergency_is_filed_opened_and_checked(real_world):
    sam, pia = signed_in(real_world.sam.user), signed_in(real_world.pia.user)
    assert "On what ground" in sam.get(FILE).content.decode()
    form = sam.get(FILE, {"kind": "safety"}).content.decode()
    assert "Open at once" in form and "Number of the order" not in form and "what the order names" not in form

    answer = sam.post(FILE, build_form(real_world), follow=True)

    exemption = Exemption.objects.get()
    assert "Open, to be checked" in answer.content.decode()
    data = sam.post(reverse("admin:disclosures_open", args=[exemption.pk]), {"grant": str(Grant.objects.get().pk)})
    assert "Blue lamp" in data.content.decode() and "Without the customer’s permission" in data.content.decode()
    assert "1" in pia.get("/admin/").content.decode()
    page = reverse("admin:exemptions_exemption_decide", args=[exemption.pk])
    assert page in pia.get(record_of(exemption)).content.decode()
    asked = pia.get(page).text
    assert 'name="law"' not in asked  # only a legal duty can delay telling
    assert "The danger" in asked and "The customer will read this." in asked
    assert "Check this emergency" in asked and "Yes: confirm the emergency" in asked and "Yes: grant it" not in asked
    checked = pia.post(page, {"is_granted": "yes", "words": "It was one.", "token": str(uuid4())}, follow=True)
    assert "Checked and confirmed" in checked.content.decode() and "Deadline for the check" in checked.content.decode()


def test_access_that_is_over_is_neither_open_nor_simply_granted(real_world, later):
    opened, granted = open_emergency(real_world), decide(real_world, file_order(real_world, "contact"))
    pia = signed_in(real_world.pia.user)
    assert "Open, to be checked" in pia.get(record_of(opened)).text
    assert "access over" not in pia.get(record_of(granted)).text
    later(timedelta(hours=23))

    assert "Access over, to be checked" in pia.get(record_of(opened)).text
    assert "Open, to be checked" not in pia.get(reverse("admin:exemptions_exemption_changelist")).text
    later(timedelta(days=31))
    assert "Granted, access over" in pia.get(record_of(granted)).text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"who": "C-9999"}, "No single customer"),
        ({"threat": ""}, "Fill in everything"),
        ({"why_unasked": ""}, "Ask the customer first"),
        ({"duration": "14400"}, "up to one hour"),
        ({"kind": "legal_duty"}, "Fill in everything"),
        ({"kind": "whim"}, "On what ground"),
        ({"access_request": str(uuid4())}, "Select a valid choice"),
    ],
    ids=["nobody", "no danger", "unasked", "too long", "no law", "no ground", "no ask"],
)
def test_bad_input_gets_a_sentence(world, changes, said):
    answer = signed_in(world.sam.user).post(FILE, build_form(world, **changes))

    assert answer.status_code == 422 and said in answer.content.decode()
    assert not Exemption.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"who": "C-9999"}, "who"), ({"why_unasked": ""}, "access_request")],
    ids=["nobody", "unasked"],
)
def test_a_refusal_stands_at_its_field(world, changes, field):
    page = signed_in(world.sam.user).post(FILE, build_form(world, **changes)).text

    assert f'id="id_{field}_error"' in page and f'href="#id_{field}"' in page


def test_a_form_sent_twice_looks_nobody_up_again(world):
    sam, form = signed_in(world.sam.user), build_form(world)

    assert sam.post(FILE, form).url == sam.post(FILE, form).url == record_of(Exemption.objects.get())
    assert Entry.objects.filter(event="customer.looked_up").count() == 1
    assert "You already sent this page" in sam.post(FILE, form | {"who": "C-9999"}).text
    assert Entry.objects.filter(event="customer.looked_up").count() == 1


@pytest.mark.parametrize("kind", ["safety", "legal_duty"])
def test_an_empty_form_says_of_each_field_what_to_do(world, kind):
    page = signed_in(world.sam.user).post(FILE, {"kind": kind, "token": str(uuid4()), "duration": "3600"}).text

    assert "Choose what the data is for." in page and "Say in one sentence why you need this." in page
    assert "This field is required" not in page


def test_a_court_order_is_granted_with_a_delay(world):
    filed = file_order(world)
    page = reverse("admin:exemptions_exemption_decide", args=[filed.pk])
    until = (clock.now() + timedelta(days=20)).date()
    delay = {"law": "StPO § 101", "authority": "Amtsgericht", "reason": "It runs.", "until": str(until)}
    pia = signed_in(world.pia.user)
    asked = pia.get(page).text
    assert filed.sentence in asked and filed.statute in asked and filed.authority in asked
    assert "If you grant it, the customer will read this." in asked
    too_long = pia.post(page, {"is_granted": "yes", "words": "Valid."} | delay | {"until": "2099-01-01"})
    assert too_long.status_code == 422 and "Yes: grant it" in too_long.text

    pia.post(page, {"is_granted": "yes", "words": "Valid.", "token": str(uuid4())} | delay)

    filed.refresh_from_db()
    assert filed.state == "granted" and filed.told_at is None
    assert "Delayed until" in pia.get(record_of(filed)).content.decode()


def test_what_a_law_forbids_to_show_is_seen_by_those_who_had_a_part(world):
    granted = decide(world, file_order(world), delay=build_delay())
    seen = {
        name: signed_in(getattr(world, name).user).get(record_of(granted)).status_code
        for name in ("sam", "pia", "otto", "kim", "quinn")
    }
    assert seen == {"sam": 200, "pia": 200, "otto": 200, "kim": 404, "quinn": 404}


def test_another_officer_renews_and_releases(world):
    granted = decide(world, file_order(world), delay=build_delay())
    otto = signed_in(world.otto.user)
    page = reverse("admin:exemptions_exemption_renew", args=[granted.pk])
    until = (clock.now() + timedelta(days=60)).date()
    sent = {"law": "StPO", "authority": "Court", "reason": "It runs on.", "until": str(until), "token": str(uuid4())}
    assert f'href="{record_of(granted)}">Go back' in " ".join(otto.get(page).content.decode().split())
    records = [client.get(record_of(granted)).content.decode() for client in (otto, signed_in(world.pia.user))]
    assert [f'href="{page}"' in shown for shown in records] == [True, False]  # Pia decided the delay
    assert "It runs on." in otto.post(page, sent, follow=True).content.decode()
    opening, sam = f"/admin/open/{granted.pk}/", signed_in(world.sam.user)
    assert "sees it with your name once the delay ends" in " ".join(sam.get(opening).content.decode().split())

    record = otto.get(record_of(granted)).content.decode()
    assert re.search(r'"button button-quiet"[^>]*value="release"', record)
    asked = press(otto, granted, "release")
    assert "Tell the customer now?" in asked and "Delayed until" in asked
    assert "The customer is told." in press(otto, granted, "release", confirm="1")
    assert "and the customer sees it with your name." in sam.get(opening).content.decode()


def test_who_releases_reads_that_no_email_reaches_the_customer(world):
    granted = decide(world, file_order(world), delay=build_delay())
    FailingAddress.objects.create(address_hash=bytes(world.ada.customer.address_hash), how="bounced")

    told = press(signed_in(world.otto.user), granted, "release", confirm="1")

    assert "Their page shows it from now on. No email reaches them." in told and "The customer is told." not in told


def test_running_access_is_ended_and_a_filed_one_taken_back(world):
    opened, filed = open_emergency(world), file_order(world, "contact")
    sam = signed_in(world.sam.user)

    for exemption, act, asked, done in (
        (opened, "end", "End this access?", "Access has ended."),
        (filed, "cancel", "Take this exemption back?", "It is taken back."),
    ):
        page = press(sam, exemption, act)
        assert asked in page and done not in page
        assert done in press(sam, exemption, act, confirm="1")


@pytest.mark.parametrize("who", ["sam", "kim", "ada"])
def test_nobody_else_gets_the_pages_of_officers(world, who):
    filed = file_order(world)
    client = signed_in(getattr(world, who).user)
    for page in ("decide", "renew"):
        answer = client.get(reverse(f"admin:exemptions_exemption_{page}", args=[filed.pk]))
        assert answer.status_code in (302, 404)


def test_the_quarterly_review_counts_per_team(world):
    open_emergency(world)
    file_order(world, "contact", member=world.kim)

    otto = signed_in(world.otto.user)
    page = otto.get(reverse("admin:exemptions_exemption_review")).content.decode()

    assert "Billing Support" in page and "Returns" in page
    (quarter,) = set(re.findall(r'href="([^"]+[?]quarter=[0-9-]+)"', page))
    assert otto.get(quarter).context["cl"].result_count == 2
    assert otto.get(f"{FILE[:-4]}?quarter=2001-01-01").context["cl"].result_count == 2


def test_an_officer_reads_of_it_in_the_history(world):
    open_emergency(world)
    otto = signed_in(world.otto.user)

    page = otto.post("/admin/history/", {"who": str(world.ada.customer.id), "why": "audit"}).content.decode()

    assert "Without the customer’s permission: an emergency" in page


def test_what_a_customer_was_not_told_is_no_news_to_officers_who_act_for_them(real_world):
    world = real_world
    act_for(world.pia.pk, world.ada.customer.pk)
    act_for(world.otto.pk, world.ada.customer.pk)
    filed = file_order(world, "orders")
    delayed = decide(world, file_order(world, "contact"), world.quinn, delay=build_delay())
    opened = open_emergency(world, "health")

    for officer in (world.pia, world.otto):
        page = signed_in(officer.user).get("/admin/exemptions/exemption/").text
        assert record_of(opened) in page and record_of(filed) not in page and record_of(delayed) not in page
        assert signed_in(officer.user).get(record_of(filed)).status_code == 404
    assert record_of(filed) in signed_in(world.quinn.user).get("/admin/exemptions/exemption/").text
    assert {message.user for message in Message.objects.filter(kind="exemption_filed")} == {world.quinn.user}


def test_its_timeline_claims_no_permission_of_the_customer(real_world, later):
    """Its time ends as that of a request does, and nobody had allowed it; kinds of data have their titles."""
    world = real_world
    duty = decide(world, file_order(world, "orders"))
    grant = Grant.objects.get(exemption=duty.pk)
    disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))
    later(timedelta(days=31))
    deciding.end_due_exempted_grants()

    page = " ".join(signed_in(world.otto.user).get(f"/admin/exemptions/exemption/{duty.pk}/change/").text.split())

    assert "The time for this access is over. Access ended." in page and "the customer allowed" not in page
    assert "Sam from Billing Support opened: Orders." in page
    assert '<span class="quiet">· Pia (Privacy)</span>' in page
    over = signed_in(world.sam.user).get(reverse("admin:disclosures_open", args=[duty.pk])).text
    assert "The time for this access is over." in over and "the customer allowed" not in over


def test_after_its_delay_it_is_shown_whether_or_not_a_job_has_told_of_it(real_world, later):
    duty = decide(real_world, file_order(real_world, "orders"), delay=build_delay(30))
    page = f"/admin/exemptions/exemption/{duty.pk}/change/"
    assert "Delayed until" in signed_in(real_world.otto.user).get(page).text

    later(timedelta(days=31))

    shown = signed_in(real_world.otto.user).get(page).text
    assert "Shown since the delay ended" in shown and "Delayed until" not in shown


def test_it_is_taken_back_by_whoever_filed_it_and_by_nobody_else(world):
    filed = file_order(world, "orders")
    page = f"/admin/exemptions/exemption/{filed.pk}/change/"

    offered = ["Take it back" in signed_in(member.user).get(page).text for member in (world.sam, world.pia)]

    assert offered == [True, False]
