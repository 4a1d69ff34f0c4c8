"""Records go two years after their end, not a day earlier, and not what the law holds. The ledger stays."""

from datetime import timedelta

import pytest

from consents.core.clock import now
from consents.ledger.models import Entry
from consents.people import services as people
from consents.rights import services as rights
from consents.rights.models import Download, Package, RightsRequest, Search, Words
from consents.rights.rules.answers import Appealed, Format, Outcome, Reason
from consents.rights.rules.kinds import Type
from consents.rights.services import Reply
from tests.architecture.mutation.speaking import application_speaking, outcome, owner_speaking
from tests.people.test_erasing import hold
from tests.rights.conftest import answer, by_staff, confirm, file, search
from tests.rights.test_packages import taken

TWO_YEARS = timedelta(days=733)
REFUSED = Reply(Outcome.DENIED, Format.DOWNLOAD, "No.", Reason.EXCESSIVE)


@pytest.fixture
def ended(real_world):
    """With everything that belongs to a request."""
    request = file(real_world.ada, said={"words": "please"})
    search(real_world, request)
    answer(real_world, request)
    rights.make_package(request=request.pk)
    taken(real_world, request)
    return request


def test_after_two_years_all_of_it_is_gone_and_the_entry_stays(ended, later):
    later(timedelta(days=728))
    assert rights.remove_when_due() == 0

    later(TWO_YEARS)

    assert (rights.remove_when_due(), rights.remove_when_due()) == (1, 0)
    for table in (RightsRequest, Search, Words, Package, Download):
        assert not table.objects.exists(), table
    entry = Entry.objects.get(event="rights_request.removed")
    assert (entry.object, entry.facts["number"]) == (str(ended.pk), ended.number)


def test_a_legal_hold_keeps_it(real_world, ended, later):
    placed = hold(real_world)
    later(TWO_YEARS)
    assert rights.remove_when_due() == 0

    people.lift_hold(hold=placed.pk, officer=real_world.otto, by=by_staff(real_world.otto))

    assert rights.remove_when_due() == 1


def test_what_is_not_answered_stays(real_world, later):
    file(real_world.ada)
    later(timedelta(days=3000))

    assert rights.remove_when_due() == 0


def test_the_last_word_counts_and_what_goes_on_from_it_goes_first(real_world, later):
    request = file(real_world.ada, Type.AUTOMATED)
    answer(real_world, request, REFUSED)
    later(timedelta(days=300))
    rights.appeal(request=request.pk, customer=real_world.ada.customer.id, why="", by=real_world.ada.actor)
    following = rights.decide_appeal(
        request=request.pk, outcome=Appealed.REVERSED, text="", officer=real_world.otto, by=by_staff(real_world.otto)
    )
    confirm(real_world, following)
    answer(real_world, following)

    later(TWO_YEARS)
    assert rights.remove_when_due() == 0
    later(TWO_YEARS + timedelta(days=301))
    assert [rights.remove_when_due() for _ in range(3)] == [1, 1, 0]


TELL = """SELECT ledger_append('rights_request.removed', %s, 'portal', '', 'rights_request', %s, '', 'job', NULL, '',
    '{}')"""


def spoken(*statements) -> str:
    with application_speaking() as application:
        return outcome(application, *statements)


def test_in_sql_nothing_goes_before_its_time_or_off_the_record(real_world, ended, later):
    told, remove = (TELL, [ended.customer_id, str(ended.pk)]), ("SELECT rights_remove(%s)", [ended.pk])

    assert spoken(told, remove).startswith("23001 rights_download")
    later(TWO_YEARS)
    assert spoken(remove).startswith("23001 rights_download")
    placed = hold(real_world, review_on=now().date() + timedelta(days=30))
    assert spoken(told, remove).startswith("23001 rights_download")
    people.lift_hold(hold=placed.pk, officer=real_world.otto, by=by_staff(real_world.otto))
    assert spoken(told, remove).startswith("allowed")
    assert spoken(told, "DELETE FROM rights_rightsrequest").startswith("42501")


@pytest.mark.parametrize("table", ["rights_rightsrequest", "rights_search", "rights_package", "rights_download"])
def test_not_even_the_owner_removes_it_by_hand(real_world, ended, table):
    with owner_speaking() as owner:
        assert outcome(owner, f"DELETE FROM {table}").startswith("23001")
