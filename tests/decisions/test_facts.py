"""What a use is decided by: each fact is of this customer, this purpose and this category, and stands now."""

import pytest

from consents.catalogue.models import LegalBasis, PurposeVersion
from consents.catalogue.services import versions
from consents.choices.models import Choice
from consents.choices.rules import MarkKind
from consents.choices.services import marking
from consents.decisions.selectors import Use, decide_uses
from consents.law.kinds import Type
from consents.vault.rules import Parts
from consents.vault.services import erasing
from tests.world.cast import PORTAL, make_category, make_next_version, make_purpose, quinn
from tests.world.choices import may
from tests.world.retirements import by_officer, retire
from tests.world.rights_requests import file
from tests.world.systems import agree

pytestmark = pytest.mark.usefixtures("with_offers")


@pytest.fixture
def agreed(world):
    agree(world.ada, world.offers)
    return world


def mark(person, kind: MarkKind, purpose: str = ""):
    return marking.place_mark(customer=person.customer.pk, kind=kind, purpose=purpose, by=person.actor)


def test_each_use_has_its_own_answer_in_its_place(agreed):
    asked = [("contact", "offers"), ("orders", "offers"), ("contact", "none")]
    uses = [Use(who.customer.pk, *each) for who in (agreed.ben, agreed.ada, agreed.ben) for each in asked]

    others = ["not_in_purpose", "no_such_purpose"]
    assert [decision.why for decision in decide_uses(uses)] == [
        *("no_consent", *others),
        *("consented", *others),
        *("no_consent", *others),
    ]


def test_a_yes_counts_until_its_own_end(agreed):
    assert may(agreed).until == Choice.objects.get().valid_until


def test_a_draft_changes_nothing(agreed):
    draft = versions.draft_next_version(purpose=agreed.offers.purpose, officer=quinn(), by=PORTAL)
    PurposeVersion.objects.filter(pk=draft.pk).update(legal_basis=LegalBasis.CONTRACT, material=True)
    draft.categories.clear()

    assert may(agreed).why == "consented"


def test_the_newest_version_says_what_a_purpose_rests_on(agreed):
    make_next_version(agreed.offers.purpose, agreed.pia.user, legal_basis=LegalBasis.CONTRACT)

    assert may(agreed).why == "other_basis"


@pytest.mark.parametrize(("material", "why"), [(True, "outdated_text"), (False, "consented")])
def test_a_material_change_alone_ends_a_yes(agreed, material, why):
    make_next_version(agreed.offers.purpose, agreed.pia.user, material=material)

    assert may(agreed).why == why


def test_a_retired_purpose_is_none(agreed):
    retire(agreed.offers.purpose)

    assert may(agreed).why == "no_such_purpose"


def test_a_mark_is_of_its_customer_and_counts_until_it_is_lifted(agreed):
    mark(agreed.ben, MarkKind.RESTRICTION)
    assert may(agreed).why == "consented"

    placed = mark(agreed.ada, MarkKind.RESTRICTION)
    assert may(agreed).why == "restricted"

    marking.lift_mark(mark=placed.pk, by=agreed.ada.actor)
    assert may(agreed).why == "consented"


def test_an_objection_is_to_its_purpose(agreed):
    mark(agreed.ada, MarkKind.OBJECTION, "support")
    assert may(agreed).why == "consented"

    mark(agreed.ada, MarkKind.OBJECTION, "offers")
    assert may(agreed).why == "objected"


def test_a_limit_stops_the_use_of_what_is_sensitive_alone(world):
    kinds = [world.categories["contact"], make_category("care", "Care notes", "note", sensitive=True)]
    agree(world.ada, make_purpose("plan", "Plan your care", kinds, world.pia.user))
    mark(world.ada, MarkKind.LIMIT)

    assert [may(world, "plan", category).why for category in ("contact", "care")] == ["consented", "limited"]


def test_an_erasure_of_a_part_is_of_its_customer_and_counts_once_it_is_done(world):
    version = make_purpose("plan", "Plan your orders", list(world.categories.values()), world.pia.user)
    for person in (world.ada, world.ben):
        agree(person, version)
    uses = [Use(who.customer.pk, part, "plan") for who in (world.ada, world.ben) for part in ("contact", "orders")]
    about = {"rights_request": file(world.ada, Type.ERASURE).pk, "customer": world.ada.customer.pk}
    pia, otto = ({"officer": officer, "by": by_officer(officer)} for officer in (world.pia, world.otto))

    erasing.propose_part_erasure(**about, **pia, parts=Parts(["contact"], ["orders"]), law="AO 147")
    assert [decision.why for decision in decide_uses(uses)] == ["consented"] * 4

    erasing.erase_part(**about, **otto, is_everything=False)
    assert [decision.why for decision in decide_uses(uses)] == ["deleted", "kept_by_law", "consented", "consented"]


def test_another_purpose_changes_nothing(agreed):
    agree(agreed.ada, make_next_version(agreed.purpose, agreed.pia.user))

    assert may(agreed).why == "consented"
