"""Every act of a customer has its receipt, which a stranger's library verifies and reads."""

import json
from datetime import date, timedelta
from hashlib import sha256

import pytest
from django.conf import settings as portal
from django.core.files.storage import FileSystemStorage
from django.urls import reverse

from consents.access.customers.presenting import describe_requester
from consents.access.services import ending
from consents.catalogue.models import Usage
from consents.catalogue.services import publishing, versions
from consents.choices.receipts import claims, issuing
from consents.choices.receipts.issuing import ISSUERS, WordsAreLost, build_receipt
from consents.choices.rules import ActContext
from consents.choices.services import answering
from consents.choices.services import withdrawing as choices_ending
from consents.core.owner import silence_triggers
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending, sealing
from consents.people.models import Acting
from consents.people.services import claiming
from tests.choices.receipts.reading import faults_of, statuses, unknown_terms, verified
from tests.world.cast import answer, ask, make_next_version, make_purpose, make_user, put_on_list, signed_in
from tests.world.claim_codes import make_claim_code
from tests.world.documents import words_of
from tests.world.owners import acting_as_owner
from tests.world.retirements import retire


def verified_outside(client, text: str) -> dict:
    return verified(text, json.loads(client.get("/.well-known/jwks.json").content))


ACTS = {
    "given": (["yes"], ["ConsentGiven"]),
    "refused": (["no"], ["ConsentRefused"]),
    "withdrawn": (["yes", "no"], ["ConsentGiven", "ConsentWithdrawn"]),
    "given again": (["yes", "no", "yes"], ["ConsentGiven", "ConsentWithdrawn", "ConsentGiven"]),
}


@pytest.mark.parametrize("case", ACTS)
def test_each_act_has_a_receipt_that_verifies_outside(world, says, ada, take, case):
    acts, events = ACTS[case]
    for act in acts:
        getattr(says, act)()

    found = verified_outside(ada, take())

    assert statuses(found["receipt"]) == events
    assert found["sub"] == str(world.ada.customer.id)
    assert found["receipt"] == take(as_jsonld=True)
    assert (faults_of(found["receipt"]), unknown_terms(found["receipt"])) == ("", set())


def test_renewing_and_putting_off_have_theirs(world, offers, says, take):
    answering.defer_consent(customer=world.ada.customer.id, purpose="offers", version=offers.pk, by=world.ada.actor)
    assert statuses(take(as_jsonld=True)) == ["ConsentRequestDeferred"]

    since = says.yes().since
    answering.renew_consent(
        customer=world.ada.customer.id, purpose="offers", version=offers.pk, since=since, by=world.ada.actor
    )
    assert statuses(take(as_jsonld=True))[-2:] == ["ConsentGiven", "RenewedConsentGiven"]


def test_consent_ended_by_the_company_has_a_receipt_too(world, offers, says, take, ada):
    says.yes()
    retire(offers.purpose)
    choices_ending.revoke_due_choices()

    receipt = take(as_jsonld=True)

    assert statuses(receipt) == ["ConsentGiven", "ConsentRevoked"]
    assert faults_of(receipt) == ""
    assert "We ended your consent" in ada.get(reverse("receipts:list")).content.decode()


ANSWERS = {
    "all": ("ConsentGiven", ["contact", "orders"]),
    "part": ("ConsentGiven", ["orders"]),
    "none": ("ConsentRefused", ["contact", "orders"]),
}


@pytest.mark.parametrize("decision", ANSWERS)
def test_an_answer_to_a_request_has_its_receipt(world, ada, take, decision):
    status, data = ANSWERS[decision]
    request = ask(world, "contact", "orders")
    answer(world, request, decision, *(["orders"] if decision == "part" else []))

    receipt = verified_outside(ada, take())["receipt"]
    record = receipt["dpv:hasRecordOfActivity"][0]

    assert statuses(receipt) == ["ConsentRequested", status]
    assert [one["dct:identifier"] for one in record["dpv:hasProcess"][0]["dpv:hasPersonalData"]] == data
    assert record["dct:identifier"] == str(request.pk)
    assert (faults_of(receipt), unknown_terms(receipt)) == ("", set())


def test_the_receipt_of_an_answer_names_who_asked_on_the_page_and_on_paper(world, ada, newest):
    request = ask(world, "orders")
    answer(world, request)

    page, document = (
        ada.get(reverse(f"receipts:{kind}", args=[newest().sequence])) for kind in ("receipt", "document")
    )

    assert (asker := describe_requester(request)) in page.content.decode() and "Sam" in asker
    assert asker in words_of(document.content)


def test_stopping_access_has_its_receipt(world, take):
    request = answer(world, ask(world, "orders"))
    ending.stop_access(access_request=request.pk, customer=world.ada.customer.id, by=world.ada.actor)

    assert statuses(take(as_jsonld=True)) == ["ConsentRequested", "ConsentGiven", "ConsentWithdrawn"]
    assert not ISSUERS["access_request"].is_in_force(str(request.pk), request.filed_at)


ASKED = {
    "refused": (["no"], "What you were asked, and did not agree to"),
    "withdrawn": (["yes", "no"], "What you had agreed to, until it ended"),
}


@pytest.mark.parametrize("case", ASKED)
def test_a_receipt_that_is_no_yes_says_so_above_the_data(says, ada, newest, case):
    acts, heading = ASKED[case]
    for act in acts:
        getattr(says, act)()

    page = ada.get(reverse("receipts:receipt", args=[newest().sequence])).content.decode()

    assert 0 < page.index(heading) < page.index("Who gets it") < page.index("How long it is kept")


def test_a_receipt_of_a_yes_has_no_such_heading(says, ada, newest):
    says.yes()
    page = ada.get(reverse("receipts:receipt", args=[newest().sequence])).content.decode()
    assert (
        "Who gets it" in page
        and "Who asked" not in page
        and not any(heading in page for _acts, heading in ASKED.values())
    )
    assert page.index("If you do not allow it:") < page.index("Nothing changes for you.")


def test_every_outcome_that_an_act_can_have_has_its_words(world, offers, says):
    """Each issuer's words, groups and statuses are whole: none is missing for an outcome it gives a receipt for."""
    for issuer in ISSUERS.values():
        for outcome in issuer.outcomes:
            assert all(issuer.describe(Entry(outcome=outcome), other) for other in ("", "Mia"))


def test_the_proof_of_version_1_still_shows_its_words_after_version_2(world, offers, says, ada, take, newest):
    says.yes()
    given = newest()
    before = take(given)
    draft = versions.draft_next_version(purpose=offers.purpose, officer=world.quinn.user, by=PORTAL)
    draft.notices.update(text="Quite other words.")
    newer = publishing.publish_version(version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk)))
    assert newer.notice.text == "Quite other words."

    page = ada.get(reverse("receipts:receipt", args=[given.sequence])).content.decode()

    assert take(given) == before
    assert "We only look at what you allow." in page
    assert "Quite other words." not in page
    notice = take(given, as_jsonld=True)["dpv:hasRecordOfActivity"][0]["dpv:hasNotice"][0]
    assert json.loads(notice["rdf:value"])["text"] == "We only look at what you allow."


def test_a_record_over_two_versions_holds_the_words_of_both(world, offers, says, take):
    says.yes()
    says.yes(make_next_version(offers.purpose, world.pia.user))

    receipt = take(as_jsonld=True)

    assert [one["schema:version"] for one in receipt["dpv:hasRecordOfActivity"][0]["dpv:hasNotice"]] == ["1", "2"]
    assert faults_of(receipt) == ""


def test_the_same_receipt_is_the_same_text_whatever_happens_later(says, take, newest):
    says.yes()
    entry = newest()
    first = take(entry)
    says.no()

    assert take(entry) == first


def test_the_words_are_those_of_the_language_shown(world, offers, ada, newest, take):
    offers_page = reverse("choices:give", args=["offers"])
    ada.post(offers_page, {"answer": "given", "version": offers.pk, "language": "de"})

    assert take(as_jsonld=True)["dpv:hasRecordOfActivity"][0]["dpv:hasNotice"][0]["dct:language"] == "de"


def test_it_says_by_what_means_and_which_pages_and_names_the_evidence(offers, ada, take, newest):
    ada.post(reverse("choices:give", args=["offers"]), {"answer": "given", "version": offers.pk, "language": "en"})

    event = take(as_jsonld=True)["dpv:hasRecordOfActivity"][0]["dpv:hasConsentStatus"][0]

    assert event["dpv:hasIndicationMethod"] == "portal button"
    assert event["schema:softwareVersion"].startswith("choices-")
    assert event["dct:source"] == f"urn:uuid:{newest().evidence}"


def test_an_answer_says_by_which_pages_too(world, ada, take):
    request = ask(world, "contact")
    page = ada.get(reverse("access:request", args=[request.pk]))
    values = page.context["form"]
    ada.post(
        reverse("access:answer", args=[request.pk]),
        {
            "decision": "none",
            "digest": values["digest"].initial,
            "token": values["token"].initial,
        },
    )

    event = take(as_jsonld=True)["dpv:hasRecordOfActivity"][0]["dpv:hasConsentStatus"][-1]

    assert len(event["schema:softwareVersion"]) == 12
    assert event["dpv:isIndicatedBy"] == f"urn:uuid:{world.ada.customer.id}"


def test_nothing_personal_is_in_it(world, offers, says, take):
    says.yes()
    text = json.dumps(take(as_jsonld=True))
    for value in ("ada@example.com", "C-1001", "Ada Marker", "555-0100", str(world.ada.user.pk)):
        assert value not in text


def test_a_guardian_speaks_for_the_customer_and_stays_unnamed(world, offers, take):
    child = world.ada.customer
    put_on_list(child, born_on=date(2018, 5, 1), country="DE")
    child.refresh_from_db()
    parent = make_user("mum@example.com")
    code = make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    claiming.claim_record_by_code(user=parent, code=code, by=Actor("customer", str(parent.pk)))
    by, how = Actor("representative", str(parent.pk)), ActContext(capacity="guardian")
    answering.give_consent(customer=child.pk, purpose="offers", version=offers.pk, by=by, how=how)

    receipt = take(as_jsonld=True)
    record = receipt["dpv:hasRecordOfActivity"][0]

    assert record["dpv:hasConsentStatus"][0]["dpv:isIndicatedBy"].endswith("#guardian")
    assert "dpv:GuardianOfDataSubject" in [party["@type"] for party in record["dpv:hasEntity"]]
    assert str(parent.pk) not in json.dumps(receipt)
    assert faults_of(receipt) == ""


def test_words_that_were_changed_behind_the_portal_are_not_signed(real_world):
    """An owner who rewrites the catalogue cannot make the portal sign that this was shown."""
    contact = real_world.categories["contact"]
    offers = make_purpose("offers", "Send you offers", [contact], real_world.pia.user, Usage.STANDING)
    ada = real_world.ada
    answering.give_consent(customer=ada.customer.id, purpose="offers", version=offers.pk, by=ada.actor)
    with acting_as_owner() as owner, silence_triggers(owner, "catalogue_notice") as cursor:
        cursor.execute("UPDATE catalogue_notice SET text = 'Anything goes.'")
    entry = issuing.select_receipts(ada.customer.id).get()

    with pytest.raises(WordsAreLost):
        build_receipt(entry)
    for kind in ("receipt", "jws", "jsonld"):
        assert signed_in(ada.user).get(reverse(f"receipts:{kind}", args=[entry.sequence])).status_code == 409


@pytest.mark.parametrize("kind", ["receipt", "jws", "jsonld"])
def test_nobody_elses_receipt_is_there(world, says, ada, newest, kind):
    says.yes()
    entry = newest()
    theirs = signed_in(world.ben.user)

    for sequence in (entry.sequence, 10**9, 10**40):
        assert theirs.get(reverse(f"receipts:{kind}", args=[sequence])).status_code == 404
    assert ada.get(reverse(f"receipts:{kind}", args=[10**40])).status_code == 404


def test_an_entry_that_is_no_act_of_theirs_has_no_receipt(world, ada):
    ask(world, "contact")
    filed = Entry.objects.get(event="access_request.filed")

    assert ada.get(reverse("receipts:receipt", args=[filed.sequence])).status_code == 404
    assert not issuing.select_receipts(world.ada.customer.id).exists()


def test_the_page_that_saved_an_act_leads_to_its_receipt(world, offers, ada, newest):
    ada.post(reverse("choices:give", args=["offers"]), {"answer": "given", "version": offers.pk, "language": "en"})
    saved = ada.get(reverse("choices:saved", args=["offers"])).content.decode()
    link = reverse("receipts:of", args=[newest().object])

    assert link in saved
    assert ada.get(link).url == reverse("receipts:receipt", args=[newest().sequence])
    assert signed_in(world.ben.user).get(link).status_code == 404


def test_the_receipt_names_the_entry_that_the_proof_proves(real_world, tmp_path):
    contact = real_world.categories["contact"]
    offers = make_purpose("offers", "Send you offers", [contact], real_world.pia.user, Usage.STANDING)
    ada = real_world.ada
    answering.give_consent(customer=ada.customer.id, purpose="offers", version=offers.pk, by=ada.actor)
    entry = issuing.select_receipts(ada.customer.id).get()
    proof, jws = (reverse(f"receipts:{kind}", args=[entry.sequence]) for kind in ("proof", "jws"))
    client = signed_in(ada.user)
    page = reverse("receipts:receipt", args=[entry.sequence])
    assert client.get(proof).status_code == 409 and proof not in client.get(page).content.decode()

    sealing.seal_entries(keys=portal.PORTAL_KEYS, storage=FileSystemStorage(location=tmp_path))

    assert proof in client.get(page).content.decode()
    proven = client.get(proof).json()["entry"]
    log = verified_outside(client, client.get(jws).content.decode())["log"]
    assert log == {"origin": appending.get_log_name(), "entry": sha256(proven.encode()).hexdigest()}
    assert signed_in(real_world.ben.user).get(proof).status_code == 404


def test_the_list_is_in_the_order_of_what_it_shows(world, says, ada):
    """An end by time is recorded after it."""
    request, choice = answer(world, ask(world, "contact")), says.yes()
    ended_at = (choice.since - timedelta(hours=2)).isoformat()
    about = {"object_type": "access_request", "object": request.pk, "purpose": request.purpose.code}
    appending.append_entry(
        event="grant.ended",
        by=PORTAL,
        customer=world.ada.customer.id,
        outcome="time",
        details={"ended_at": ended_at, "cause": "time", "grants": []},
        **about,
    )

    shown = [line["at"] for line in ada.get(reverse("receipts:list")).context["lines"]]

    assert len(shown) == 3 and shown == sorted(shown, reverse=True)


def test_the_list_filters_and_counts(world, offers, says, ada):
    says.yes()
    says.no()
    answer(world, ask(world, "contact"), "none")
    address = reverse("receipts:list")

    def words(**query):
        return [line["word"] for line in ada.get(address, query).context["lines"]]

    assert words() == ["You did not allow a request", "You withdrew consent", "You agreed"]
    assert words(what="agreed") == ["You agreed"]
    assert words(what="said_no") == ["You did not allow a request"]
    assert words(what="ended", purpose="offers") == ["You withdrew consent"]
    assert words(what="nonsense", purpose="nothing") == words()


def test_the_pages_ask_as_many_queries_whatever_the_past(world, offers, says, ada, newest):
    from tests.bench.counting import MOST, queries_of

    says.yes()
    ada.get("/")
    receipt = reverse("receipts:receipt", args=[newest().sequence])
    short = [queries_of(ada, path) for path in (reverse("receipts:list"), receipt)]
    for _ in range(6):
        says.no()
        says.yes()
    receipt = reverse("receipts:receipt", args=[newest().sequence])

    assert [queries_of(ada, path) for path in (reverse("receipts:list"), receipt)] == short
    assert max(short) <= MOST + 4


def test_the_act_is_over_before_its_receipt_is_asked_for(says, take, newest, keys):
    """Giving consent signs nothing: a missing key never stands in the way of an act."""
    says.yes()
    found = claims.verify_receipt(take(), keys())
    assert issuing.find_verified_entry(found) == newest()
    assert found.at + timedelta(seconds=1) > newest().occurred_at
