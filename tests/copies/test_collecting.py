"""Whoever has no account gets their copy with a code: mailed where that is possible, given out by another officer where
not; each step on record, and the customer told of it."""

import json
import re
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.test import Client

from consents.copies.models import CollectionCode, Download
from consents.copies.refusals import (
    CanSignIn,
    CheckedIdentity,
    CodeDoesNotWork,
    CodeEnded,
    CodeIsMailed,
    CodeIsNotMailed,
    NoPackage,
)
from consents.copies.rules import MAX_TRIES
from consents.copies.selectors import get_working_code
from consents.copies.services import codes, collection, packages
from consents.copies.services.codes import hash_code
from consents.core.owner import as_owner
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.models import FailingAddress, Message
from consents.notifications.services import failing
from consents.people.models import Acting, Customer, Evidence, Role
from consents.people.selectors import hash_address
from consents.people.services import claiming, customer_records, staff_members
from consents.people.services.holding import NotAnOfficer
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Channel, SubmittedBy
from consents.rights.rules.delivery import DeliveryWay
from consents.rights.selectors import get_delivery_way
from consents.rights.services import removing
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.copies.packages import TELL, granted, jobs, taken
from tests.forms import ask_first
from tests.rights.racing import at_once
from tests.world.cast import make_staff, make_user, put_in_vault, signed_in
from tests.world.erasing import erase
from tests.world.rights_requests import answer, by_staff, confirm, entries, file_as_stranger, search, type_in

PAGE, DATA = Download.Part.PAGE, Download.Part.DATA
STRANGER = Actor("visitor")


def on_file(world, email: str = "", reference: str = "C-7001", **about) -> Customer:
    """Known to the company, and never signed in; Eve."""
    customer = customer_records.open_customer_record(reference=reference, email=email, by=PORTAL, **about)
    put_in_vault(customer, world.categories["contact"], {"name": "Eve Marker", "phone": "555-0107"})
    return customer


def answered(world, customer: Customer, request: RightsRequest | None = None, **terms) -> RightsRequest:
    """Identity confirmed and answered by Pia, and the package made."""
    request = request or type_in(world, customer=customer, **terms)
    confirm(world, request, customer)
    search(world, request)
    answer(world, request)
    packages.make_package(rights_request=request.pk)
    return RightsRequest.objects.get(pk=request.pk)


def mailed_code(request: RightsRequest) -> str:
    """As the customer reads it, in the newest mail."""
    mail.outbox.clear()
    for message in Message.objects.filter(kind="rights_code", sent_at=None).order_by("queued_at"):
        deliver_message(message=message.pk)
    letter = mail.outbox[-1]
    assert request.number in letter.subject and letter.to == ["eve@example.com"]
    return re.search(r"^    (\S{4}-\S{4}-\S{4})$", letter.body, re.MULTILINE).group(1)


def hand_out(world, request, officer=None, token: UUID | None = None) -> str:
    officer = officer or world.otto
    return codes.hand_out_code(rights_request=request.pk, officer=officer, token=token or uuid4(), by=by_staff(officer))


def officer_acts(act, request, officer):
    return act(rights_request=request.pk, officer=officer, by=by_staff(officer))


def unlock(request, code: str) -> CollectionCode:
    return collection.enter_code(rights_request=request.pk, code=code, by=STRANGER)


def collect(request, code: str, part=DATA) -> bytes:
    return collection.collect_package(code=unlock(request, code).pk, part=part, by=STRANGER)


def told_kinds() -> list[str]:
    return list(Message.objects.order_by("queued_at", "kind").values_list("kind", flat=True))


@pytest.fixture
def eve(real_world) -> Customer:
    """With an address that works, and no account."""
    return on_file(real_world, "eve@example.com", "C-7000")


@pytest.fixture
def nemo(real_world) -> Customer:
    """Without an address."""
    return on_file(real_world)


@pytest.fixture
def by_mail(real_world, eve) -> RightsRequest:
    return answered(real_world, eve, file_as_stranger(said={"email": "eve@example.com", "name": "Eve"}))


@pytest.fixture
def by_post(real_world, nemo) -> RightsRequest:
    return answered(real_world, nemo, channel=Channel.POST)


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
    with as_owner() as owner, owner.cursor() as cursor:
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


class TestThePage:
    URL = "/rights/collect/"

    def test_it_leads_from_the_rights_to_the_files(self, real_world, by_post):
        code, client = hand_out(real_world, by_post), Client()
        assert f'href="{self.URL}"' in client.get("/rights/").text

        response = client.post(self.URL, {"number": by_post.number.lower(), "code": code})
        assert (response.status_code, response["Location"]) == (302, self.URL)
        page = client.get(self.URL).text
        assert by_post.number in page and "Here it is." in page and "It has already been downloaded" not in page
        files = [client.post(self.URL, {"part": part}) for part in ("page", "data")]

        assert b"Eve Marker" in files[0].content and json.loads(files[1].content)["request"] == by_post.number
        for response in files:
            assert (
                by_post.number in response["Content-Disposition"] and "sandbox" in response["Content-Security-Policy"]
            )
            assert "no-store" in response["Cache-Control"]
        assert "It has already been downloaded" in client.get(self.URL).text
        assert Download.objects.count() == 2 and Entry.objects.filter(actor_kind="visitor").count() == 3

    def test_leaving_locks_it_again(self, real_world, by_post):
        client = Client()
        client.post(self.URL, {"number": by_post.number, "code": hand_out(real_world, by_post)})

        assert client.post(self.URL, {"leave": "1"})["Location"] == "/rights/"
        assert b"Marker" not in client.post(self.URL, {"part": "data"}).content
        assert not Download.objects.exists()

    def test_another_browser_has_to_type_the_code(self, real_world, by_post):
        Client().post(self.URL, {"number": by_post.number, "code": hand_out(real_world, by_post)})

        assert "Number of your request" in Client().post(self.URL, {"part": "data"}).text

    def test_what_is_wrong_gets_one_sentence_and_no_file(self, real_world, by_post):
        code = hand_out(real_world, by_post)

        for said in [{"number": "RQ-2222-2222"}, {"code": "BCDF-GHJK-MNPQ"}, {}]:
            if not said:
                officer_acts(codes.stop_code, by_post, real_world.pia)
            response = Client().post(self.URL, {"number": by_post.number, "code": code} | said)
            assert response.status_code == 422
            assert "The number and the code do not match, or the code no longer works." in response.text

    def test_odd_input_gets_a_sentence_and_counts_nowhere(self, real_world, by_post):
        said = {"number": by_post.number, "code": hand_out(real_world, by_post)}

        for odd in [{"code": ""}, {"code": "BCDF"}, {"code": "\0" * 12}, {"number": "x" * 5000}, {"number": ""}]:
            assert Client().post(self.URL, said | odd).status_code == 422
        assert CollectionCode.objects.get().tries == 0

    def test_too_many_tries_from_one_place_are_stopped(self, real_world, by_post, settings):
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"collect": "2/5m/ip"}
        client = Client(REMOTE_ADDR="192.0.2.77")
        said = {"number": "RQ-2222-2222", "code": "BCDF-GHJK-MNPQ"}

        assert [client.post(self.URL, said).status_code for _ in range(3)] == [422, 422, 429]

    def test_staff_are_sent_to_their_own_house(self, real_world, by_post):
        said = {"number": by_post.number, "code": hand_out(real_world, by_post)}

        assert signed_in(real_world.otto.user).post(self.URL, said)["Location"] == "/admin/"
        assert CollectionCode.objects.get().tries == 0 and "code_typed" not in entries(by_post)

    def test_who_is_signed_in_for_somebody_else_may_collect_too(self, real_world, by_post):
        """An agent with an account of their own: under their own name."""
        ben = signed_in(real_world.ben.user)
        ben.post(self.URL, {"number": by_post.number, "code": hand_out(real_world, by_post)})

        assert b"Eve Marker" in ben.post(self.URL, {"part": "data"}).content
        assert Entry.objects.get(event="rights_request.package_downloaded").actor == str(real_world.ben.user.pk)

    def test_it_asks_for_a_token_against_forged_forms(self, real_world, by_post):
        client = Client(enforce_csrf_checks=True)

        said = {"number": by_post.number, "code": hand_out(real_world, by_post)}
        assert client.post(self.URL, said).status_code == 403


class TestTheOfficersPage:
    def record(self, request) -> str:
        return f"/admin/rights/rightsrequest/{request.pk}/change/"

    def press(self, client, request, act: str, **said):
        pressed = {"CHANGE_FORM-action": act, "_selected_action": str(request.pk)} | said
        return ask_first(client, client.post(self.record(request), pressed))

    def text(self, response) -> str:
        return " ".join(response.content.decode().split())

    def test_it_says_in_a_sentence_what_to_do(self, real_world, by_post):
        otto = signed_in(real_world.otto.user)
        assert "an officer other than the one who confirmed the identity must give out a code" in self.text(
            otto.get(self.record(by_post))
        )

        code = hand_out(real_world, by_post)
        assert "A code was given out." in self.text(otto.get(self.record(by_post)))
        collect(by_post, code)
        page = self.text(otto.get(self.record(by_post)))
        assert "Downloaded with the code, without an account" in page and "A code was typed: it was right" in page

    def test_the_first_page_tells_the_other_officer_of_it(self, real_world, by_post, by_mail):
        otto = signed_in(real_world.otto.user)
        waiting = "/admin/rights/rightsrequest/?state=codeless"
        assert {"number": 1, "label": "copies waiting for a code", "url": waiting} in otto.get("/admin/").context[
            "figures"
        ]
        page = self.text(otto.get(waiting))
        assert by_post.number in page and by_mail.number not in page

        hand_out(real_world, by_post)
        assert by_post.number not in self.text(otto.get(waiting))

    def test_the_letter_is_shown_once_and_says_nothing_about_anybody(self, real_world, by_post):
        otto, token = signed_in(real_world.otto.user), str(uuid4())
        asked = self.text(self.press(otto, by_post, "hand_out_code"))
        assert "The officer who confirmed the identity cannot do this." in asked and not CollectionCode.objects.exists()

        letter = self.press(otto, by_post, "hand_out_code", confirm="1", token=token)
        code = re.search(r'class="code">(\S+)<', letter.text).group(1)
        assert "http://localhost:8000/rights/collect/" in letter.text and by_post.number in letter.text
        assert "Marker" not in letter.text and "C-7001" not in letter.text and "no-store" in letter["Cache-Control"]
        assert collect(by_post, code)
        assert code not in otto.get(self.record(by_post)).text
        assert code in self.press(otto, by_post, "hand_out_code", confirm="1", token=token).text

    def test_the_letter_is_in_the_customers_language(self, real_world):
        request = answered(real_world, on_file(real_world, country="DE", language="de"))

        letter = self.press(signed_in(real_world.otto.user), request, "hand_out_code", confirm="1", token=str(uuid4()))

        assert 'lang="de"' in letter.text and "Der Code gilt bis" in letter.text and "Print this now" in letter.text

    def test_who_confirmed_the_identity_reads_why_not(self, real_world, by_post):
        pia = signed_in(real_world.pia.user)

        assert self.press(pia, by_post, "hand_out_code", confirm="1").status_code == 302
        assert "another officer must do it" in self.text(pia.get(self.record(by_post)))

    def test_where_mail_arrives_it_offers_to_mail_and_not_to_print(self, real_world, by_mail):
        otto = signed_in(real_world.otto.user)
        page = self.text(otto.get(self.record(by_mail)))
        assert "A code was emailed to the address on file." in page and 'value="hand_out_code"' not in page
        assert self.press(otto, by_mail, "hand_out_code").status_code == 302
        assert "This is no longer possible" in self.text(otto.get(self.record(by_mail)))

        self.press(otto, by_mail, "send_code", confirm="1", token=str(uuid4()))
        self.press(otto, by_mail, "stop_code", confirm="1", token=str(uuid4()))

        assert "Email a new code: the last one no longer works." in self.text(otto.get(self.record(by_mail)))
        assert entries(by_mail)[-2:] == ["code_made", "code_ended"]

    def test_what_is_over_can_be_made_again(self, real_world, by_post, later):
        later(timedelta(days=15))
        otto = signed_in(real_world.otto.user)

        self.press(otto, by_post, "make_again", confirm="1", token=str(uuid4()))

        assert entries(by_post)[-1] == "package_asked"

    def test_a_copy_goes_out_to_be_downloaded_without_an_account_too(self, real_world, nemo):
        request = type_in(real_world, customer=nemo)
        confirm(real_world, request)
        search(real_world, request)

        page = self.text(self.press(signed_in(real_world.pia.user), request, "answer"))

        assert 'value="portal_download" selected' in page and "downloads it with a code" in page


def test_the_customer_reads_each_step_when_they_sign_in_later(real_world, by_mail):
    code = mailed_code(by_mail)
    with pytest.raises(CodeDoesNotWork):
        unlock(by_mail, "BCDF-GHJK-MNPQ")
    collect(by_mail, code)
    user = make_user("eve@example.com")
    client = signed_in(user)
    client.get("/")

    page = " ".join(client.get(f"/rights/requests/{by_mail.number}/").text.split())

    for step in [
        "A code to download your data without an account was mailed to you",
        "Somebody typed a wrong code for your data",
        "Your data was downloaded with a code",
    ]:
        assert step in page


MADE = """INSERT INTO copies_collectioncode
    (id, package_id, customer_id, code_hash, way, made_by_id, made_at, tries, "end")
SELECT made.id, p.id, p.customer_id, sha256('x'), made.way, made.by, portal.now(), 0, ''
FROM copies_package AS p JOIN (VALUES (%s::uuid, %s::uuid, %s, %s::uuid)) AS made(id, package, way, by)
    ON p.id = made.package"""
TAKE = """INSERT INTO copies_download (package_id, customer_id, part, code_id, taken_at)
SELECT p.id, p.customer_id, 'page', taken.code, portal.now()
FROM copies_package AS p JOIN (VALUES (%s::uuid, %s::uuid)) AS taken(package, code) ON p.id = taken.package"""


def spoken(*statements) -> str:
    with application_speaking() as application:
        return outcome(application, *statements)


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

    def take() -> bytes:
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


def test_codes_are_unlike_each_other(real_world, by_post):
    made = {hand_out(real_world, by_post) for _ in range(20)}

    assert len({hash_code(code) for code in made}) == 20
    assert all(re.fullmatch(r"([2-9B-Z]{4}-){2}[2-9B-Z]{4}", code) for code in made)
