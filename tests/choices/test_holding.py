"""What an act asks in one statement is what the selectors say, query by query."""

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import LegalBasis, Purpose, PurposeVersion, Usage
from consents.catalogue.services import versions
from consents.choices.models import Choice
from consents.choices.services import answering
from consents.choices.services.recording import CHOICE, LockedChoice, NoSuchPurpose, PublishedText, lock_choice
from consents.ledger.rules import PORTAL
from tests.world.cast import make_purpose, quinn
from tests.world.choices import make_offers, make_sale, make_special, publish_next
from tests.world.retirements import retire

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
