"""A child below its country's age cannot consent alone; a guardian can (GDPR Art 8)."""

from datetime import date

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from consents.access.rules import AnswerDecision
from consents.access.services import answering as answering_access
from consents.access.services.answering import Reply
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, Purpose, PurposeVersion, Usage
from consents.catalogue.services import versions
from consents.choices.models import Choice
from consents.choices.rules import ActContext
from consents.choices.services import answering
from consents.choices.services.recording import (
    CHOICE,
    LockedChoice,
    NeedsGuardian,
    NoSuchPurpose,
    OldEnough,
    PublishedText,
    lock_choice,
)
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people import selectors
from consents.people.models import Acting, Customer
from consents.people.services import claiming
from consents.people.services.claiming import InvalidClaimCode, NotAChild
from tests.world.cast import ask, make_purpose, make_user, put_on_list, quinn, signed_in
from tests.world.choices import make_offers, make_sale, make_special, publish_next
from tests.world.claim_codes import make_claim_code
from tests.world.retirements import retire


@pytest.fixture
def child(world):
    """Ada is eight, in Germany, and signs in herself."""
    put_on_list(world.ada.customer, born_on=date(2018, 5, 1), country="DE")
    return Customer.objects.get(pk=world.ada.customer.id)


@pytest.fixture
def parent(world, child):
    user = make_user("mum@example.com")
    code = make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))
    return user


def test_the_child_reads_kindly_that_a_guardian_is_needed(world, offers, child, ada):
    page = ada.get("/choices/offers/give/").content.decode()
    assert "You need a parent or guardian for this" in page
    assert "I agree" not in page.replace("I do not agree", "")

    answer = ada.post("/choices/offers/give/", {"answer": "given", "version": offers.pk})
    assert answer.status_code == 403 and "parent or guardian" in answer.content.decode()
    assert not Choice.objects.exists()


def test_the_child_says_no_alone(world, offers, child, ada):
    ada.post("/choices/offers/give/", {"answer": "refused"})
    assert Choice.objects.get().status == "ConsentRefused"


def test_the_guardian_agrees_for_the_child_and_it_says_so(world, offers, child, parent):
    mum = signed_in(parent)
    assert "You are acting for C-1001." in mum.get("/choices/").content.decode()

    mum.post("/choices/offers/give/", {"answer": "given", "version": offers.pk})
    own = signed_in(world.ada.user).get("/choices/offers/give/").content.decode()
    assert "Consent to this is in force" in own and "You need a parent or guardian" not in own

    entry = Entry.objects.get(event="consent.given")
    assert (entry.customer, entry.actor, entry.actor_kind) == (child.pk, str(parent.pk), "representative")
    assert entry.facts["capacity"] == "guardian"


def test_the_service_asks_for_the_guardian_and_later_for_the_grown_up(world, offers, child):
    terms = {"customer": child.pk, "purpose": "offers", "version": offers.pk, "by": world.ada.actor}
    with pytest.raises(NeedsGuardian):
        answering.give_consent(**terms)
    put_on_list(child, born_on=date(2000, 5, 1))
    with pytest.raises(OldEnough):
        answering.give_consent(**terms, how=ActContext(capacity="guardian"))


def test_a_guardian_with_a_record_of_their_own_chooses_for_whom(world, offers, child):
    code = make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    ben = signed_in(world.ben.user)
    actings_before = selectors.list_actings(world.ben.user)
    claimed = ben.post("/claim/", {"code": code}).url
    actings = selectors.list_actings(world.ben.user)
    assert claimed == f"/for/{actings[1].pk}/name/" and len(actings_before) == 1
    assert [acting.capacity for acting in actings] == ["self", "guardian"]
    assert "For yourself" in ben.get("/for/").content.decode()

    ben.post("/for/", {"acting": actings[1].pk})
    ben.post("/choices/offers/give/", {"answer": "given", "version": offers.pk})
    ben.post("/for/", {"acting": actings[0].pk})
    ben.post("/choices/offers/give/", {"answer": "refused"})

    assert Choice.objects.get(customer=child).status == "ConsentGiven"
    assert Choice.objects.get(customer=world.ben.customer).status == "ConsentRefused"


def test_every_page_leads_a_guardian_to_the_child_and_nobody_else_anywhere(world, child, ada):
    code = make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    ben = signed_in(world.ben.user)
    assert 'href="/for/"' not in ben.get("/choices/").content.decode()
    ben.post("/claim/", {"code": code})

    page = ben.get("/choices/").content.decode()
    assert "You are acting for yourself." in page and 'href="/for/"' in page
    assert 'href="/for/"' not in ada.get("/choices/").content.decode()


def test_nobody_chooses_somebody_they_do_not_act_for(world, offers, ada):
    other = world.ben.acting.pk
    for chosen in (other, "x", ""):
        assert ada.post("/for/", {"acting": chosen}).status_code == 422
    ada.get("/choices/")
    assert "acting" not in ada.session


def test_a_guardians_part_ends_when_the_child_comes_of_age(world, child, parent):
    put_on_list(child, born_on=date(2000, 5, 1))
    assert selectors.get_acting(parent) is None


def test_only_a_child_can_have_a_guardian(world, child):
    with pytest.raises(NotAChild):
        make_claim_code(
            customer=world.ben.customer, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Acting.objects.create(user=world.ada.user, customer=world.ben.customer, capacity="guardian")


def test_a_guardians_code_works_once_and_for_nobody_twice(world, child, parent):
    again = make_claim_code(customer=child, officer=world.pia.user, by=PORTAL, capacity=Acting.Capacity.GUARDIAN)
    with pytest.raises(InvalidClaimCode):
        claiming.claim_record_by_code(user=parent, code=again, by=Actor("customer", str(parent.pk)))


def test_an_officer_proposes_a_guardians_code(world, child):
    pia = signed_in(world.pia.user)
    page = pia.post("/admin/people/claimcode/add/", {"capacity": "guardian", "who": "C-1001"})
    assert page.status_code == 302 and "/admin/people/claimcode/" in page.url
    refused = pia.post("/admin/people/claimcode/add/", {"capacity": "guardian", "who": "C-1002"})
    assert refused.status_code == 422 and "Only a child" in refused.content.decode()


def test_each_guardian_reads_what_the_other_did(world, offers, child, parent):
    """And never "You" for what somebody else did."""
    dad = make_user("dad@example.com")
    code = make_claim_code(customer=child, officer=world.pia.user, capacity=Acting.Capacity.GUARDIAN)
    claiming.claim_record_by_code(user=dad, code=code, by=Actor("customer", str(dad.pk)))
    signed_in(dad).post("/choices/offers/give/", {"answer": "given", "version": offers.pk})

    mum = signed_in(parent).get("/choices/offers/history/").content.decode()
    assert "Guardian da•••@example.com agreed to version" in mum and "You agreed" not in mum
    assert "You agreed to version" in signed_in(dad).get("/choices/offers/history/").content.decode()


def test_each_guardian_reads_who_answered_a_request(world, child, parent):
    row = ask(world)
    dad = make_user("dad@example.com")
    code = make_claim_code(customer=child, officer=world.pia.user, capacity=Acting.Capacity.GUARDIAN)
    claiming.claim_record_by_code(user=dad, code=code, by=Actor("customer", str(dad.pk)))
    answering_access.answer_access_request(
        access_request=row.pk,
        reply=Reply(AnswerDecision.NONE, row.digest, row.token),
        acting=dad.actings.get(),
        by=Actor("representative", str(dad.pk)),
    )

    page, home = (signed_in(parent).get(path).content.decode() for path in (f"/requests/{row.pk}/", "/"))

    assert "Guardian da•••@example.com did not allow it." in page
    assert "You did not allow" not in page and "You said no" not in page + home


# What an act asks in one statement is what the selectors say, query by query.

LANGUAGES = [*dict(settings.LANGUAGES), "", "xx"]


def draft(world):
    version = make_offers(world)
    versions.draft_next_version(purpose=version.purpose, officer=quinn(), by=PORTAL)
    return version


def drafted_alone(world):
    purpose = versions.save_purpose(purpose=Purpose(code="new", usage=Usage.BOTH), by=PORTAL)
    version = PurposeVersion(purpose=purpose)
    versions.save_version(draft=versions.VersionDraft(version, [], [], []), officer=quinn(), by=PORTAL)
    assert not catalogue.select_standing().filter(pk=version.pk)
    return version


def per_request(world):
    return make_purpose("calls", "Call you", [world.categories["contact"]], world.pia.user, Usage.PER_REQUEST)


def on_contract(world):
    return make_offers(world, legal_basis=LegalBasis.CONTRACT, consent_months=None)


def given(world):
    version = make_offers(world, consent_months=6)
    give(world, version)
    return version


def give(world, version):
    mine = {"customer": world.ada.customer.id, "purpose": version.purpose.code, "by": world.ada.actor}
    answering.give_consent(**mine, version=version.pk, confirmed=True)


def reworded(world):
    return publish_next(given(world), world.pia.user, material=False)


def changed(world):
    return publish_next(given(world), world.pia.user)


def changed_and_reworded(world):
    publish_next(changed(world), world.pia.user, material=True)
    return publish_next(Purpose.objects.get(code="offers").versions.first(), world.pia.user, material=False)


def answered_anew(world):
    version = changed(world)
    give(world, version)
    return version


def retired(world):
    version = given(world)
    retire(version.purpose)
    return version


STATES = [
    make_offers, make_sale, make_special, draft, drafted_alone, per_request, on_contract,
    given, reworded, changed, changed_and_reworded, answered_anew, retired,
]  # fmt: skip


def find_published(version: PurposeVersion) -> PurposeVersion | None:
    """This version if it is or was in force."""
    return catalogue.select_with_words().filter(pk=version.pk, published_at__isnull=False, lost=False).first()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_facts_are_those_of_the_selectors(world, state):
    version = state(world)
    purpose = Purpose.objects.get(pk=version.purpose_id)

    with transaction.atomic():
        held = lock_choice(world.ada.customer.id, purpose.code, seen=version.pk)

    for language in ("en", "de"):
        with translation.override(language):
            standing = catalogue.select_standing().filter(purpose=purpose).first()
            assert text_of(held.in_force) == (standing and facts_of(standing))
            published = find_published(version)
            assert text_of(held.seen) == (published and facts_of(published))
    assert held.purpose == purpose and held.purpose.retired_at == purpose.retired_at
    numbered = PurposeVersion.objects.filter(pk=version.pk).annotate(material_number=catalogue.build_material_number())
    assert held.material == numbered.get().material_number
    check_choice(world, held)


def check_choice(world, held: LockedChoice) -> None:
    made = Choice.objects.filter(customer=world.ada.customer, purpose=held.purpose).first()
    assert text_of(held.said) == (made and facts_of(made.version))
    assert held.changed_at == (made and catalogue.find_next_material_change(made.version))
    assert [getattr(held.choice, name) for name in CHOICE if made] == [getattr(made, name) for name in CHOICE if made]
    assert held.choice._state.adding is (made is None)
    person = world.ada.customer
    assert (held.person.born_on, held.person.country, held.person.region) == (
        person.born_on,
        person.country,
        person.region,
    )


def text_of(text: PublishedText | None) -> tuple | None:
    return text and (
        (text.version, text.number, text.legal_basis, text.months, text.sale, text.explicit),
        [text.words(language) for language in LANGUAGES],
    )


def facts_of(version: PurposeVersion) -> tuple:
    facts = (
        version.pk, version.number, version.legal_basis, version.consent_months, version.sale, version.explicit
    )  # fmt: skip
    notices = {notice.language: notice for notice in version.notices.all()}
    words = [notices.get(language, version.notice) for language in LANGUAGES]
    return facts, [(notice.language, notice.hash) for notice in words]


def test_no_column_of_a_choice_is_forgotten():
    assert set(CHOICE) == {field.attname for field in Choice._meta.concrete_fields}


def test_a_draft_is_no_text_that_was_seen(world):
    version = draft(world)
    newest = version.purpose.versions.order_by("-number")[0]

    with transaction.atomic():
        held = lock_choice(world.ada.customer.id, "offers", seen=newest.pk)

    assert newest.published_at is None and held.seen is None


def test_a_text_of_another_purpose_is_not_seen(world):
    make_offers(world)
    sale = make_sale(world)

    with transaction.atomic():
        assert lock_choice(world.ada.customer.id, "offers", seen=sale.pk).seen is None


def test_a_choice_about_an_unknown_purpose_is_refused(world):
    with pytest.raises(NoSuchPurpose), transaction.atomic():
        lock_choice(world.ada.customer.id, "nothing")


def test_an_act_takes_as_many_statements_whatever_it_finds(world, django_assert_num_queries):
    make_sale(world)
    changed_and_reworded(world)

    with django_assert_num_queries(2), transaction.atomic(savepoint=False):
        lock_choice(world.ada.customer.id, "offers")
    assert connection.in_atomic_block
