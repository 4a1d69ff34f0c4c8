"""The working day of staff: nothing typed is lost, and an answer finds who waits for it."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Response

from consents.access.models import AccessRequest
from consents.access.services import asking
from consents.breaches import services
from consents.catalogue.models import Purpose
from consents.core import clock
from consents.core.clock import now
from consents.exemptions.models import Exemption
from consents.exemptions.services import telling
from consents.law.kinds import KINDS, Regime, Type
from consents.law.reasons import Reason
from consents.people import visitors
from consents.people.models import StaffMember
from consents.rights.models import Draft
from consents.rights.rules import Format, Outcome, Reply
from tests.journeys.browsing import enter, give_password, post_is_delivered
from tests.journeys.judging import faults_of
from tests.journeys.opening import faults_of_drawn, open_for, open_scriptless, read_text
from tests.journeys.scriptless import ScriptlessVisit
from tests.world import rights_requests as requests
from tests.world.cast import PASSWORD, answer, ask, signed_in
from tests.world.exemptions import file_order
from tests.world.rights_requests import by_staff, file, search
from tests.world.sentences import WORDS as SENTENCES_WORDS
from tests.world.sentences import draft_sentence, publish_sentence

LETTER = "We looked at every parcel twice."


@pytest.fixture
def asked(real_world):
    request = file(real_world.ada)
    search(real_world, request)
    return request


def test_a_letter_survives_the_browsers_back_and_the_preview(real_world, visit, asked):
    pia = visit()
    enter(pia, real_world.pia)
    pia.go(f"/admin/rights/rightsrequest/{asked.pk}/change/")
    pia.press("Answer")
    pia.page.wait_for_url("**/act/answer/")
    pia.page.get_by_label("In your own words").fill(LETTER)
    pia.page.get_by_label("Done", exact=True).check()
    pia.press("Show it as the customer will read it")
    pia.see("As the customer will read it")

    pia.page.go_back()
    assert pia.page.get_by_label("In your own words").input_value() == LETTER
    pia.press("Show it as the customer will read it")
    pia.follow("Go back")
    assert pia.page.get_by_label("In your own words").input_value() == LETTER


def keeps(last_word: str) -> Callable[[Response], bool]:
    """Who pauses amid a letter has the half of it kept before."""
    return lambda response: response.url.endswith("/draft/") and last_word in (response.request.post_data or "")


def test_what_is_being_typed_is_kept_without_a_press_and_disturbs_nobody_where_it_cannot_be(real_world, visit, asked):
    pia = visit()
    enter(pia, real_world.pia)
    act = f"/admin/rights/rightsrequest/{asked.pk}/act/answer/"
    pia.go(act)
    refused = {"status": 409, "content_type": "text/html", "body": "<!doctype html><title>Busy</title>"}
    pia.page.route("**/draft/", lambda route: route.fulfill(**refused))
    letter = pia.page.get_by_label("In your own words")
    with pia.page.expect_response(keeps("twice.")):
        letter.press_sequentially(LETTER)
    pia.page.evaluate("new Promise((done) => setTimeout(() => requestAnimationFrame(done)))")
    assert (pia.path, letter.input_value()) == (act, LETTER)
    assert letter.evaluate("field => field === document.activeElement")
    assert [text for text in pia.messages if "409" not in text] == []
    pia.messages.clear()

    pia.page.unroute("**/draft/")
    with pia.page.expect_response(keeps("more.")):
        letter.press_sequentially(" And once more.")
    assert Draft.objects.exists()
    pia.go("/admin/")
    pia.go(act)
    assert letter.input_value() == f"{LETTER} And once more."


def test_the_end_of_a_session_is_announced_and_takes_nothing(real_world, visit, monkeypatch):
    monkeypatch.setattr(visitors, "STAFF_IDLE", 121)
    give_password(real_world.pia.user)
    pia = visit()
    enter(pia, real_world.pia)
    pia.go("/admin/rights/rightsrequest/add/")
    pia.page.get_by_label("What they said").fill(LETTER)
    pia.page.get_by_role("dialog").wait_for(state="visible")
    pia.see("You will be signed out in 2 minutes")

    real = timezone.now
    monkeypatch.setattr("consents.people.visitors.timezone.now", lambda: real() + timedelta(minutes=20))
    pia.page.evaluate("document.querySelector('#session-end').close()")
    pia.page.evaluate("document.querySelector('main form').requestSubmit()")
    form = pia.page.locator("form", has=pia.page.locator("input[type=password]"))
    form.wait_for()
    monkeypatch.undo()
    form.locator("input[name=login]").fill("pia@example.com")
    form.locator("input[type=password]").fill(PASSWORD)
    form.locator("button").first.click()
    pia.see("What you typed is kept")
    pia.press("Continue")
    assert pia.page.get_by_label("What they said").input_value() == LETTER


def test_an_answer_finds_who_waits_for_it_on_whatever_page(real_world, visit):
    waiting = ask(real_world, "orders")
    sam = visit()
    enter(sam, real_world.sam)
    sam.go("/admin/")
    answer(real_world, waiting, "all")

    sam.go("/admin/your-training/")

    sam.see("1 request was answered.")
    sam.page.wait_for_function("document.title.startsWith('(1) ')")
    sam.follow("My requests")
    sam.go("/admin/your-training/")
    sam.page.wait_for_load_state("networkidle")
    assert not sam.page.title().startswith("(1)")


def test_an_officer_goes_from_what_waits_to_the_list_and_keeps_it(real_world, visit, asked):
    pia = open_scriptless(real_world.pia)
    pia.go("/admin/")
    pia.follow("1 privacy request of yours")
    pia.fill("Keep this list as", "Mine")
    pia.tick("Open the list with it")
    pia.press("Keep")
    pia.see("Saved.")

    pia.go("/admin/rights/rightsrequest/")
    assert pia.path.endswith("?waits=own")
    pia.see(asked.number)
    pia.go("/admin/rights/rightsrequest/views/")
    assert faults_of_drawn(pia, visit()) == []


def test_who_got_no_answer_finds_the_case_and_asks_again(real_world):
    waiting = ask(real_world, "orders", case_number="C-77")
    asking.cancel_access_request(access_request=waiting.pk, member=real_world.sam, by=by_staff(real_world.sam))
    sam = open_scriptless(real_world.sam)
    sam.go("/admin/access/accessrequest/")
    sam.fill("Case, customer number or email address", "c-77")
    sam.press("Find")
    sam.follow("Cancelled")
    sam.follow("Ask again with changes")
    sam.fill("In one plain sentence", "You wrote to us about a chair.")
    sam.press("Ask the customer")

    sam.see("Filed. The customer finds it on their page")
    assert AccessRequest.objects.filter(case_number="C-77").count() == 2


def test_pages_that_everybody_has_stand_in_the_staff_site(real_world, visit):
    pia, client = visit(), signed_in(real_world.pia.user)
    enter(pia, real_world.pia)
    assert faults_of(pia, "/admin/nowhere/") == []
    assert pia.page.locator("#user-tools").is_visible() and not pia.page.locator(".site-nav").count()
    pia.messages.clear()  # the browser itself remarks on a 404

    # The others are judged in test_every_page.
    for path in ("/accounts/2fa/", "/accounts/email/", "/unsent/"):
        page = client.get(path).text
        assert 'id="user-tools"' in page and 'class="site-nav"' not in page, path


def test_two_officers_let_an_officer_in(real_world, visit):
    otto = open_scriptless(real_world.otto)
    otto.go("/admin/people/staffmember/")
    otto.follow("Invite a colleague")
    otto.fill("Email address at work", "noa@example.com")
    otto.fill("First name", "Noa")
    otto.tick("Privacy officer")
    otto.fill("Team", "Privacy")
    otto.press("Invite")
    otto.see("They are told by email how to sign in.")
    otto.follow("Waits for another officer: becomes an officer")
    otto.see("another officer must check it")

    pia = open_scriptless(real_world.pia)
    pia.go("/admin/")
    pia.follow("1 change of rights to check")
    pia.follow("Noa")
    pia.press("Approve")
    pia.see("It counts at once")
    pia.press("Approve")
    pia.see("Approved. It counts now.")

    assert StaffMember.objects.get(user__email="noa@example.com").role == "privacy_officer"
    pia.go("/admin/people/staffproposal/")
    assert faults_of_drawn(pia, visit()) == []


def test_whoever_asks_fills_a_ready_made_sentence_in_and_changes_it(real_world, visit):
    publish_sentence(real_world.pia, draft_sentence(real_world.pia))
    sam = open_for(real_world.sam, visit)
    sam.go("/admin/access/accessrequest/add/")
    sam.page.get_by_label("Customer").fill("C-1001")
    sam.press("Find")
    sam.page.get_by_label("What for").select_option(label="Answer your questions")
    sam.page.locator("#scope legend").wait_for()
    sam.page.get_by_label("Orders").check()
    sam.page.get_by_label("Case number").fill("CASE-7")
    sam.page.get_by_label("Why now", exact=True).select_option("you_contacted_us")
    sam.see(SENTENCES_WORDS["en"])

    with sam.page.expect_navigation():
        sam.page.locator("#sentences").get_by_role("button", name="Deutsch").click()
    field = sam.page.get_by_label("In one plain sentence")
    assert field.input_value() == SENTENCES_WORDS["de"]
    assert sam.page.get_by_label("Case number").input_value() == "CASE-7"
    assert sam.page.get_by_label("Orders").is_checked()
    field.fill(f"{SENTENCES_WORDS['de']} Wir helfen gern.")
    sam.press("Ask the customer")
    sam.see("The customer finds it on their page")

    assert AccessRequest.objects.get().sentence == f"{SENTENCES_WORDS['de']} Wir helfen gern."


def test_one_officer_asks_for_the_end_of_a_purpose_and_another_confirms_it(real_world):
    page = f"/admin/catalogue/purpose/{real_world.purpose.pk}/change/"
    quinn = open_scriptless(real_world.quinn)
    quinn.go(page)
    quinn.press("Ask to retire")
    quinn.see("Nothing ends yet")
    quinn.press("Ask to retire")
    quinn.see("Take the retirement back")

    pia = open_scriptless(real_world.pia)
    pia.go("/admin/")
    pia.follow("purpose to retire")
    pia.follow("support")
    pia.see("Quinn")
    pia.press("Confirm the retirement")
    pia.see("It cannot be brought back.")
    pia.press("Retire")
    pia.see("The purpose is retired.")

    assert Purpose.objects.get(pk=real_world.purpose.pk).retired_at


REFUSED = Reply(Outcome.DENIED, Format.POST, "No.", Reason.UNVERIFIED)
REGISTER = """SELECT id::text, request_type, outcome FROM rights_register
    WHERE regime = 'gdpr' AND extract(year FROM received_at AT TIME ZONE 'UTC') = %s"""
METRICS = """SELECT request_type, count(*), count(*) FILTER (WHERE outcome = 'complied_whole'),
        count(*) FILTER (WHERE outcome = 'denied'), count(*) FILTER (WHERE outcome = '')
    FROM rights_register
    WHERE jurisdiction = 'US-CA' AND extract(year FROM received_at AT TIME ZONE 'UTC') = %s GROUP BY 1"""


@pytest.fixture
def last_year(real_world, later) -> int:
    """Requests of Europe and California; then it is January."""
    world, year = real_world, now().year
    world.cal = requests.make_californian()
    copy = requests.file(world.ada)
    requests.search(world, copy)
    requests.answer(world, copy)
    requests.answer(world, requests.file_as_stranger(Type.ERASURE), REFUSED)
    requests.file(world.cal, Type.OPT_OUT)
    requests.file(world.cal, Type.KNOW_SPECIFIC)
    requests.answer(world, requests.file_as_stranger(Type.DELETION, jurisdiction="US-CA"), REFUSED)
    later(datetime(year + 1, 1, 20, tzinfo=UTC) - now())
    requests.file(world.ada, Type.PORTABILITY)
    return year


def counted(sql: str, year: int) -> set[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [year])
        return {tuple(map(str, row)) for row in cursor.fetchall()}


def download(one: ScriptlessVisit, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(one.download(name), newline="")))


def export(one: ScriptlessVisit, dataset: str, year: int) -> None:
    """By the button in the row of the dataset."""
    one.send(one.find("button", f"Export {year} as CSV", False, one.page.get(dataset).find_parent("tr")))


def test_last_years_registers_take_five_presses(real_world, last_year):
    otto = open_scriptless(real_world.otto)
    otto.go("/admin/")
    otto.follow("Exports")

    export(otto, "requests", last_year)  # one
    register = [row for row in download(otto, "Download requests") if row["regime"] == "gdpr"]  # two
    otto.follow("Exports")  # three
    export(otto, "metrics", last_year)  # four
    metrics = [row for row in download(otto, "Download metrics") if row["population"] == "california"]  # five

    found = {(row["request_id"], row["request_type"], row["outcome"]) for row in register}
    assert len(found) == len(register) == 2 and found == counted(REGISTER, last_year)
    names = ["request_type", "received", "complied_whole", "denied", "unanswered"]
    assert {row["year"] for row in metrics} == {str(last_year)}
    asked = [row for row in metrics if row["received"] != "0"]
    assert len(asked) == 3 and {tuple(row[name] for name in names) for row in asked} == counted(METRICS, last_year)
    # The law wants the zero too.
    assert sorted(row["request_type"] for row in metrics) == sorted(KINDS[Regime.CCPA])
    assert {row[name] for row in metrics if row not in asked for name in names[1:]} == {"0"}


# Without an answer: an emergency from alarm to the customer's page, and an order whose notice releases itself.

EMERGENCY = {
    "Customer": "C-1001",
    "In one plain sentence": "A delivery to you may be poisoned.",
    "The danger": "A jar from this batch made three people ill.",
    "Why there is no other way": "Nobody answers the phone, and it is delivered today.",
    "In words": "Minutes count.",
}
DELAY = {
    "Law that forbids telling": "StPO § 101",
    "Authority": "Amtsgericht Hamburg",
    "Reason": "The inquiry would have failed.",
}


def fill(one: ScriptlessVisit, words: dict[str, str]) -> None:
    for label, text in words.items():
        one.fill(label, text, exact=True)


def raise_the_alarm(sam: ScriptlessVisit) -> None:
    sam.go(reverse("admin:exemptions_exemption_add"))
    sam.follow("An emergency")
    fill(sam, EMERGENCY)
    sam.choose("What for", "Answer your questions")
    sam.tick("Orders")
    sam.choose("Access for", "1 hour")
    sam.tick("Open at once")
    sam.choose("Or why the customer cannot be asked", "danger")
    sam.press("File it")
    sam.see("Open, to be checked")
    sam.follow("Open data")
    sam.press("Open: Orders")
    sam.see("Blue lamp")


def test_an_emergency_from_alarm_to_second_check(real_world):
    sam, pia, ada = (open_scriptless(one) for one in (real_world.sam, real_world.pia, real_world.ada))
    raise_the_alarm(sam)
    assert any(mail.to == ["ada@example.com"] for mail in post_is_delivered())

    ada.go("/activity/")
    ada.see("Without your permission: an emergency")
    ada.follow("Why they did not need your permission")
    ada.see("A second person will check this within a day.")

    pia.go("/admin/")
    pia.follow("exemption to decide or check")
    pia.follow("", near="result_list")
    pia.follow("Check")
    pia.tick("Yes: confirm the emergency")
    fill(pia, {"Why": "Three people are ill."})
    pia.press("Record my decision")
    pia.see("Checked and confirmed by a privacy officer.")

    ada.go(ada.path)
    ada.see("Pia, a privacy officer, checked this and confirmed it.")
    ada.see("Three people are ill.")


def test_a_court_order_whose_notice_releases_itself(real_world, later):
    filed = file_order(real_world)
    pia, ada = open_scriptless(real_world.pia), open_scriptless(real_world.ada)
    pia.go(reverse("admin:exemptions_exemption_decide", args=[filed.pk]))
    pia.tick("Yes: grant it")
    fill(pia, {"Why": "The order is valid."} | DELAY)
    pia.fill("Until the end of", str((clock.now() + timedelta(days=20)).date()))
    pia.press("Record my decision")
    pia.see("Delayed until")
    page = reverse("exemptions:exemption", args=[filed.pk])
    assert ada.client.get(page).status_code == 404

    later(timedelta(days=21))
    telling.release_due_notices()

    assert Exemption.objects.get().told_at and post_is_delivered()[-1].to == ["ada@example.com"]
    ada.go(page)
    ada.see("A law required it")
    ada.see("The inquiry would have failed.")


SUMMARY = "A list of orders went to the wrong shop."
WORDS = {
    f"{part}_{language}": f"{part} ({language})"
    for part in ("happened", "consequences", "measures")
    for language in ("en", "de", "es")
}


def fill_in(one: ScriptlessVisit, **texts: str) -> None:
    for field in one.page.walk():
        if field.attributes.get("name") in texts:
            field.write(texts.pop(field.attributes["name"]))
    assert not texts


def choose(one: ScriptlessVisit, *labels: str) -> None:
    for label in labels:
        one.tick(label, exact=True)


def test_a_breach_from_its_record_to_its_end(real_world, visit):
    pia, otto, ada = (open_scriptless(one) for one in (real_world.pia, real_world.otto, real_world.ada))
    pia.go("/admin/")
    pia.follow("Data breaches")
    pia.follow("Record a data breach")
    fill_in(pia, summary=SUMMARY)
    pia.press("Record it")
    pia.follow("Assess it")
    choose(pia, "Somebody saw it who should not have", "Orders", "A high risk")
    fill_in(pia, people="1", records="3", consequences="Strangers may know.", measures="The list was deleted.")
    pia.press("Record the assessment")
    pia.follow("Tell the people concerned")
    choose(pia, "The customers on a list")
    fill_in(pia, references="C-1001", **WORDS)
    pia.press("Ask a second officer")
    pia.see("Waits for a second officer")
    assert faults_of_drawn(pia, visit()) == []

    otto.go("/admin/breaches/")
    otto.follow("DB-")
    otto.follow("Read the words")
    otto.see("1 found of 1 number")
    choose(otto, "Tell them in these words")
    otto.press("Decide")
    otto.see(SUMMARY)
    services.carry_out_announcements()

    ada.go("/")
    ada.see("A security incident concerns your data")
    ada.follow("Read what happened and what you can do")
    ada.see("measures (en)")
    ada.press("I have read this")
    assert "A security incident concerns your data" not in read_text(ada)
