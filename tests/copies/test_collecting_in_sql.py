"""Codes and collecting in raw SQL, and two who act at once."""

import json
from collections.abc import Iterable
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from consents.copies.models import CollectionCode, Download
from consents.copies.selectors import CodeDoesNotWork
from consents.copies.services import codes, collection
from consents.people.models import Customer, Role
from tests.architecture.mutation.speaking import spoken
from tests.copies.collecting import (
    DATA,
    STRANGER,
    answered,
    hand_out,
    officer_acts,
    unlock,
)
from tests.copies.packages import TELL
from tests.rights.racing import at_once
from tests.world.cast import make_staff

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
