"""A form counts once: sent again it gives the same answer, with other content it is refused."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from consents.access.models import AccessRequest, Grant
from consents.access.rules import AlreadyEnded
from consents.catalogue.models import Category, PurposeVersion, Retirement
from consents.choices.models import Choice
from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.known_browsers import RETENTION, ConflictingSubmission, delete_old_submissions, submit_once
from consents.people.models import ErasedReference, Evidence, LegalHold, Submission, User
from consents.people.selectors import is_address_hash
from consents.people.services import claiming, customer_records, erasing, holding, locking
from consents.people.services.customer_records import open_customer_record
from tests.forms import ask_first, forms_on, sent
from tests.world.cast import answer, ask, make_user, signed_in
from tests.world.erasing import actor, hold


@pytest.fixture
def ada(world):
    return signed_in(world.ada.user)


@pytest.fixture
def pia(world):
    return signed_in(world.pia.user)


@pytest.fixture
def offers(with_offers, world):
    return world.offers


def test_an_act_is_done_once_for_one_token(world):
    token, done = uuid4(), []

    for _ in range(2):
        submit_once(user=world.ada.user.pk, token=token, content="yes", act=lambda: done.append(1))

    assert done == [1]


def test_a_repeated_form_names_what_the_first_one_made(world):
    token = uuid4()
    made = [submit_once(user=world.sam.pk, token=token, content="", act=lambda: ask(world)) for _ in range(2)]

    assert made == [str(AccessRequest.objects.get().pk)] * 2


def test_other_content_is_refused(world):
    token = uuid4()
    submit_once(user=world.ada.user.pk, token=token, content="yes", act=lambda: None)

    with pytest.raises(ConflictingSubmission):
        submit_once(user=world.ada.user.pk, token=token, content="no", act=lambda: None)


def test_a_token_is_its_users_own(world):
    token, done = uuid4(), []

    for person in (world.ada, world.ben):
        submit_once(user=person.user.pk, token=token, content="", act=lambda person=person: done.append(person))

    assert done == [world.ada, world.ben]


def test_a_refused_act_leaves_the_token_unused(world):
    token = uuid4()

    def refused() -> None:
        raise AlreadyEnded

    with pytest.raises(AlreadyEnded):
        submit_once(user=world.ada.user.pk, token=token, content="", act=refused)

    assert not Submission.objects.exists()


def test_a_retry_of_an_old_yes_after_the_withdrawal_changes_nothing(world, offers, ada):
    path = reverse("choices:give", args=["offers"])
    [give] = forms_on(ada.get(path), "token")
    first = sent(ada, give, path=path, answer="given")
    ada.post(reverse("choices:withdraw", args=["offers"]))
    entries = Entry.objects.count()

    again = sent(ada, give, path=path, answer="given")

    assert (again.status_code, again.url) == (first.status_code, first.url)
    assert Choice.objects.get().status == "ConsentWithdrawn"
    assert Entry.objects.count() == entries


def test_the_page_gives_a_new_token_each_time(world, offers, ada):
    path = reverse("choices:give", args=["offers"])
    tokens = {forms_on(ada.get(path), "token")[0].fields["token"] for _ in range(3)}

    assert len(tokens) == 3


def test_a_yes_turned_into_a_no_on_the_way_is_refused(world, ada):
    request = ask(world)
    form = next(f for f in forms_on(ada.get(f"/requests/{request.pk}/"), "token") if "digest" in f.fields)
    sent(ada, form, decision="all", confirm="1")

    again = sent(ada, form, decision="none")

    assert again.status_code == 409
    assert "with different answers" in again.content.decode()
    assert Grant.objects.filter(ended_at=None).count() == 3


def test_a_repeat_leaves_no_second_evidence(world, ada):
    request = answer(world, ask(world), "all")
    [stop] = [f for f in forms_on(ada.get(f"/requests/{request.pk}/"), "token") if f.action.endswith("stop/")]

    for _ in range(3):
        sent(ada, stop)

    assert Evidence.objects.count() == 1


def test_stopping_twice_shows_the_same_card(world, ada):
    request = answer(world, ask(world), "all")
    [stop] = [f for f in forms_on(ada.get("/"), "token") if f.action.endswith("stop/")]

    first, again = (sent(ada, stop, headers={"HX-Request": "true"}) for _ in range(2))

    assert "can no longer see this for the request" in first.content.decode()
    assert again.content == first.content
    assert request.grants.filter(end="stopped").count() == 3


def test_filing_twice_leads_to_the_same_request(world):
    sam = signed_in(world.sam.user)
    [find] = [f for f in forms_on(sam.get("/admin/access/accessrequest/add/")) if "who" in f.fields]
    [form] = forms_on(sent(sam, find, who="C-1001"), "found")
    said = {
        "purpose": str(world.version.pk),
        "categories": str(world.categories["orders"].pk),
        "reason": "complaint",
        "sentence": "You complained about a lamp.",
        "duration": "7200",
        "answer_within": "604800",
        "file": "1",
    }

    first, again = sent(sam, form, **said), sent(sam, form, **said)
    other = sent(sam, form, **said | {"sentence": "You complained about a chair."})

    assert first.status_code == 302
    assert again.url == first.url
    assert other.status_code == 422
    assert AccessRequest.objects.count() == 1


@pytest.mark.parametrize("button", ["_save", "_continue", "_addanother"])
def test_a_record_saved_twice_is_made_once(pia, button):
    path = "/admin/catalogue/category/add/"
    [form] = [f for f in forms_on(pia.get(path), "token") if "code" in f.fields]
    said = {"title_en": "Letters", "code": "letters", "fields-0-key": "text", "fields-0-label_en": "Text", button: "1"}

    answers = [sent(pia, form, path=path, **said) for _ in range(2)]

    assert [response.status_code for response in answers] == [302, 302]
    assert Category.objects.filter(code="letters").count() == 1
    assert Entry.objects.filter(event="category.drafted", outcome="letters").count() == 1


def test_a_new_version_is_drafted_once(world, pia):
    path = f"/admin/catalogue/purpose/{world.purpose.pk}/change/"
    [acts] = [f for f in forms_on(pia.get(path), "token") if "code" not in f.fields and "usage" not in f.fields]

    first, again = (sent(pia, acts, path=path, **{"CHANGE_FORM-action": "new_version"}) for _ in range(2))

    assert first.url == again.url
    assert PurposeVersion.objects.filter(purpose=world.purpose).count() == 2


def test_retiring_twice_is_answered_alike(world, pia):
    path = f"/admin/catalogue/purpose/{world.purpose.pk}/change/"
    [acts] = [f for f in forms_on(pia.get(path), "token") if "usage" not in f.fields]
    asked = ask_first(pia, sent(pia, acts, path=path, **{"CHANGE_FORM-action": "retire"}))
    [confirm] = forms_on(asked, "confirm")

    first, again = (sent(pia, confirm, path=path, **{"CHANGE_FORM-action": "retire"}) for _ in range(2))

    assert first.url == again.url
    assert Retirement.objects.get().purpose == world.purpose


def test_a_claim_code_printed_twice_is_one_code(world, pia):
    record = open_customer_record(reference="C-7", by=PORTAL)
    by = Actor("staff", str(world.pia.pk))
    row = claiming.propose_claim_code(customer=record.pk, officer=world.pia, by=by)
    claiming.approve_claim_code(claim_code=row.pk, officer=world.otto, by=Actor("staff", str(world.otto.pk)))
    path = f"/admin/people/claimcode/{row.pk}/change/"
    [form] = [one for one in forms_on(pia.get(path), "token") if "_selected_action" in one.fields]

    codes = [sent(pia, form, path=path, **{"CHANGE_FORM-action": "print_code"}).context["code"] for _ in range(2)]

    assert codes[0] == codes[1]
    assert Entry.objects.filter(event="claim_code.printed").count() == 1


def test_what_no_form_can_repeat_any_more_is_forgotten(real_world, later):
    token = uuid4()
    submit_once(user=real_world.ada.user.pk, token=token, content="", act=lambda: None)

    delete_old_submissions()
    assert Submission.objects.count() == 1

    later(RETENTION + timedelta(minutes=1))
    delete_old_submissions()
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM people_submission",
        "UPDATE people_submission SET made = 'x'",
        "TRUNCATE people_submission",
        "UPDATE people_submission SET sent_at = '2020-01-01Z'",
    ],
)
def test_the_running_system_cannot_make_a_form_count_again(world, statement):
    submit_once(user=world.ada.user.pk, token=uuid4(), content="", act=lambda: None)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_moment_is_the_databases(world):
    Submission.objects.create(user=world.ada.user, token=uuid4(), content=b"", sent_at="2020-01-01T00:00:00Z")

    with pytest.raises(DatabaseError):
        Submission.objects.all().delete()


# What a person has done already, or a backup knows already, is not done a second time.

WAYS = {"code", "password"}


def count(event: str) -> int:
    return Entry.objects.filter(event=event).count()


def test_an_access_is_locked_once_and_unlocked_once(world):
    mine = {"user": world.ada.user, "customer": world.ada.customer.id, "by": world.ada.actor}
    assert locking.unlock_account(**mine, proofs=WAYS).locked_at is None and count("account.unlocked") == 0

    first, second = locking.lock_account(**mine, ways=WAYS), locking.lock_account(**mine, ways=WAYS)
    locking.lock_account_again(**mine | {"user": world.ada.user.pk, "by": PORTAL})
    assert first.locked_at == second.locked_at and count("account.locked") == 1

    for _ in range(2):
        assert locking.unlock_account(**mine, proofs=WAYS).locked_at is None
    assert count("account.unlocked") == 1


def test_an_access_that_is_none_is_neither_locked_nor_unlocked(world):
    nobody = {"user": User(pk=uuid4()), "customer": world.ada.customer.id, "by": world.ada.actor}
    for act in (
        lambda: locking.lock_account(**nobody, ways=WAYS),
        lambda: locking.unlock_account(**nobody, proofs=WAYS),
    ):
        with pytest.raises(Unknown):
            act()

    locking.lock_account_again(**nobody | {"user": uuid4(), "by": PORTAL})
    assert count("account.locked") == count("account.unlocked") == 0


def test_a_hold_that_the_backup_knows_stays_as_it_is(world):
    placed = hold(world)
    again = {
        "hold": placed.pk,
        "customer": world.ada.customer.id,
        "reason": LegalHold.Reason.AUTHORITY,
        "review_on": placed.review_on + timedelta(days=1),
        "officer": str(world.pia.pk),
    }

    holding.place_hold_again(**again, by=Actor("portal", channel="restore", original="00" * 32))

    known = LegalHold.objects.get()
    assert (known.reason, known.review_on) == (placed.reason, placed.review_on) and count("legal_hold.placed") == 1


def test_an_erased_customer_without_a_number_keeps_nobody_out(world):
    nobody = customer_records.open_customer_record(email="noa@example.com", by=PORTAL)
    about = {"customer": nobody.pk, "reason": "requested"}
    erasing.propose_erasure(**about, officer=world.pia, by=actor(world.pia))
    erasing.erase_customer(customer=nobody.pk, officer=world.otto, by=actor(world.otto))
    erasing.close_accounts_again(accounts={uuid4()}, by=PORTAL)

    assert "reference" not in Entry.objects.get(event="customer.erased").facts
    assert not ErasedReference.objects.exists() and count("account.closed") == 0


def test_a_record_is_claimed_by_its_number_once_and_has_the_address_of_the_account(world):
    user = make_user("noa@example.com")
    by = Actor("customer", str(user.pk), channel="provider")
    bare = customer_records.open_customer_record(reference="C-7", by=PORTAL)

    for _ in range(2):
        claimed = claiming.claim_record_by_reference(user=user, reference="C-7", by=by)
        assert claimed.pk == bare.pk

    bare.refresh_from_db()
    assert is_address_hash(bare.address_hash, "noa@example.com")
    assert Entry.objects.filter(event="record.claimed", customer=bare.pk).count() == 1
