"""A copy of one's data tells every entry about oneself in words, in one's own language; the file keeps the codes."""

import json
import re
from collections.abc import Iterable
from datetime import timedelta
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
from consents.copies.models import CollectionCode, Download
from consents.copies.selectors import CodeDoesNotWork
from consents.copies.services import codes, collection, packages
from consents.disclosures.services import disclose_records
from consents.exemptions.models import Exemption
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_customer
from consents.people.models import Customer, Role
from consents.people.services import customer_records
from consents.rights.services import requester_actions
from tests.architecture.mutation.speaking import spoken
from tests.architecture.recorded_events import recorded
from tests.copies.collecting import (
    DATA,
    PAGE,
    STRANGER,
    TELL,
    answered,
    granted,
    hand_out,
    officer_acts,
    taken,
    unlock,
)
from tests.copies.collecting import DATA as PACKAGES_DATA
from tests.rights.racing import at_once
from tests.world.cast import answer as allow
from tests.world.cast import ask, make_staff
from tests.world.holders import share_account
from tests.world.retirements import retire
from tests.world.rights_requests import by_staff, file
from tests.world.scene_fixtures import scene

# Codes and collecting in raw SQL, and two who act at once.

MADE = """INSERT INTO copies_collectioncode
    (id, package_id, customer_id, code_hash, way, made_by_id, made_at, tries, "end")
SELECT made.id, p.id, p.customer_id, sha256('x'), made.way, made.by, portal.now(), 0, ''
FROM copies_package AS p JOIN (VALUES (%s::uuid, %s::uuid, %s, %s::uuid)) AS made(id, package, way, by)
    ON p.id = made.package"""
TAKE = """INSERT INTO copies_download (package_id, customer_id, part, code_id, taken_at)
SELECT p.id, p.customer_id, 'page', taken.code, portal.now()
FROM copies_package AS p JOIN (VALUES (%s::uuid, %s::uuid)) AS taken(package, code) ON p.id = taken.package"""


def told(request, event, by=("portal", ""), result="", **details) -> tuple:
    facts = [f"rights_request.{event}", request.customer_id, *by, str(request.pk), result, json.dumps(details)]
    return TELL, facts


class TestInSQL:
    FROZEN, RECORD = "23001 copies_collectioncode_frozen", "23001 copies_collectioncode_on_record"

    def making(self, request, way, officer=None, told_by=None):
        id, by = str(uuid4()), officer and officer.pk
        package = request.packages.get().pk
        actor = told_by or (("staff", str(by)) if by else ("portal", ""))
        return told(request, "code_made", actor, way, code=id), (MADE, [id, package, way, by])

    def test_a_code_is_made_on_record_and_by_another_officer(self, real_world, by_post):
        entry, made = self.making(by_post, "handed", real_world.otto)
        assert spoken(entry, made).startswith("allowed")
        assert spoken(made) == self.RECORD
        assert spoken(*self.making(by_post, "handed", real_world.pia)) == self.FROZEN
        assert spoken(*self.making(by_post, "handed", real_world.sam)) == self.FROZEN
        assert (
            spoken(*self.making(by_post, "handed", real_world.otto, ("staff", str(real_world.pia.pk)))) == self.RECORD
        )
        assert spoken(*self.making(by_post, "mailed")) == self.FROZEN
        assert spoken(*self.making(by_post, "handed")).startswith("23514 copies_collectioncode_handed_by_somebody")

    def test_none_is_given_out_where_mail_leads_there(self, real_world, by_mail):
        officer_acts(codes.stop_code, by_mail, real_world.otto)
        assert spoken(*self.making(by_mail, "handed", real_world.otto)) == self.FROZEN
        assert spoken(*self.making(by_mail, "mailed")).startswith("allowed")

    def test_of_a_package_one_works(self, real_world, by_mail):
        assert spoken(*self.making(by_mail, "mailed")).startswith("23505 copies_collectioncode_one_works")

    def test_none_is_made_for_what_is_gone(self, real_world, by_post, later):
        later(timedelta(days=15))
        assert spoken(*self.making(by_post, "handed", real_world.otto)) == self.FROZEN

    def test_it_changes_in_no_other_way(self, real_world, by_post):
        hand_out(real_world, by_post)
        with pytest.raises(CodeDoesNotWork):
            unlock(by_post, "BCDF-GHJK-MNPQ")
        entry = told(by_post, "code_typed", result="wrong", code=str(CollectionCode.objects.get().pk))

        for change in [
            "tries = 0",
            "tries = tries + 2",
            "code_hash = sha256('y')",
            "code_hash = NULL",
            "way = 'mailed'",
            "ended_at = '2020-01-01Z', \"end\" = 'stopped'",
            "made_at = portal.now() + interval '1 day'",
        ]:
            assert spoken(entry, f"UPDATE copies_collectioncode SET {change}") == self.FROZEN, change

    def test_it_is_tried_and_ended_on_record(self, real_world, by_post):
        hand_out(real_world, by_post)
        id = str(CollectionCode.objects.get().pk)
        wrong = "UPDATE copies_collectioncode SET tries = tries + 1"
        stop = "UPDATE copies_collectioncode SET ended_at = portal.now(), \"end\" = '{}'"

        assert spoken(told(by_post, "code_typed", result="wrong", code=id), wrong).startswith("allowed")
        assert spoken(told(by_post, "code_typed", result="right", code=id), wrong) == self.RECORD
        assert spoken(wrong) == spoken(stop.format("stopped")) == spoken(stop.format("replaced")) == self.RECORD
        assert spoken(told(by_post, "code_ended", result="stopped", code=id), stop.format("over")) == self.RECORD
        assert spoken(told(by_post, "code_ended", result="stopped", code=id), stop.format("stopped")).startswith(
            "allowed"
        )
        assert spoken("DELETE FROM copies_collectioncode").startswith("42501")

    def test_an_ended_one_comes_back_in_no_way(self, real_world, by_post):
        hand_out(real_world, by_post)
        officer_acts(codes.stop_code, by_post, real_world.pia)

        for change in ("ended_at = NULL, \"end\" = ''", "tries = tries + 1", "\"end\" = 'over'"):
            assert spoken(f"UPDATE copies_collectioncode SET {change}") == self.FROZEN

    def test_nothing_is_downloaded_without_an_account_or_a_code_that_works(self, real_world, by_post):
        hand_out(real_world, by_post)
        code, package = CollectionCode.objects.get().pk, by_post.packages.get().pk
        taking = TAKE, [package, code]
        entry = told(by_post, "package_downloaded", ("visitor", ""), "page", code=str(code))
        off_record = "23001 copies_download_on_record"

        assert spoken(entry, taking).startswith("allowed")
        assert spoken(taking) == off_record
        assert spoken(told(by_post, "package_downloaded", ("visitor", ""), "page"), taking) == off_record
        staff = ("staff", str(real_world.otto.pk))
        assert spoken(told(by_post, "package_downloaded", staff, "page", code=str(code)), taking) == off_record
        assert spoken(entry, (TAKE, [package, None])).startswith("23514 copies_download_by_account_or_code")
        officer_acts(codes.stop_code, by_post, real_world.pia)
        assert spoken(entry, taking) == off_record

    def test_the_code_of_one_package_downloads_no_other(self, real_world, by_post, nemo):
        other = answered(real_world, nemo, type="A20")
        hand_out(real_world, other)
        code = CollectionCode.objects.get().pk
        entry = told(by_post, "package_downloaded", ("visitor", ""), "page", code=str(code))

        assert spoken(entry, (TAKE, [by_post.packages.get().pk, code])) == "23001 copies_download_on_record"


def at_once_about(customer: Customer, first, second) -> list[Exception]:
    return at_once(SimpleNamespace(ada=SimpleNamespace(customer=customer)), first, second)


def test_two_takings_at_once_are_two_downloads(real_world, by_post, nemo):
    open_one = unlock(by_post, hand_out(real_world, by_post))

    def take() -> Iterable[bytes]:
        return collection.collect_package(code=open_one.pk, part=DATA, by=STRANGER)

    assert at_once_about(nemo, take, take) == []
    assert Download.objects.count() == 2


def test_a_taking_while_the_code_is_ended_gets_nothing(real_world, by_post, nemo):
    open_one = unlock(by_post, hand_out(real_world, by_post))

    told = at_once_about(
        nemo,
        lambda: officer_acts(codes.stop_code, by_post, real_world.pia),
        lambda: collection.collect_package(code=open_one.pk, part=DATA, by=STRANGER),
    )

    assert [type(refusal) for refusal in told] == [CodeDoesNotWork] and not Download.objects.exists()


def test_two_officers_at_once_make_one_code_that_works(real_world, by_post, nemo):
    olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")

    told = at_once_about(nemo, lambda: hand_out(real_world, by_post), lambda: hand_out(real_world, by_post, olga))

    assert told == [] and CollectionCode.objects.get(ended_at=None).made_by == olga.user


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
    return " ".join(page.split()), json.loads(taken(world, request, PACKAGES_DATA))


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
