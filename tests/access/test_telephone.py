"""An answer by telephone: a code proves the caller, an officer reads out and records; and what raw SQL cannot do."""

import io
import re
from contextlib import redirect_stdout
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.urls import reverse

from consents.access.models import AccessRequest, Answer, CallerCode
from consents.access.rules import AlreadyEnded, AnswerDecision, telephone
from consents.access.services import telephone as services
from consents.access.services.answering import Reply
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.selectors.timelines import list_entries
from consents.ledger.services import sealing
from consents.notifications.models import Message
from consents.people.services import customer_records
from consents.people.services.holding import NotAnOfficer
from consents.people.services.locking import lock_account
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.world.cast import answer, ask, put_on_list, signed_in
from tests.world.holders import share_account


def by(member) -> Actor:
    return Actor("staff", str(member.pk))


@pytest.fixture
def codes(monkeypatch) -> list[str]:
    """Every code that was sent, as the customer reads it in their mailbox."""
    sent: list[str] = []
    monkeypatch.setattr(services.queueing, "send_code", lambda **email: sent.append(email["code"]))
    return sent


def send(world, request: AccessRequest, officer=None) -> CallerCode:
    officer = officer or world.pia
    return services.send_caller_code(access_request=request.pk, officer=officer, by=by(officer))


def prove(world, request: AccessRequest, code: str) -> None:
    services.prove_caller(access_request=request.pk, code=code, officer=world.pia, by=by(world.pia))


def record(world, request: AccessRequest, decision: str = "all", officer=None, **about) -> AccessRequest:
    officer = officer or world.pia
    reply = Reply(AnswerDecision(decision), request.digest, uuid4(), **about)
    return services.record_spoken_answer(access_request=request.pk, reply=reply, officer=officer, by=by(officer))


def test_an_officer_reads_out_reads_back_and_records(world, codes):
    request, pia, ada = ask(world, "orders", "contact"), signed_in(world.pia.user), signed_in(world.ada.user)
    customer_records.choose_language(customer=request.customer_id, language="de", by=world.ada.actor)
    here = f"/admin/access/accessrequest/{request.pk}/telephone/"
    assert here in pia.get(f"/admin/access/accessrequest/{request.pk}/change/").text
    assert 'name="send"' in pia.get(here).text and 'name="code"' not in pia.get(here).text
    assert pia.post(here, {"send": "1", "token": str(uuid4())}).url == here
    assert codes[0] not in pia.get(here).text
    wrong = pia.post(here, {"code": "0000 0000"})
    assert wrong.status_code == 422 and "not the code from the email" in wrong.text
    assert pia.post(here, {"code": codes[0]}).url == here

    read_out = pia.get(here).text
    assert 'lang="de"' in read_out and read_out.index("Wofür") < read_out.index("Warum jetzt")
    assert "checked" not in read_out
    hidden = dict(re.findall(r'<input type="hidden" name="(digest|token)" value="([^"]+)"', read_out))
    nothing = pia.post(here, hidden)
    assert nothing.status_code == 422 and 'id="errors-title"' in nothing.text
    chosen = hidden | {"decision": "part", "categories": [str(world.categories["orders"].pk)], "duration": ""}
    read_back = pia.post(here, chosen).text
    assert "Record the answer" in read_back and not Answer.objects.filter(access_request=request).exists()
    assert re.search(r'value="part"[^>]*checked', pia.post(here, chosen | {"change": "1"}).text)
    done = pia.post(here, chosen | {"confirm": "1"})
    assert done.url == f"/admin/access/accessrequest/{request.pk}/change/"
    assert "no longer waits for an answer" in pia.get(here, follow=True).text  # nor has it ended: access runs

    request.refresh_from_db()
    assert request.state == "partly_approved"
    assert (request.answer.answered_by, request.answer.caller_code.proof is not None) == (world.pia.user, True)
    spoken = "by telephone, recorded by Pia Example"
    for reader in (pia, signed_in(world.sam.user)):
        assert reader.get(done.url).text.lower().count(spoken.lower()) == 2  # as a fact, and in the history
    for page in ("/", f"/requests/{request.pk}/", f"/requests/{request.pk}/answer/"):
        assert "Per Telefon" in ada.get(page).text and "Pia Example" in ada.get(page).text
    confirmed = Message.objects.get(kind="act_confirmed", key=f"access_request.confirmed:{request.pk}")
    assert confirmed.context["act"].startswith("By telephone") and "You can stop" in confirmed.context["act"]
    entry = Entry.objects.get(object=str(request.pk), event="access_request.answered")
    assert (entry.actor_kind, entry.actor) == ("staff", str(world.pia.pk))
    assert entry.facts["method"] == "telephone" and entry.facts["caller_code"] == str(request.answer.caller_code_id)


def test_no_and_a_repeat(world, codes):
    request = ask(world, "orders")
    send(world, request)
    prove(world, request, codes[0])
    reply = Reply(AnswerDecision.NONE, request.digest, uuid4(), message="Not now.")
    about = {"access_request": request.pk, "reply": reply, "officer": world.pia, "by": by(world.pia)}
    assert services.record_spoken_answer(**about).state == "denied"
    assert services.record_spoken_answer(**about).state == "denied"
    assert Entry.objects.filter(object=str(request.pk), event="access_request.answered").count() == 1


def test_three_tries_ten_minutes_five_codes(world, codes, later):
    request = ask(world, "orders")
    with pytest.raises(telephone.CallerCodeOver):
        prove(world, request, "1234 5678")
    send(world, request)
    for _ in range(telephone.MOST_TRIES):
        with pytest.raises(telephone.WrongCallerCode):
            prove(world, request, "no")
    with pytest.raises(telephone.CallerCodeOver):
        prove(world, request, codes[0])
    send(world, request)
    with pytest.raises(telephone.WrongCallerCode):
        prove(world, request, codes[0])
    later(telephone.CODE_LIFETIME)
    with pytest.raises(telephone.CallerCodeOver):
        prove(world, request, codes[1])
    for _ in range(telephone.MOST_CODES - 2):
        send(world, request)
    with pytest.raises(telephone.TooManyCodes):
        send(world, request)
    assert len(set(codes)) == telephone.MOST_CODES


def test_a_proof_counts_half_an_hour_for_its_officer_and_its_request(world, codes, later):
    request, other = ask(world, "orders"), ask(world, "contact")
    with pytest.raises(telephone.CallerNotProved):
        record(world, request)
    send(world, request)
    prove(world, request, codes[0])
    for elsewhere, officer in ((other, world.pia), (request, world.quinn)):
        with pytest.raises(telephone.CallerNotProved):
            record(world, elsewhere, officer=officer)
    later(telephone.PROOF_LIFETIME)
    with pytest.raises(telephone.CallerNotProved):
        record(world, request)


def test_who_may_take_a_call(world, codes):
    request = ask(world, "orders")
    for member in (world.sam, world.kim, world.otto):
        with pytest.raises(NotAnOfficer):
            send(world, request, member)
        page = f"/admin/access/accessrequest/{request.pk}/telephone/"
        assert signed_in(member.user).get(page).status_code == 404
    pias = customer_records.open_customer_record(reference="C-77", email=world.pia.user.email, by=PORTAL)
    own = ask(world, "orders", customer=SimpleNamespace(customer=pias))
    with pytest.raises(telephone.OwnMatter):
        send(world, own)


def test_who_can_be_proved(world, codes):
    request = ask(world, "orders")
    put_on_list(world.ada.customer, born_on="2020-01-01", country="IE")
    with pytest.raises(telephone.GuardianAnswers):
        send(world, request)
    put_on_list(world.ada.customer, born_on="1980-01-01", country="IE")
    customer_records.open_customer_record(reference="C-78", email=world.ada.user.email, by=PORTAL)
    with pytest.raises(telephone.NobodyToProve):
        send(world, request)
    answer(world, request)
    with pytest.raises(AlreadyEnded):
        send(world, request)
    assert not codes


TELL = """
SELECT portal.append_entry(%s, %s::uuid, %s, %s::text, 'access_request', %s::text, '', 'portal', NULL, %s,
    json_build_object('caller_code', %s::text, 'digest', %s::text)::text)
"""
CODE = "11111111-2222-4333-8444-555555555555"
SEND = """
INSERT INTO access_callercode (id, access_request_id, customer_id, code_hash, sent_by_id, sent_at, ends_at, tries)
VALUES (%s, %s, %s, sha256('\\x00'), %s, portal.now(), portal.now() + %s::interval, 0)
"""
PROVE = "UPDATE access_callercode SET proof = %s, proved_at = portal.now() WHERE id = %s"
WRONG = "UPDATE access_callercode SET tries = tries + %s WHERE id = %s"
RECORD = """
WITH answer AS (
    INSERT INTO access_answer (access_request_id, decision, answered_by_id, capacity, duration, shown_digest, token,
        answered_at, caller_code_id)
    SELECT r.id, 'none', %(officer)s, %(capacity)s, '0', r.digest, gen_random_uuid(), portal.now(), %(code)s
    FROM access_accessrequest AS r WHERE r.id = %(request)s RETURNING 1)
UPDATE access_accessrequest SET state = 'denied', ended_at = portal.now() WHERE id = %(request)s
"""


def test_raw_sql_sends_and_proves_no_code_in_anothers_place(real_world, codes):
    world, request = real_world, ask(real_world, "orders")
    sent, bens = send(world, request), ask(world, "contact", customer=world.ben)

    def told(event: str, actor, code=CODE, kind="staff", customer=world.ada.customer.id) -> tuple:
        return TELL, [f"access_request.{event}", customer, kind, str(actor), str(request.pk), "", str(code), ""]

    def new(officer=world.pia, to=request, lasts="10 minutes") -> tuple:
        return SEND, [CODE, to.pk, world.ben.customer.id, officer.pk, lasts]

    with application_speaking() as application:
        assert outcome(application, told("caller_code_sent", world.pia.pk), new()).startswith("allowed")
        for tries in (
            (new(),),
            (told("caller_code_sent", world.quinn.pk), new()),
            (told("caller_code_sent", world.pia.pk, kind="customer"), new()),
            (told("caller_code_sent", world.pia.pk, customer=world.ben.customer.id), new()),
            (told("caller_proved", world.pia.pk), new()),
            (told("caller_code_sent", world.pia.pk), new(to=bens)),
            (told("caller_proved", world.pia.pk, sent.pk), (WRONG, [1, sent.pk])),
        ):
            assert outcome(application, *tries) == "23001 access_callercode_on_record"
        for tries in (
            new(world.sam),
            new(world.otto),
            new(lasts="11 minutes"),
            (WRONG, [2, sent.pk]),
            (WRONG, [-1, sent.pk]),
            "UPDATE access_callercode SET proof = code_hash, proved_at = portal.now() - interval '1 minute'",
        ):
            assert (
                outcome(application, told("caller_code_wrong", world.pia.pk), tries) == "23001 access_callercode_frozen"
            )
        forged = (PROVE, [bytes(sent.code_hash), sent.pk])  # what the row holds, and not what it is made of
        assert outcome(application, forged) == "23514 access_callercode_proof_fits"
        for change in ("sent_by_id = NULL", "code_hash = '\\x00'", "ends_at = portal.now() + interval '1 day'"):
            assert outcome(application, f"UPDATE access_callercode SET {change}").startswith("42501")
        assert outcome(application, "DELETE FROM access_callercode").startswith("42501")


def test_raw_sql_tries_no_code_while_the_customer_has_locked_their_access(real_world, codes):
    adas, bens = ask(real_world, "orders"), ask(real_world, "contact", customer=real_world.ben)
    sent = [send(real_world, request) for request in (adas, bens)]
    lock_account(
        user=real_world.ada.user, customer=adas.customer_id, ways={"code", "password"}, by=real_world.ada.actor
    )

    def tried(code: CallerCode) -> str:
        return outcome(application, (WRONG, [1, code.pk]))

    with application_speaking() as application:
        assert [tried(code) for code in sent] == ["23001 access_callercode_frozen", "23001 access_callercode_on_record"]


def test_raw_sql_records_no_answer_without_its_proof(real_world, codes):
    world = real_world
    request, bens, stale = ask(world, "orders"), ask(world, "contact", customer=world.ben), ask(world, "contact")
    unproved = send(world, stale)
    code = send(world, request)
    prove(world, request, codes[-1])

    def told(of=request, kind="staff", by_code=code.pk) -> tuple:
        about = ["access_request.answered", of.customer_id, kind, str(world.pia.pk), str(of.pk), "denied"]
        return TELL, [*about, str(by_code), of.digest]

    def recorded(of=request, officer=world.pia, by_code=code.pk, capacity="self") -> tuple:
        return RECORD, {"request": of.pk, "officer": officer.pk, "code": by_code, "capacity": capacity}

    with application_speaking() as application:
        assert outcome(application, told(), recorded()).startswith("allowed")
        for tries in (
            (told(by_code=unproved.pk), recorded()),
            (told(bens), recorded(bens)),
            (told(stale), recorded(stale)),
            (told(stale, by_code=unproved.pk), recorded(stale, by_code=unproved.pk)),
            (told(), recorded(officer=world.quinn)),
            (told(), recorded(officer=world.sam)),
            (told(), recorded(capacity="agent")),
            (told(), recorded(by_code=None)),
        ):
            assert outcome(application, *tries) == "23001 access_answer_on_record"


def test_raw_sql_uses_no_proof_that_is_over(real_world, codes, later):
    world, request = real_world, ask(real_world, "orders")
    code = send(world, request)
    prove(world, request, codes[-1])
    later(telephone.PROOF_LIFETIME)
    facts = ["access_request.answered", request.customer_id, "staff", str(world.pia.pk), str(request.pk), "denied"]
    told = (TELL, [*facts, str(code.pk), request.digest])
    recorded = {"request": request.pk, "officer": world.pia.pk, "code": code.pk, "capacity": "self"}
    with application_speaking() as application:
        assert outcome(application, told, (RECORD, recorded)) == "23001 access_answer_on_record"


def test_after_the_last_try_the_page_asks_for_a_new_code(world, codes):
    request, pia = ask(world, "orders"), signed_in(world.pia.user)
    page = f"/admin/access/accessrequest/{request.pk}/telephone/"
    send(world, request)

    tries = [pia.post(page, {"code": "1"}).text for _ in range(telephone.MOST_TRIES)]

    assert ["Ask the caller to read it again" in said for said in tries] == [True, True, False]
    assert "This code no longer works" in tries[-1] and 'name="code"' not in tries[-1]


def test_where_no_code_can_be_sent_the_page_offers_none(world, codes):
    request, pia = ask(world, "orders"), signed_in(world.pia.user)
    for _ in range(telephone.MOST_CODES):
        send(world, request)

    page = f"/admin/access/accessrequest/{request.pk}/telephone/"
    sent = pia.post(page, {"send": "1", "token": str(uuid4())}).text
    quinn = signed_in(world.quinn.user)
    opened = quinn.get(page).text
    put_on_list(world.ada.customer, born_on="2020-01-01", country="IE")
    of_a_child = quinn.get(page).text

    assert "No more codes can be sent" in sent and "Nothing was saved" in sent and 'name="send"' not in sent
    assert "No more codes can be sent" in opened and "Nothing was saved" not in opened and 'name="send"' not in opened
    assert "Only a parent or guardian who signs in can answer" in of_a_child and 'name="send"' not in of_a_child


def test_by_telephone_a_shared_account_is_offered_only_a_no(world, codes):
    share_account(world)
    request, pia = ask(world, "orders", "contact"), signed_in(world.pia.user)
    page = f"/admin/access/accessrequest/{request.pk}/telephone/"

    assert "by telephone you can record only a no" in pia.get(page).text  # before the call goes on
    send(world, request)
    prove(world, request, codes[0])
    read_out = pia.get(page).text
    assert re.findall(r'name="decision" value="(\w+)"', read_out) == ["none"] and "Allow everything" not in read_out
    hidden = dict(re.findall(r'<input type="hidden" name="(digest|token)" value="([^"]+)"', read_out))
    assert "Choose Do not allow, or go back." in pia.post(page, hidden).text
    assert pia.post(page, hidden | {"decision": "all", "confirm": "1"}).status_code == 422
    assert pia.post(page, hidden | {"decision": "none", "confirm": "1"}).status_code == 302
    request.refresh_from_db()
    assert request.state == "denied"


def address(request, entry) -> str:
    return reverse("access:proof", args=[request.pk, entry.sequence])


@pytest.fixture
def request_on_record(real_world):
    return answer(real_world, ask(real_world, "orders"))


def test_a_proof_of_an_answer_verifies_offline(real_world, request_on_record, tmp_path):
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=FileSystemStorage(location=tmp_path))
    ada = signed_in(real_world.ada.user)
    out = io.StringIO()
    with redirect_stdout(out):
        call_command("public_key")
    (tmp_path / "key").write_text(out.getvalue())

    for entry in list_entries(request_on_record.pk):
        (tmp_path / "proof.json").write_bytes(ada.get(address(request_on_record, entry)).content)
        call_command("verify_inclusion", tmp_path / "proof.json", key=tmp_path / "key", stdout=io.StringIO())


def test_before_sealing_it_says_when_and_no_page_offers_it(real_world, request_on_record, tmp_path):
    entry, ada = list_entries(request_on_record.pk).first(), signed_in(real_world.ada.user)
    proof, page = address(request_on_record, entry), reverse("access:request", args=[request_on_record.pk])

    response = ada.get(proof)

    assert response.status_code == 409
    assert "not sealed yet" in response.content.decode()
    assert proof not in ada.get(page).text
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=FileSystemStorage(location=tmp_path))
    assert proof in ada.get(page).text


def test_another_customer_gets_nothing(real_world, request_on_record):
    entry = list_entries(request_on_record.pk).first()

    assert signed_in(real_world.ben.user).get(address(request_on_record, entry)).status_code == 404
    assert signed_in(real_world.ada.user).get(f"/requests/{request_on_record.pk}/proof/99/").status_code == 404


def test_a_huge_number_is_not_there(real_world, request_on_record):
    path = f"/requests/{request_on_record.pk}/proof/{'9' * 40}/"

    assert signed_in(real_world.ada.user).get(path).status_code == 404
