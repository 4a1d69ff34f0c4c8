"""Records go two years after their end, not a day earlier, and not what the law holds. The ledger stays."""

from datetime import timedelta

import pytest

from consents.copies.models import Download, Package
from consents.copies.services import packages
from consents.core.clock import now
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.services import holding
from consents.rights.models import RightsRequest, Search, Statement
from consents.rights.rules import Appealed, Format, Outcome, Reply
from consents.rights.services import answering, removing, requester_actions
from tests.architecture.mutation.speaking import outcome, owner_speaking, spoken
from tests.copies.collecting import taken
from tests.world.erasing import hold
from tests.world.rights_requests import answer, by_staff, confirm, file, search
from tests.world.scene_fixtures import scene

TWO_YEARS = timedelta(days=733)
REFUSED = Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.EXCESSIVE)


@scene
def ended(real_world):
    """With everything that belongs to a request."""
    request = file(real_world.ada, said={"words": "please"})
    search(real_world, request)
    answer(real_world, request)
    packages.make_package(rights_request=request.pk)
    taken(real_world, request)
    return request


def test_after_two_years_all_of_it_is_gone_and_the_entry_stays(ended, later):
    later(timedelta(days=728))
    assert removing.remove_requests_when_due() == 0

    later(TWO_YEARS)

    assert (removing.remove_requests_when_due(), removing.remove_requests_when_due()) == (1, 0)
    for table in (RightsRequest, Search, Statement, Package, Download):
        assert not table.objects.exists(), table
    entry = Entry.objects.get(event="rights_request.removed")
    assert (entry.object, entry.facts["number"]) == (str(ended.pk), ended.number)


def test_a_legal_hold_keeps_it(real_world, ended, later):
    placed = hold(real_world)
    later(TWO_YEARS)
    assert removing.remove_requests_when_due() == 0
    assert removing.remove_request(rights_request=ended.pk, by=PORTAL) is False

    holding.lift_hold(hold=placed.pk, officer=real_world.otto, by=by_staff(real_world.otto))

    assert removing.remove_requests_when_due() == 1


def test_what_is_not_answered_stays(real_world, later):
    file(real_world.ada)
    later(timedelta(days=3000))

    assert removing.remove_requests_when_due() == 0


def test_the_last_word_counts_and_what_goes_on_from_it_goes_first(real_world, later):
    request = file(real_world.ada, Type.AUTOMATED)
    answer(real_world, request, REFUSED)
    later(timedelta(days=300))
    requester_actions.appeal_answer(
        rights_request=request.pk, customer=real_world.ada.customer.id, why="", by=real_world.ada.actor
    )
    following = answering.decide_appeal(
        rights_request=request.pk,
        outcome=Appealed.REVERSED,
        text="",
        officer=real_world.otto,
        by=by_staff(real_world.otto),
    )
    confirm(real_world, following)
    answer(real_world, following)

    later(TWO_YEARS)
    assert removing.remove_requests_when_due() == 0
    later(TWO_YEARS + timedelta(days=301))
    assert removing.remove_request(rights_request=request.pk, by=PORTAL) is False
    assert [removing.remove_requests_when_due() for _ in range(3)] == [1, 1, 0]


TELL = """SELECT portal.append_entry('rights_request.removed', %s, 'portal', '', 'rights_request', %s, '', 'job',
    NULL, '',
    '{}')"""


def test_in_sql_nothing_goes_before_its_time_or_off_the_record(real_world, ended, later):
    told, remove = (TELL, [ended.customer_id, str(ended.pk)]), ("SELECT portal.rights_remove(%s)", [ended.pk])

    assert spoken(told, remove).startswith("23001 rights_")
    later(TWO_YEARS)
    assert spoken(remove).startswith("23001 rights_")
    placed = hold(real_world, review_on=now().date() + timedelta(days=30))
    assert spoken(told, remove).startswith("23001 rights_")
    holding.lift_hold(hold=placed.pk, officer=real_world.otto, by=by_staff(real_world.otto))
    assert spoken(told, remove).startswith("allowed")
    assert spoken(told, "DELETE FROM rights_rightsrequest").startswith("42501")


@pytest.mark.parametrize("table", ["rights_rightsrequest", "rights_search", "copies_package", "copies_download"])
def test_not_even_the_owner_removes_it_by_hand(real_world, ended, table):
    with owner_speaking() as owner:
        assert outcome(owner, f"DELETE FROM {table}").startswith("23001")
