"""Every end of access has its own cause, in words for the customer and for staff, and in the ledger."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.urls import reverse

from consents.access.customers.presenting import describe_ender
from consents.access.display import build_displayed_request
from consents.access.models import AccessRequest, Grant
from consents.access.rules import BeyondRequest
from consents.access.rules.causes import WORDS, EndCause
from consents.access.services import ending
from consents.access.staff.admin import build_staff_timeline
from consents.catalogue.models import Field, Notice, Usage
from consents.catalogue.services import publishing, versions
from consents.choices.models import Choice
from consents.choices.rules import MarkKind
from consents.choices.services import answering as choices_answering
from consents.choices.services import marking, withdrawing
from consents.choices.services import withdrawing as choices_ending
from consents.core.canonical import compute_digest
from consents.core.owner import silence_triggers
from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.services import staff_members
from tests.world.cast import answer, ask, make_purpose, signed_in
from tests.world.owners import acting_as_owner
from tests.world.retirements import retire

# Who carries out what an officer logged: see rights.fulfilment.marks.
OFFICER = Actor("portal", channel="rights")


def consent(world):
    choices_answering.give_consent(
        customer=world.ada.customer.pk, purpose="support", version=world.version.pk, by=world.ada.actor
    )


def withdraw(world):
    withdrawing.withdraw_consent(customer=world.ada.customer.pk, purpose="support", by=world.ada.actor)


def withdraw_given(world):
    consent(world)
    withdraw(world)


def invalidate(world):
    consent(world)
    choices_ending.invalidate_choice(choice=Choice.objects.get().pk, by=Actor("staff", str(world.pia.pk)))


def place(kind, by=None):
    return lambda world: marking.place_mark(customer=world.ada.customer.pk, kind=kind, by=by or world.ada.actor)


# What ended access or a request: the act, and what each reader is told.
CAUSES = {
    "withdrawn": (withdraw_given, "You withdrew consent for this purpose", "customer withdrew consent"),
    "refused": (withdraw, "You said no to this purpose", "customer said no to this purpose"),
    "limited": (place(MarkKind.LIMIT), "You limited the use of sensitive data", "customer limited the use"),
    "restricted": (place(MarkKind.RESTRICTION), "You paused the use of your data", "customer paused the use"),
    "paused": (place(MarkKind.RESTRICTION, OFFICER), "We paused the use of your data", "The company paused the use"),
    "invalidated": (invalidate, "found your consent invalid", "found the consent invalid"),
    "retired": (
        lambda world: retire(world.purpose),
        "We no longer use data for this purpose",
        "The company retired this purpose",
    ),
    "staff_ended": (
        lambda world: staff_members.move_staff_member(
            member=world.sam, role=world.sam.role, team="Shipping", by=PORTAL
        ),
        "has left our staff, or does other work",
        "The requester left the staff",
    ),
}
NOT_THEIRS = ("You stopped", "You withdrew", "You said no", "Stopped by you", "you withdrew")
BY_COMPANY = ("paused", "invalidated", "retired", "staff_ended")


def read_customer_page(world, request) -> str:
    page = signed_in(world.ada.user).get(reverse("access:request", args=[request.pk])).content.decode()
    return page.split("<main")[1]


def read_staff_page(world, request) -> str:
    client = signed_in(world.otto.user)
    return client.get(reverse("admin:access_accessrequest_change", args=[request.pk])).content.decode()


@pytest.fixture(params=CAUSES)
def cause(request):
    return request.param


@pytest.fixture(params=["waiting", "running"])
def ended(request, cause, world):
    """A request that waited or whose access ran, when it ended for that cause."""
    row = ask(world)
    if request.param == "running":
        answer(world, row)
    CAUSES[cause][0](world)
    return row


def test_customer_and_staff_read_the_true_cause_and_the_requester_by_email(world, cause, ended):
    _act, customer, staff = CAUSES[cause]

    page, record = read_customer_page(world, ended), read_staff_page(world, ended)

    assert customer in page and staff in record
    assert "Allowed now" not in record and "Open data" not in record
    if cause in BY_COMPANY:
        assert not [words for words in NOT_THEIRS if words in page or words.replace("You", "The customer") in record]
    assert Entry.objects.filter(object=str(ended.pk), details__contains=f'"cause":"{cause}"').exists()

    kinds = ["access_ended", "access_request_answered", "staff_place_changed"]
    message = Message.objects.filter(user=world.sam.user, kind__in=kinds).order_by("queued_at").last()
    deliver_message(message=message.id)
    # Who works elsewhere now is not told of “the requester”, request by request, but once.
    assert ("What you asked for before has ended" if cause == "staff_ended" else staff) in mail.outbox[-1].body
    assert not any("The requester left" in str(one.context) for one in Message.objects.all())


@pytest.mark.parametrize(
    ("act", "of_the_choice", "of_the_access"),
    [
        (withdraw_given, "You withdrew consent", "Access ended: you withdrew consent"),
        (withdraw, "You said no", "Access ended: you said no to the purpose"),
    ],
)
def test_the_receipts_of_a_withdrawal_and_of_the_access_that_ended_with_it_read_apart(
    world, act, of_the_choice, of_the_access
):
    answer(world, ask(world))

    act(world)

    page = signed_in(world.ada.user).get(reverse("receipts:list")).content.decode()
    titles = re.findall(r'<th scope="row">(.*?)</th>', page)
    assert titles.count(of_the_choice) == titles.count(of_the_access) == 1


def test_whose_act_it_was_is_left_to_the_history_where_nobody_can_be_named(db):
    assert describe_ender(EndCause.STOPPED, True, None) == str(WORDS[EndCause.STOPPED].customer)
    assert describe_ender(EndCause.STOPPED, False, None) == "The history below says who decided this, and when."


def test_what_time_has_ended_is_dated_by_its_end_however_late_it_is_put_on_record(world, later):
    running, waiting = answer(world, ask(world, "orders")), ask(world, "contact")
    ends = {running.pk: running.grants.get().ends_at, waiting.pk: waiting.answer_by}
    later(timedelta(days=40))
    assert ending.end_due_grants() == ending.expire_due_requests() == 1

    for row in (running, waiting):
        row.refresh_from_db()
        over = Entry.objects.filter(object=str(row.pk)).latest("pk")
        assert build_staff_timeline(row, [over])[0]["at"] == ends[row.pk] < over.occurred_at


def test_a_job_or_a_restore_that_comes_too_early_or_finds_nothing_ends_nothing(world):
    running = answer(world, ask(world, "orders"))
    told = Entry.objects.count()

    assert not ending.end_grants_by_time(access_request=running.pk, by=PORTAL)
    ending.restore_end(access_request=uuid4(), cause=EndCause.STOPPED, by=PORTAL)

    assert running.grants.get().ended_at is None and Entry.objects.count() == told


def test_staff_who_read_of_another_s_access_are_not_told_that_it_was_theirs():
    """A record of access is read by its requester, by officers and by auditors alike."""
    assert not [cause for cause, words in WORDS.items() if re.search(r"\byou\b", str(words.staff))]


# Officers read a draft as customers will: on the customer's own page, in each language, and nothing is saved.


@pytest.fixture
def draft(world):
    version = versions.draft_next_version(purpose=world.purpose, officer=world.quinn.user, by=PORTAL)
    for language, name in {"en": "Help you", "de": "Ihnen helfen", "es": "Ayudarle"}.items():
        Notice.objects.filter(version=version, language=language).update(name=name)
    return version


def seen(client, version, language: str, how: str = "preview") -> str:
    return client.get(reverse(f"admin:access_{how}", args=[version.pk, language])).content.decode()


@pytest.mark.parametrize(("language", "name"), [("en", "Help you"), ("de", "Ihnen helfen"), ("es", "Ayudarle")])
def test_a_preview_is_the_customers_page_in_that_language(world, draft, language, name):
    page = seen(signed_in(world.pia.user), draft, language)

    assert f'<html lang="{language}"' in page
    assert f"<h1>{name}</h1>" in page and "We only look at what you allow." in page
    assert 'value="given"' in page and 'value="refused"' in page


def test_a_preview_is_word_for_word_what_customers_read_later(world, draft):
    """The main part of the page, before and after publication, without tokens and the line above it."""
    officer, customer = signed_in(world.pia.user), signed_in(world.ada.user)
    before = main_of(seen(officer, draft, "en"))

    publishing.publish_version(version=draft, officer=world.pia.user, by=Actor("staff", str(world.pia.pk)))

    after = customer.get(reverse("choices:give", args=["support"]), headers={"accept-language": "en"})
    assert main_of(after.content.decode()) == before


def main_of(page: str) -> list[str]:
    lines = page[page.index('<p class="crumb">') : page.index("</main>")].splitlines()
    return [line.strip() for line in lines if line.strip() and 'type="hidden"' not in line]


def test_a_purpose_of_requests_is_read_on_a_request(world):
    asked = make_purpose("ask", "Ask you", [world.categories["contact"]], world.pia.user, Usage.PER_REQUEST)

    page = seen(signed_in(world.pia.user), asked, "en")

    assert "Pia from Privacy wants to see your data" in page and "Do not allow" in page
    assert not AccessRequest.objects.exists()


def test_both_ways_of_reading_are_offered(world, draft):
    client = signed_in(world.pia.user)

    assert reverse("admin:access_preview_request", args=[draft.pk, "en"]) in seen(client, draft, "en")
    assert "wants to see your data" in seen(client, draft, "en", "preview_request")


def test_a_purpose_on_another_basis_is_read_in_the_list(world):
    billed = make_purpose(
        "bill", "Send your bill", [world.categories["contact"]], world.pia.user, Usage.STANDING, legal_basis="A6-1-b"
    )

    page = seen(signed_in(world.pia.user), billed, "en")

    assert "What we do without your consent, and why" in page and "Send your bill" in page
    assert "Write to us, and we look at it again." in page


def test_buttons_of_a_preview_save_nothing(world, draft):
    entries = Entry.objects.count()

    response = signed_in(world.pia.user).post(
        reverse("admin:access_preview", args=[draft.pk, "en"]), {"answer": "given", "version": draft.pk}
    )

    assert "This is a preview: nothing was saved." in response.content.decode()
    assert not Choice.objects.exists() and Entry.objects.count() == entries


def test_a_language_without_words_says_so(world, draft):
    Notice.objects.filter(version=draft, language="de").delete()

    page = seen(signed_in(world.pia.user), draft, "de")

    assert "no text in this language yet" in page and "Help you" in page


@pytest.mark.parametrize("who", ["sam", "ada"])
def test_others_do_not_read_drafts(world, draft, who):
    response = signed_in(getattr(world, who).user).get(reverse("admin:access_preview", args=[draft.pk, "en"]))

    assert response.status_code in (302, 404)


@pytest.mark.parametrize(("id", "language"), [(0, "en"), (10**18, "en"), (1, "fr"), (10**30, "en")])
def test_unknown_versions_and_languages_are_not_there(world, id, language):
    path = f"/admin/preview/{id}/{language}/"

    assert signed_in(world.pia.user).get(path).status_code == 404


def as_shown_now(request: AccessRequest) -> dict:
    row = AccessRequest.objects.get(pk=request.pk)
    return build_displayed_request(row, [requested.category for requested in row.requested.all()])


def test_the_digest_is_of_the_request_as_filed(world):
    request = ask(world, "orders", "contact")
    assert compute_digest(as_shown_now(request)) == request.digest
    assert as_shown_now(request)["categories"] == {"contact": ["name", "phone"], "orders": ["item", "price"]}


@pytest.mark.parametrize("change", ["add", "rename", "remove"])
def test_a_field_forced_in_after_filing_makes_another_digest(real_world, change):
    request = ask(real_world, "orders")
    with acting_as_owner() as owner, silence_triggers(owner, "catalogue_field"):
        fields = Field.objects.filter(category=real_world.categories["orders"])
        if change == "add":
            fields.create(category=real_world.categories["orders"], key="diagnosis", labels={"en": "Diagnosis"})
        elif change == "rename":
            fields.filter(key="item").update(key="diagnosis")
        else:
            fields.filter(key="item").delete()

    assert compute_digest(as_shown_now(request)) != request.digest


def test_nobody_answers_anothers_request_or_allows_more_than_was_asked(world):
    theirs, own = ask(world, "orders", customer=world.ben), ask(world, "orders")
    with pytest.raises(Unknown):
        answer(world, theirs)
    for chosen, terms in (
        (["orders", "contact"], {}),
        (["orders"], {"duration": own.duration + timedelta(seconds=1)}),
        (["orders"], {"duration": timedelta(0)}),
    ):
        with pytest.raises(BeyondRequest):
            answer(world, own, "part", *chosen, **terms)
    assert not Grant.objects.exists()
