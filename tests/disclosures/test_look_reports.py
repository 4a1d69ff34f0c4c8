"""A reported look, from the customer's click to the answer; and what raw SQL cannot do to it."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db.models import QuerySet
from django.utils import translation

from consents.access.models import Grant
from consents.core import clock
from consents.core.refusals import Unknown
from consents.disclosures.models import LookReport, Opening
from consents.disclosures.reports import services
from consents.disclosures.reports.rules import (
    AlreadyGiven,
    NotAboutOwnDecision,
    NotAboutOwnLook,
)
from consents.disclosures.reports.selectors import open_words
from consents.disclosures.selectors import preview_undecided_reports
from consents.disclosures.services import disclose_own_copy, disclose_records
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.notifications.models import Message
from consents.people.services.holding import NotAnOfficer, OwnMatter
from consents.people.two_officers.refusals import AlreadyDecided
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.cast import ask, make_staff, signed_in
from tests.world.erasing import erase
from tests.world.exemptions import decide as decide_exemption
from tests.world.exemptions import file_order
from tests.world.owners import acting_as_owner
from tests.world.rights_requests import decide_report, look_at_orders, report_look
from tests.world.scene_fixtures import scene
from tests.world.telephone import answer_by_telephone


def by(member) -> Actor:
    return Actor("staff", str(member.pk))


@scene
def look(real_world) -> Opening:
    return look_at_orders(real_world)


def test_the_customer_reports_the_member_answers_and_an_officer_decides(real_world, look):
    world, ada = real_world, signed_in(real_world.ada.user)
    path = f"/activity/{look.pk}/report/"
    assert path in ada.get("/activity/").content.decode()
    page = ada.get(path).content.decode()
    assert "Sam from Billing Support" in page and "Orders" in page and "checked" not in page
    assert ada.post(path, {}).status_code == 422
    sent = ada.post(path, {"concern": "unexpected", "words": "Marker", "token": str(uuid4())})
    filed = LookReport.objects.get()
    assert sent.url == f"/reports/{filed.pk}/"
    page = ada.get(sent.url).content.decode()
    assert filed.number in page and "Stop access" in page and f"/requests/{look.grant.access_request_id}/block/" in page

    sam = signed_in(world.sam.user)
    record = f"/admin/disclosures/lookreport/{filed.pk}"
    seen = sam.get(f"{record}/change/").content.decode()
    assert filed.number in seen and "Marker" not in seen
    assert sam.post(f"{record}/answer/", {"words": "The case needed it.", "token": str(uuid4())}).status_code == 302
    assert sam.get(f"{record}/decide/").status_code == 404

    pia = signed_in(world.pia.user)
    assert "Read and decide" in pia.get(f"{record}/change/").text
    seen = pia.post(f"{record}/read/").text
    assert "The case needed it." in seen and "Marker" in seen and f"{record}/decide/" in seen
    assert pia.get(f"{record}/decide/").url == f"{record}/change/"
    bad = pia.post(f"{record}/decide/", {"words": "Half of it.", "token": str(uuid4())})
    assert bad.status_code == 422 and "Choose what you found." in bad.text and "Marker" in bad.text
    said = {"finding": "not_in_order", "words": "We spoke to them.", "token": str(uuid4())}
    assert pia.post(f"{record}/decide/", said).status_code == 302

    page = ada.get(sent.url).content.decode()
    assert "We spoke to them." in page and "should not have happened" in page
    events = Entry.objects.filter(object=str(filed.pk)).order_by("id").values_list("event", flat=True)
    steps = ("filed", "answered", "words_read", "words_read", "decided")
    assert list(events) == [f"look_report.{step}" for step in steps]
    kinds = set(Message.objects.values_list("kind", flat=True))
    assert {"look_reported", "look_report_decided", "act_confirmed"} <= kinds
    told = Message.objects.get(kind="look_report_settled")
    assert (told.user_id, told.context["number"]) == (world.sam.pk, filed.number)
    assert "The look should not have happened" in sam.get(f"{record}/change/").text


def test_a_look_without_a_yes_is_reported_too(real_world):
    world = real_world
    duty = decide_exemption(world, file_order(world, "orders"))
    grant = Grant.objects.get(exemption=duty.pk)
    look = disclose_records(grant=grant.pk, staff=world.sam.pk, by=by(world.sam)).opening
    ada = signed_in(world.ada.user)
    path = f"/activity/{look}/report/"
    assert path in ada.get("/activity/").content.decode() and ada.get(path).status_code == 200

    sent = ada.post(path, {"concern": "other", "token": str(uuid4())})

    assert "Sam from Billing Support" in ada.get(sent.url).content.decode()
    record = f"/admin/disclosures/lookreport/{LookReport.objects.get().pk}/change/"
    pia = signed_in(world.pia.user)
    assert f"Report of a look: {LookReport.objects.get().number}" in pia.get(record).text
    assert "A legal duty. " in pia.get(record).text
    assert "Reports of looks" in pia.get("/admin/disclosures/lookreport/").text
    assert "Nummer" in pia.get("/admin/disclosures/lookreport/", headers={"accept-language": "de"}).text


def test_it_has_a_clock(real_world, look):
    filed = report_look(real_world, look)

    assert timedelta(days=13) < filed.due_at - clock.now() <= timedelta(days=14)


def test_its_page_says_that_the_answer_is_late_or_was(real_world, look, later):
    filed, ada = report_look(real_world, look), signed_in(real_world.ada.user)
    page = f"/reports/{filed.pk}/"
    assert "We’ll answer by" in ada.get(page).text and "We are late" not in ada.get(page).text
    later(timedelta(days=14, minutes=1))

    late = ada.get(page).text
    assert "We are late" in late and "We had to answer by" in late and "We’ll answer by" not in late
    decide_report(real_world, filed)
    assert "We answered late" in ada.get(page).text


def test_reporting_and_deciding_twice_changes_nothing(real_world, look):
    filed = report_look(real_world, look)
    assert report_look(real_world, look) == filed
    about = {"report": filed.pk, "words": "So.", "member": real_world.sam, "by": by(real_world.sam)}
    services.answer_look_report(**about)
    with pytest.raises(AlreadyGiven):
        services.answer_look_report(**about)
    decide_report(real_world, filed)
    with pytest.raises(AlreadyDecided):
        decide_report(real_world, filed, real_world.otto)


def test_who_looked_never_reads_what_the_customer_wrote_not_even_as_an_officer(real_world):
    world = real_world
    duty = decide_exemption(
        world,
        file_order(world, "orders", member=world.pia),
        officer=make_staff("pat@example.com", "privacy_officer", "Privacy", "Pat"),
    )
    seen = disclose_records(grant=Grant.objects.get(exemption=duty.pk).pk, staff=world.pia.pk, by=by(world.pia))
    filed = report_look(world, Opening.objects.get(pk=seen.opening))
    record = f"/admin/disclosures/lookreport/{filed.pk}"

    for page in (f"{record}/change/", f"{record}/answer/"):
        assert "Marker" not in (own := signed_in(world.pia.user).get(page).text) and "did not expect" not in own
    assert signed_in(world.pia.user).post(f"{record}/read/").status_code == 404
    with pytest.raises(NotAboutOwnLook):
        services.read_look_report(report=filed.pk, officer=world.pia, by=by(world.pia))
    assert "Marker" in signed_in(world.otto.user).post(f"{record}/read/").text
    decide_report(world, filed, world.otto)
    assert "It was a mistake." not in signed_in(world.pia.user).get(f"{record}/change/").text


def test_a_reported_look_leads_to_its_report_instead_of_to_a_second_one(real_world, look):
    ada = signed_in(real_world.ada.user)
    assert f"/activity/{look.pk}/report/" in ada.get("/activity/").text
    filed = report_look(real_world, look)
    for page in ("/activity/", "/activity/?days=7"):
        assert f"/activity/{look.pk}/report/" not in (shown := ada.get(page).text)
        assert f"/reports/{filed.pk}/" in shown


def test_who_may_do_what(real_world, look):
    world = real_world
    with pytest.raises(Unknown):
        report_look(world, look, world.ben)
    disclose_own_copy(customer=world.ada.customer.id, by=world.ada.actor)
    with pytest.raises(Unknown):
        report_look(world, Opening.objects.get(kind="own_copy"))
    filed = report_look(world, look)
    with pytest.raises(NotAnOfficer):
        decide_report(world, filed, world.kim)
    with pytest.raises(Unknown):
        services.answer_look_report(report=filed.pk, words="x", member=world.kim, by=by(world.kim))
    assert signed_in(world.kim.user).get(f"/admin/disclosures/lookreport/{filed.pk}/change/").status_code == 404
    assert signed_in(world.ben.user).get(f"/reports/{filed.pk}/").status_code == 404


def test_no_officer_decides_about_their_own_look(real_world, look):
    filed = report_look(real_world, look)
    real_world.sam.role = "privacy_officer"

    with pytest.raises(NotAboutOwnLook):
        decide_report(real_world, filed, real_world.sam)


@pytest.mark.parametrize("ended", [None, clock.now])
def test_no_officer_decides_about_an_account_they_act_for(real_world, look, ended):
    world, filed = real_world, report_look(real_world, look)
    act_for_ada(world.pia, ended() if ended else None)
    said = ["look_report.decided", world.ada.customer.id, "staff", str(world.pia.pk), str(filed.pk), "in_order"]

    with application_speaking() as application:
        answered = outcome(application, (TELL, said), (DECIDE, [world.pia.pk]))
    if ended:
        assert answered.startswith("allowed") and decide_report(world, filed).decided_at
    else:
        assert answered == "23001 disclosures_lookreport_on_record"
        for act in (decide_report, read_as_pia):
            with pytest.raises(OwnMatter):
                act(world, filed)


def read_as_pia(world, filed: LookReport) -> dict[str, str]:
    return services.read_look_report(report=filed.pk, officer=world.pia, by=by(world.pia))


def act_for_ada(officer, ended) -> None:
    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_acting (user_id, customer_id, capacity, starts_at, ends_at)"
            " SELECT %s, id, 'agent', portal.now(), %s FROM people_customer WHERE reference = 'C-1001'",
            [officer.pk, ended],
        )


def grant_an_exemption(world) -> Grant:
    return Grant.objects.get(exemption=decide_exemption(world, file_order(world, "orders")).pk)


def take_the_answer_on_the_telephone(world) -> Grant:
    return answer_by_telephone(world, ask(world, "orders")).grants.get()


@pytest.mark.parametrize("allow", [grant_an_exemption, take_the_answer_on_the_telephone])
def test_no_officer_decides_about_access_they_allowed(real_world, allow):
    """Pia allowed the look at Ada's data; Ben's own yes, in the same days, makes no difference to either officer."""
    world, pia, otto = real_world, real_world.pia, real_world.otto
    seen = disclose_records(grant=allow(world).pk, staff=world.sam.pk, by=by(world.sam))
    filed = report_look(world, Opening.objects.get(pk=seen.opening))
    bens = decide_exemption(world, file_order(world, "orders", customer=world.ben.customer.id))

    with application_speaking() as application:
        for officer, answered in ((pia, "23001 disclosures_lookreport_on_record"), (otto, "allowed ")):
            said = ["look_report.decided", world.ada.customer.id, "staff", str(officer.pk), str(filed.pk), "in_order"]
            assert outcome(application, (TELL, said), (DECIDE, [officer.pk])) == answered
    with pytest.raises(NotAboutOwnDecision):
        decide_report(world, filed, pia)
    record = f"/admin/disclosures/lookreport/{filed.pk}"
    offered = [f"/{filed.pk}/decide/" in signed_in(one.user).post(f"{record}/read/").text for one in (pia, otto)]
    assert offered == [False, True] and bens.decided_by_id == pia.pk
    assert decide_report(world, filed, otto).decided_by_id == otto.pk


def test_the_words_go_with_the_customer(real_world, look):
    filed = report_look(real_world, look)
    assert open_words(filed)["words"] == "Marker: why at night?"
    erase(real_world, real_world.ada)

    assert set(open_words(LookReport.objects.get()).values()) == {""}


def test_an_erasure_ends_it_and_the_officers_are_told_before(real_world, look):
    world, record = real_world, f"/admin/disclosures/lookreport/{report_look(real_world, look).pk}/"
    pia, sam = signed_in(world.pia.user), signed_in(world.sam.user)
    assert "reported look to decide" in pia.get("/admin/").text and "look to explain" in sam.get("/admin/").text
    assert (
        "Read and decide" in pia.get(f"{record}change/").text and f"{record}answer/" in sam.get(f"{record}change/").text
    )
    assert preview_undecided_reports(world.ada.customer.id)[0].startswith("1 report of a look is still open.")
    erase(world, world.ada)

    for client in (pia, sam):
        page = client.get(f"{record}change/").text
        assert "Ended: the customer was erased" in page and "Read" not in page.split("<main")[1]
        assert f"{record}answer/" not in page and "reported look" not in client.get("/admin/").text
    assert pia.post(f"{record}read/").status_code == 404 and not preview_undecided_reports(world.ada.customer.id)


def look_through(world, grant: Grant) -> UUID:
    return disclose_records(grant=grant.pk, staff=world.sam.pk, by=by(world.sam)).opening


def test_how_many_are_still_open_stands_as_the_officers_language_writes_numbers(monkeypatch):
    monkeypatch.setattr(QuerySet, "count", lambda _: 1204)
    assert preview_undecided_reports(uuid4())[0].startswith("1,204 reports of looks are still open.")
    with translation.override("de"):
        assert preview_undecided_reports(uuid4())[0].startswith("1.204 gemeldete Einsichten")


def test_open_reports_stand_above_decided_ones_and_ended_ones_last(real_world, look):
    world, order = real_world, file_order(real_world, "orders", customer=real_world.ben.customer.id)
    of_ben = Grant.objects.get(exemption=decide_exemption(world, order).pk)
    ended, decided, waiting = (
        report_look(world, Opening.objects.get(pk=look_through(world, grant)), who)
        for grant, who in ((of_ben, world.ben), (look.grant, world.ada), (look.grant, world.ada))
    )
    erase(world, world.ben)
    decide_report(world, decided)

    page = signed_in(world.pia.user).get("/admin/disclosures/lookreport/").text.split("<main")[1]

    places = [page.index(report.number) for report in (waiting, decided, ended)]
    assert places == sorted(places)


TELL = """
SELECT portal.append_entry(%s, %s::uuid, %s, %s::text, 'look_report', %s::text, '', 'portal', NULL, %s, '{}')
"""
ANSWER = "UPDATE disclosures_lookreport SET sealed_answer = '\\x00', answered_at = portal.now()"
DECIDE = """
UPDATE disclosures_lookreport SET finding = 'in_order', sealed_finding = '\\x00', decided_at = portal.now(),
    decided_by_id = %s
"""


def test_raw_sql_takes_no_step_in_anothers_place(real_world, look):
    world, filed = real_world, report_look(real_world, look)
    by_officer = (DECIDE, [world.pia.pk])

    def told(event: str, kind: str, actor, said: str = "") -> tuple:
        return TELL, [f"look_report.{event}", world.ada.customer.id, kind, str(actor), str(filed.pk), said]

    with application_speaking() as application:
        for entries in ([], [told("answered", "staff", world.kim.pk)], [told("answered", "customer", world.sam.pk)]):
            assert outcome(application, *entries, ANSWER) == "23001 disclosures_lookreport_on_record"
        for entry in (
            told("decided", "staff", world.otto.pk, "in_order"),
            told("decided", "staff", world.pia.pk, "not_in_order"),
            told("answered", "staff", world.sam.pk),
        ):
            assert outcome(application, entry, by_officer) == "23001 disclosures_lookreport_on_record"
        by_sam = (DECIDE, [world.sam.pk])
        assert "_on_record" in outcome(application, told("decided", "staff", world.sam.pk, "in_order"), by_sam)
        own = told("decided", "staff", world.pia.pk, "in_order")
        assert outcome(application, own, by_officer).startswith("allowed")
        assert outcome(application, "UPDATE disclosures_lookreport SET concern = 'other'").startswith("42501")
        assert outcome(application, "DELETE FROM disclosures_lookreport").startswith("42501")


def test_raw_sql_puts_no_answer_of_theirs_into_a_decision(real_world, look):
    """The entry of the decision tells nothing of an answer that comes with it."""
    filed, officer = report_look(real_world, look), real_world.pia.pk
    entry = (
        TELL,
        ["look_report.decided", real_world.ada.customer.id, "staff", str(officer), str(filed.pk), "in_order"],
    )
    words = f"{DECIDE.strip()}, sealed_answer = '\\x00', answered_at = portal.now()"

    with application_speaking() as application:
        assert outcome(application, entry, (words, [officer])) == "23001 disclosures_lookreport_frozen"
        assert outcome(application, entry, (DECIDE, [officer])).startswith("allowed")


def test_raw_sql_reports_no_look_of_somebody_elses_and_no_own_copy(real_world, look):
    world, new = real_world, "11111111-2222-4333-8444-555555555555"
    filing = (
        "INSERT INTO disclosures_lookreport (id, opening_id, customer_id, concern, reported_by_id, due_at, finding)"
        " VALUES (%s, %s, %s, 'other', %s, portal.now() + interval '336 hours', '')"
    )
    own = disclose_own_copy(customer=world.ada.customer.id, by=world.ada.actor).opening
    with application_speaking() as application:
        bens = (filing, [new, look.pk, world.ben.customer.id, world.ben.user.pk])
        for customer in (world.ben.customer.id, world.ada.customer.id):
            entry = (TELL, ["look_report.filed", customer, "customer", str(world.ben.user.pk), new, "other"])
            assert outcome(application, entry, bens) == "23001 disclosures_lookreport_on_record"
        adas = (filing, [new, own, world.ada.customer.id, world.ada.user.pk])
        assert outcome(application, adas) == "23001 disclosures_lookreport_of_customer"
