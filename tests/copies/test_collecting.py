"""Whoever has no account gets their copy with a code: mailed where that is possible, given out by another officer where
not; each step on record, and the customer told of it."""

import json
import re
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.core import mail

from consents.copies.models import CollectionCode, Download
from consents.copies.rules import MAX_TRIES
from consents.copies.selectors import (
    CanSignIn,
    CheckedIdentity,
    CodeDoesNotWork,
    CodeEnded,
    CodeIsMailed,
    CodeIsNotMailed,
    NoPackage,
    get_working_code,
)
from consents.copies.services import codes, collection, packages
from consents.copies.services.codes import list_code_hashes
from consents.copies.staff.acts import describe_missing_copy
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor, describe_for_customer, describe_for_staff
from consents.notifications.models import FailingAddress, Message
from consents.notifications.services import failing
from consents.people.models import Acting, Evidence
from consents.people.selectors import hash_address
from consents.people.services import claiming, staff_members
from consents.people.services.holding import NotAnOfficer
from consents.rights.models import RightsRequest
from consents.rights.rules import Channel, DeliveryWay, SubmittedBy
from consents.rights.selectors import get_delivery_way
from consents.rights.services import erasing, removing
from tests.copies.collecting import (
    DATA,
    PAGE,
    STRANGER,
    answered,
    collect,
    granted,
    hand_out,
    jobs,
    mailed_code,
    officer_acts,
    on_file,
    taken,
    told_kinds,
    unlock,
)
from tests.world.cast import make_user, signed_in
from tests.world.erasing import erase
from tests.world.owners import acting_as_owner
from tests.world.rights_requests import by_staff, entries, file, file_as_stranger, search, type_in
from tests.world.scene_fixtures import scene


class TestWhoHasAnAddress:
    def test_gets_the_code_in_the_mail_that_says_it_is_ready(self, by_mail):
        code = mailed_code(by_mail)

        assert "Eve Marker" in collect(by_mail, code).decode()
        assert entries(by_mail)[-4:] == ["packaged", "code_made", "code_typed", "package_downloaded"]
        assert "rights_request_package" not in told_kinds()

    def test_is_told_once_that_it_was_taken(self, by_mail):
        code = mailed_code(by_mail)
        for part in (PAGE, DATA, DATA):
            collect(by_mail, code, part)

        assert told_kinds().count("rights_request_collected") == 1
        assert Download.objects.filter(taken_by=None, code__isnull=False).count() == 3

    def test_reads_nothing_in_the_mail_of_what_was_asked(self, by_mail):
        mailed_code(by_mail)

        letter = mail.outbox[-1]
        for word in ("Marker", "555", "copy", "Eve"):
            assert word not in letter.body and word not in letter.subject
        assert "/rights/collect" not in letter.body and "http://localhost" in letter.body

    def test_no_code_lies_readable_anywhere(self, by_mail):
        code = mailed_code(by_mail)

        stored = CollectionCode.objects.get()
        assert code.replace("-", "").encode() not in bytes(stored.code_hash)
        assert not any(code in str(entry.canonical) for entry in Entry.objects.all())
        assert not any(code in str(message.context) for message in Message.objects.all())

    def test_no_officer_gets_to_see_it(self, real_world, by_mail):
        for officer in (real_world.pia, real_world.otto):
            with pytest.raises(CodeIsMailed):
                hand_out(real_world, by_mail, officer)

    def test_gets_another_by_mail_and_the_first_is_over(self, real_world, by_mail):
        first = mailed_code(by_mail)
        officer_acts(codes.send_code, by_mail, real_world.pia)
        second = mailed_code(by_mail)

        with pytest.raises(CodeDoesNotWork):
            unlock(by_mail, first)
        assert collect(by_mail, second)

    def test_who_signs_up_after_all_finds_it_there(self, real_world, by_mail):
        user = make_user("eve@example.com")
        claiming.match_user_to_record(user=user, by=Actor("customer", str(user.pk)))
        acting = Acting.objects.get(user=user)

        person = SimpleNamespace(acting=acting, actor=Actor("customer", str(user.pk)))
        assert b"Eve Marker" in taken(real_world, by_mail, person=person)
        assert get_delivery_way(RightsRequest.objects.get(pk=by_mail.pk)) == DeliveryWay.ACCOUNT
        with pytest.raises(CanSignIn):
            officer_acts(codes.send_code, by_mail, real_world.pia)

    def test_whose_mail_comes_back_gets_one_on_paper(self, real_world, by_mail):
        otto, record = signed_in(real_world.otto.user), f"/admin/rights/rightsrequest/{by_mail.pk}/change/"
        mailed_code(by_mail)
        message = Message.objects.get(kind="rights_code")
        failing.record_bounce(message=message.pk, status="5.1.1", by=PORTAL)

        assert "an officer other than the one who confirmed the identity must give out a code" in otto.get(record).text
        assert by_mail.number in otto.get("/admin/rights/rightsrequest/?state=codeless").text
        assert collect(by_mail, hand_out(real_world, by_mail))


class TestWhoHasNone:
    def test_gets_it_with_a_code_from_another_officer(self, real_world, by_post):
        code = hand_out(real_world, by_post)

        assert json.loads(collect(by_post, code))["request"] == by_post.number
        assert collect(by_post, code.lower().replace("-", " "), PAGE)
        made = Entry.objects.get(event="rights_request.code_made")
        assert (made.outcome, made.actor) == ("handed", str(real_world.otto.pk))
        assert told_kinds() == []

    def test_who_confirmed_the_identity_gives_out_none(self, real_world, by_post):
        with pytest.raises(CheckedIdentity):
            hand_out(real_world, by_post, real_world.pia)
        assert not CollectionCode.objects.exists()

    def test_nobody_else_of_the_staff_does_nor_an_officer_who_left(self, real_world, by_post):
        staff_members.end_staff_membership(member=real_world.otto, by=by_staff(real_world.pia))

        for member in (real_world.sam, real_world.otto):
            with pytest.raises(NotAnOfficer):
                hand_out(real_world, by_post, member)

    def test_it_is_not_mailed(self, real_world, by_post):
        with pytest.raises(CodeIsNotMailed):
            officer_acts(codes.send_code, by_post, real_world.otto)

    def test_the_same_form_shows_the_same_code_and_makes_it_once(self, real_world, by_post):
        token = uuid4()

        assert hand_out(real_world, by_post, token=token) == hand_out(real_world, by_post, token=token)
        assert CollectionCode.objects.count() == entries(by_post).count("code_made") == 1

    def test_the_same_form_does_not_bring_an_ended_code_back(self, real_world, by_post):
        token = uuid4()
        code = hand_out(real_world, by_post, token=token)
        officer_acts(codes.stop_code, by_post, real_world.pia)

        with pytest.raises(CodeEnded):
            hand_out(real_world, by_post, token=token)
        with pytest.raises(CodeDoesNotWork):
            unlock(by_post, code)

    def test_another_ends_the_first(self, real_world, by_post):
        first, second = hand_out(real_world, by_post), hand_out(real_world, by_post)

        with pytest.raises(CodeDoesNotWork):
            unlock(by_post, first)
        assert collect(by_post, second)
        assert CollectionCode.objects.get(end="replaced").ended_at

    def test_after_two_weeks_it_is_made_again_with_another_code(self, real_world, by_post, later):
        code = hand_out(real_world, by_post)
        collect(by_post, code)
        later(timedelta(days=14, seconds=1))
        with pytest.raises(CodeDoesNotWork):
            unlock(by_post, code)
        packages.remove_packages_when_due()
        assert CollectionCode.objects.get().code_hash is None

        officer_acts(packages.request_new_package_for_customer, by_post, real_world.pia)
        assert jobs().count(str(by_post.pk)) == 2
        packages.make_package(rights_request=by_post.pk)

        with pytest.raises(CodeDoesNotWork):
            unlock(by_post, code)
        assert collect(by_post, hand_out(real_world, by_post))

    def test_an_unlocked_code_takes_nothing_once_it_is_over(self, real_world, by_post, later):
        open_one = unlock(by_post, hand_out(real_world, by_post))
        officer_acts(codes.stop_code, by_post, real_world.pia)

        with pytest.raises(CodeDoesNotWork):
            collection.collect_package(code=open_one.pk, part=DATA, by=STRANGER)
        other = unlock(by_post, hand_out(real_world, by_post))
        later(timedelta(days=15))
        with pytest.raises(CodeDoesNotWork):
            collection.collect_package(code=other.pk, part=DATA, by=STRANGER)
        assert not Download.objects.exists()


class TestWhoSignsIn:
    def test_needs_none_and_gets_none(self, real_world):
        request = granted(real_world)
        packages.make_package(rights_request=request.pk)

        assert not CollectionCode.objects.exists()
        for act in (codes.send_code, packages.request_new_package_for_customer):
            with pytest.raises(CanSignIn):
                officer_acts(act, request, real_world.otto)
        with pytest.raises(CanSignIn):
            hand_out(real_world, request)

    def test_whom_mail_does_not_reach_any_more_gets_it_on_paper(self, real_world):
        request = granted(real_world)
        packages.make_package(rights_request=request.pk)
        FailingAddress.objects.create(address_hash=hash_address("ada@example.com"), how="bounced")

        assert b"Ada Marker" in collect(request, hand_out(real_world, request))
        assert {"rights_request_code_given", "rights_request_collected"} <= set(told_kinds())


def test_an_address_of_two_customers_leads_to_neither(real_world, eve):
    on_file(real_world, "eve@example.com", "C-7002")
    request = answered(real_world, eve)

    assert not CollectionCode.objects.exists() and get_working_code(request) is None
    assert b"Eve Marker" in collect(request, hand_out(real_world, request))


def test_whoever_asked_for_somebody_gets_a_code_and_that_person_is_told(real_world, eve):
    asked = {"submitted_by": SubmittedBy.ATTORNEY, "proof": "deed 12/2026", "channel": Channel.AGENT}
    request = answered(real_world, eve, **asked)
    theirs = mailed_code(request)

    code = hand_out(real_world, request)

    assert "rights_request_code_given" in told_kinds()
    assert collect(request, code)
    with pytest.raises(CodeDoesNotWork):
        unlock(request, theirs)


class TestWrongTries:
    def test_it_says_the_same_whatever_is_wrong(self, by_post, real_world):
        code = hand_out(real_world, by_post)
        said = set()
        for request, typed in [(by_post.pk, "BCDF-GHJK-MNPQ"), (uuid4(), code), (granted(real_world).pk, code)]:
            with pytest.raises(CodeDoesNotWork) as refusal:
                collection.enter_code(rights_request=request, code=typed, by=STRANGER)
            said.add(str(refusal.value))
        assert len(said) == 1

    def test_each_is_counted_on_record_and_the_last_ends_the_code(self, real_world, by_post):
        code = hand_out(real_world, by_post)
        for _ in range(MAX_TRIES - 1):
            with pytest.raises(CodeDoesNotWork):
                unlock(by_post, "BCDF-GHJK-MNPQ")
        assert unlock(by_post, code).tries == MAX_TRIES - 1

        for _ in range(3):
            with pytest.raises(CodeDoesNotWork):
                unlock(by_post, "BCDF-GHJK-MNPQ")

        with pytest.raises(CodeDoesNotWork):
            unlock(by_post, code)
        ended = CollectionCode.objects.get()
        assert (ended.tries, ended.end) == (MAX_TRIES, "tries")
        typed = Entry.objects.filter(event="rights_request.code_typed").values_list("outcome", flat=True)
        assert sorted(typed) == ["right", "tries", *["wrong"] * (MAX_TRIES - 1)]

    def test_an_officer_makes_another(self, real_world, by_post):
        hand_out(real_world, by_post)
        for _ in range(MAX_TRIES):
            with pytest.raises(CodeDoesNotWork):
                unlock(by_post, "BCDF-GHJK-MNPQ")

        assert collect(by_post, hand_out(real_world, by_post))


def test_the_code_of_one_request_opens_no_other(real_world, by_post, nemo):
    other = answered(real_world, nemo, type="A20")
    codes_of = {one.pk: hand_out(real_world, one) for one in (by_post, other)}

    with pytest.raises(CodeDoesNotWork):
        unlock(by_post, codes_of[other.pk])
    assert json.loads(collect(other, codes_of[other.pk]))["request"] == other.number


def test_before_there_is_a_package_there_is_no_code(real_world, nemo):
    request = type_in(real_world, customer=nemo)
    for act in (
        lambda: hand_out(real_world, request),
        lambda: officer_acts(codes.send_code, request, real_world.otto),
    ):
        with pytest.raises(NoPackage):
            act()
    unknown = file_as_stranger()
    with pytest.raises(NoPackage):
        hand_out(real_world, unknown)
    with pytest.raises(NoPackage):
        officer_acts(packages.request_new_package_for_customer, unknown, real_world.otto)


def test_an_erasure_takes_the_codes_and_the_evidence_along(real_world, by_mail, eve):
    open_one = unlock(by_mail, mailed_code(by_mail))
    evidence = Evidence.objects.create(network="192.0.2.0/24")
    collection.collect_package(code=open_one.pk, part=DATA, by=Actor("visitor", evidence=evidence.pk))

    erase(real_world, SimpleNamespace(customer=eve))

    assert CollectionCode.objects.get().code_hash is None
    assert not Evidence.objects.filter(pk=evidence.pk).exists()
    with pytest.raises(CodeDoesNotWork):
        collection.collect_package(code=open_one.pk, part=DATA, by=STRANGER)


def test_a_code_that_waits_in_the_outbox_is_stopped_by_the_erasure(real_world, by_mail, eve):
    erase(real_world, SimpleNamespace(customer=eve))

    message = Message.objects.get(kind="rights_code")
    assert (message.outcome, message.sealed) == ("stopped", None)


def test_a_code_from_a_backup_does_not_work(real_world, by_post):
    """It may have been ended since, for a letter that was stolen."""
    code = hand_out(real_world, by_post)
    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_restoration (backup, size, statement, journal, opened_at)"
            " VALUES ('1', 1, '', 0, portal.now())"
        )

    with pytest.raises(CodeDoesNotWork):
        unlock(by_post, code)
    assert collect(by_post, hand_out(real_world, by_post))


def test_it_goes_with_its_request(real_world, by_post, later):
    collect(by_post, hand_out(real_world, by_post))
    later(timedelta(days=733))

    packages.remove_packages_when_due()
    assert removing.remove_requests_when_due() == 1
    assert not CollectionCode.objects.exists()


def test_codes_are_unlike_each_other(real_world, by_post):
    made = {hand_out(real_world, by_post) for _ in range(20)}

    assert len({list_code_hashes(code)[0] for code in made}) == 20
    assert all(re.fullmatch(r"([2-9B-Z]{4}-){2}[2-9B-Z]{4}", code) for code in made)


@scene
def copied(world) -> RightsRequest:
    request = granted(world)
    packages.make_package(rights_request=request.pk)
    return request


def removed() -> Entry:
    return Entry.objects.get(event="rights_request.package_removed")


def test_the_page_says_that_data_was_deleted_since(world, copied):
    empty(world)

    text = " ".join(signed_in(world.ada.user).get(f"/rights/requests/{copied.number}/").text.split())
    assert "It has been removed, because some of your data was deleted since." in text
    assert "The two weeks to download it are over" not in text


def test_the_record_says_which_of_both_it_was(world, copied):
    empty(world)

    assert describe_for_customer(removed()) == "The download was removed, since some of your data was deleted"
    assert describe_for_staff(removed()) == "The package was removed, since some of this customer’s data was deleted"
    assert describe_missing_copy(copied) == "Removed, because some of this customer’s data was deleted since"


def test_the_record_of_one_whose_time_was_over_speaks_of_no_deletion(world, copied, later):
    later(packages.PACKAGE_LIFETIME)
    packages.remove_packages_when_due()

    assert describe_for_customer(removed()) == "The download was removed after two weeks"
    assert describe_for_staff(removed()) == "The package was removed: its two weeks were over"
    assert describe_missing_copy(copied) == "Nobody downloaded it in two weeks. It was removed."


def empty(world) -> None:
    """Delete all but the orders, by two officers."""
    request = file(world.ada, Type.ERASURE)
    search(world, request)
    terms = {"rights_request": request.pk, "kept": ["orders"], "law": "GDPR Art 17(3)(b), AO 147"}
    erasing.propose_partial_erasure(**terms, officer=world.pia, by=by_staff(world.pia))
    erasing.confirm_partial_erasure(rights_request=request.pk, officer=world.otto, by=by_staff(world.otto))
