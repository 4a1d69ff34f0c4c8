"""A copy of one's data tells every entry about oneself in words, in one's own language; the file keeps the codes."""

import json
import re
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.utils import timezone
from django.utils.translation import override

from consents.access.rules import GrantEnd, RequestState
from consents.choices.rules import EVENTS, OPT_OUT_PAGE, SIGNAL, MarkKind
from consents.choices.services import answering, marking, withdrawing
from consents.copies import page as journal
from consents.copies.contents import describe_person
from consents.copies.services import packages
from consents.disclosures.services import disclose_records
from consents.exemptions.models import Exemption
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_customer
from consents.people.services import customer_records
from consents.rights.services import requester_actions
from tests.architecture.recorded_events import recorded
from tests.copies.packages import DATA, PAGE, granted, taken
from tests.world.cast import answer as allow
from tests.world.cast import ask
from tests.world.holders import share_account
from tests.world.retirements import retire
from tests.world.rights_requests import by_staff, file
from tests.world.scene_fixtures import scene

OUTCOMES = {
    "access_request.answered": [RequestState.APPROVED, RequestState.PARTLY_APPROVED, RequestState.DENIED],
    "grant.ended": list(GrantEnd),
} | {event: [status] for status, event in EVENTS.items()}
EVERY = [(event, outcome) for event in sorted(recorded()) for outcome in OUTCOMES.get(event, [""])]
WITHDRAWN = r"You withdrew your consent\. We stopped\.[^<]*\(Answer your questions\)"
ABOUT_ACCESS = ("access_request.", "grant.", "vault.opened", "vault.opening_refused")


def entry(event: str, outcome: str, **facts) -> Entry:
    facts = {"version": 1, "category": "contact", "number": "RQ-7K2M-93QX"} | facts
    return Entry(event=event, outcome=outcome, actor_kind="customer", actor="", details=json.dumps(facts))


CONTACT = SimpleNamespace(category=SimpleNamespace(code="contact", title="Contact details"))
ASKED = SimpleNamespace(asked_as="Sam from Billing", staff_id="", requested=SimpleNamespace(all=lambda: [CONTACT]))


def test_the_sources_are_read():
    """One of each way in which an event is told."""
    assert {
        "access_request.filed",
        "access_request.expired",
        "consent.withdrawn",
        "erasure.proposed",
        "guardian.accepted",
        "legal_hold.lifted",
        "objection.placed",
        "rights_request.appeal_decided",
        "vault.opening_refused",
    } <= recorded()


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_every_event_about_a_customer_has_words(subtests, language):
    for event, outcome in EVERY:
        with subtests.test(event=event, outcome=outcome), override(language):
            words = journal.describe_entry(entry(event, outcome), ASKED if event.startswith(ABOUT_ACCESS) else None)
            assert re.search(r"[.”]$", words), words


def test_no_event_of_someone_else_is_told_as_the_reader_s(subtests):
    """Whoever shares the account or acts for the customer may have done it, and reads the copy as well."""
    for event, outcome in EVERY:
        with subtests.test(event=event, outcome=outcome):
            words = journal.describe_entry(
                entry(event, outcome), ASKED if event.startswith(ABOUT_ACCESS) else None, "a holder of this account"
            )
            assert not re.match(r"You |Your browser |.*your sign-in", words), words


@pytest.mark.parametrize("method", [SIGNAL, OPT_OUT_PAGE])
def test_nor_an_opt_out(method):
    words = journal.describe_entry(entry("consent.withdrawn", "withdrawn", method=method), None, "a holder")
    assert re.match(r"(The browser of a|A) holder asked us not to sell or share the data\.", words)


def test_an_end_by_a_block_is_not_told_as_the_reader_s():
    ended = entry("grant.ended", "stopped", cause="nobody")
    line = journal.build_line(ended, Exemption(), {}, "a holder of this account")
    assert line.text == "A holder of this account chose that nobody at all may ask or look. Access ended."


def test_whoever_acted_is_named_in_german_without_a_clause_that_wants_a_comma_behind(world):
    share_account(world)
    withdrawn = entry("consent.withdrawn", "withdrawn")
    with override("de"):
        by_holder = journal.describe_entry(withdrawn, None, journal.name_any_holder(world.ada.customer.pk))
        withdrawn.actor_kind = "representative"
        by_other = journal.describe_entry(withdrawn, None)

    assert by_holder.startswith("Jemand mit diesem Konto hat")
    assert by_other.startswith("Jemand in Vertretung der Kundin oder des Kunden hat")


def test_a_shared_account_has_holders_and_no_you(world):
    assert not journal.name_any_holder(world.ada.customer.pk)
    share_account(world)
    own = Entry.objects.filter(customer=world.ada.customer.pk, actor_kind="customer")
    lines = journal.build_lines(world.ada.customer.pk, own, journal.name_any_holder(world.ada.customer.pk))
    assert lines and not [line for line in lines.values() if line.text.startswith("You ")]


def test_the_copy_of_a_shared_account_tells_nobody_the_address_of_another(world):
    share_account(world)

    assert describe_person(world.ada.customer)["email"] == "ad•••@example.com"
    assert describe_person(world.ben.customer)["email"] == "ben@example.com"


def test_a_download_names_who_else_took_it_and_one_with_a_code_nobody():
    taken = entry("rights_request.package_downloaded", "page")

    assert describe_for_customer(taken, "Mia") == "Mia downloaded the data"
    assert describe_for_customer(taken) == "Your data was downloaded"
    by_code = entry("rights_request.package_downloaded", "page", code="x")
    assert describe_for_customer(by_code, "Mia") == "Your data was downloaded with a code"


def test_an_event_without_words_is_told_by_its_name():
    line = journal.build_line(entry("shoe.tied", ""), None, {})
    assert line.text == "Shoe tied"


@scene
def story(world):
    """Ada is asked and looked at, agrees, withdraws, objects, asks for something by right and takes it back."""
    ada = world.ada
    allowed = allow(world, ask(world, "orders", member=world.kim))
    disclose_records(grant=allowed.grants.get().pk, staff=world.kim.pk, by=by_staff(world.kim))
    answering.give_consent(customer=ada.customer.id, purpose="support", version=world.version.pk, by=ada.actor)
    withdrawing.withdraw_consent(customer=ada.customer.id, purpose="support", by=ada.actor)
    marking.place_mark(customer=ada.customer.id, kind=MarkKind.OBJECTION, purpose="support", by=ada.actor)
    taken_back = file(ada, Type.AUTOMATED)
    requester_actions.withdraw_request(rights_request=taken_back.pk, customer=ada.customer.pk, by=ada.actor)
    world.taken_back = taken_back
    return world


def copy_of(world, language: str = "en") -> tuple[str, dict]:
    """Its page as text, and its file."""
    if language != "en":
        customer_records.choose_language(customer=world.ada.customer.id, language=language, by=world.ada.actor)
    request = granted(world)
    packages.make_package(rights_request=request.pk)
    page = taken(world, request, PAGE).decode()
    return " ".join(page.split()), json.loads(taken(world, request, DATA))


def test_the_page_tells_what_happened_and_for_what(story):
    page, _file = copy_of(story)

    for line in (
        "You agreed to version 1 of the text.",
        "Kim from Returns asked. (Answer your questions)",
        "You allowed all of it. (Answer your questions, Kim from Returns)",
        "Kim from Returns opened: Orders. (Answer your questions)",
        "You objected, and we stopped. (Answer your questions)",
        f"You took the request back. ({story.taken_back.number})",
        "Your record with us was opened.",
    ):
        assert line in page, line
    assert re.search(WITHDRAWN, page)


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_no_code_is_on_the_page(story, language):
    page, file = copy_of(story, language)

    codes = {one["event"] for one in file["record"]} | {one["kind"] for one in file["marks"]} | {"support", "A6-1-a"}
    assert not [code for code in codes if re.search(rf"(?<![\w-]){re.escape(code)}(?![\w-])", page)]


def test_the_file_keeps_codes_and_check_sums(story):
    _page, file = copy_of(story)

    record = Entry.objects.filter(customer=story.ada.customer.pk).order_by("id")
    events = list(record.values_list("event", flat=True))
    assert [one["event"] for one in file["record"]] == events[: len(file["record"])]
    assert all(one["hash"] and "words" not in one for one in file["record"])
    steps = {step["sequence"] for choice in file["choices"] for step in choice["history"]}
    assert steps == {one["sequence"] for one in file["record"] if one["event"].startswith("consent.")}


def test_a_retired_purpose_keeps_its_name(story):
    retire(story.purpose)
    assert re.search(WITHDRAWN, copy_of(story)[0])


def test_a_purpose_that_is_unknown_is_named_by_its_code(world):
    line = journal.build_line(
        Entry(event="limit.placed", purpose="gone", details="{}", object=str(uuid4()), occurred_at=timezone.now()),
        None,
        {},
    )
    assert line == ("You limited the use of sensitive data.", "gone")


def test_it_asks_a_bounded_number_of_queries(story, django_assert_max_num_queries):
    entries = list(Entry.objects.filter(customer=story.ada.customer.pk))
    with django_assert_max_num_queries(7):
        journal.build_lines(story.ada.customer.pk, entries)
