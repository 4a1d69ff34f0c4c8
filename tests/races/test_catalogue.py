"""Officers and customers at once: consent is to the text that was read, and versions come one after the other."""

import pytest

from consents.access.models import AccessRequest, Grant
from consents.access.services import asking
from consents.catalogue import selectors as in_catalogue
from consents.catalogue.exchange.exporting import collect_catalogue, import_catalogue
from consents.catalogue.models import PurposeVersion
from consents.catalogue.services import publishing, versions
from consents.choices import rules
from consents.choices import selectors as choosing
from consents.choices.models import Choice
from consents.choices.services import answering
from consents.choices.services import withdrawing as choices_withdrawing
from consents.choices.services.recording import TextHasChanged
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import StaffMember
from consents.people.services import customer_records, staff_members
from consents.people.services.customer_records import ListedCustomer
from tests.races.meetings import won
from tests.world.cast import answer, ask, quinn
from tests.world.retirements import confirm_end, propose_end


def giving(world, person, version):
    mine = {"customer": person.customer.id, "purpose": world.purpose.code}
    return lambda: answering.give_consent(**mine, version=version.pk, by=person.actor)


def test_consent_never_covers_a_text_that_nobody_read(real_world, race):
    old = real_world.version
    draft = versions.draft_next_version(purpose=real_world.purpose, officer=quinn(), by=PORTAL)

    outcomes = race(
        giving(real_world, real_world.ada, old),
        lambda: publishing.publish_version(
            version=draft, officer=real_world.pia.user, by=Actor("staff", str(real_world.pia.pk))
        ),
        giving(real_world, real_world.ben, old),
    )

    won(outcomes)
    for person, outcome in zip((real_world.ada, real_world.ben), outcomes[::2], strict=True):
        standing = choosing.find_standing(person.customer.id, real_world.purpose.code)
        assert isinstance(outcome, TextHasChanged) or outcome.version == old
        assert not standing.is_given


def test_giving_and_withdrawing_end_as_the_ledger_says(real_world, race):
    ada, version = real_world.ada, real_world.version
    withdrawing = {"customer": ada.customer.id, "purpose": real_world.purpose.code, "by": ada.actor}

    won(race(*[giving(real_world, ada, version), lambda: choices_withdrawing.withdraw_consent(**withdrawing)] * 4))

    told = list(Entry.objects.filter(object_type="choice").order_by("sequence").values_list("outcome", flat=True))
    assert Choice.objects.get(customer=ada.customer).status == told[-1]
    assert set(told) & rules.YES and set(told) & rules.NO  # the first of each kind always changes something
    choices_withdrawing.withdraw_consent(**withdrawing)
    assert Choice.objects.get(customer=ada.customer).status in rules.NO


def test_of_two_officers_one_publishes(real_world, race):
    draft = versions.draft_next_version(purpose=real_world.purpose, officer=quinn(), by=PORTAL)
    publish = {"version": draft, "officer": real_world.pia.user, "by": Actor("staff", str(real_world.pia.pk))}

    outcomes = race(*[lambda: publishing.publish_version(**publish)] * 4)

    assert len(won(outcomes)) == 1
    assert Entry.objects.filter(event="purpose_version.published", object=str(draft.pk)).count() == 1


def test_drafts_made_at_once_have_numbers_of_their_own(real_world, race):
    writer = quinn()
    won(race(*[lambda: versions.draft_next_version(purpose=real_world.purpose, officer=writer, by=PORTAL)] * 4))

    assert sorted(PurposeVersion.objects.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_nothing_is_published_for_a_purpose_that_was_retired(real_world, race):
    draft = versions.draft_next_version(purpose=real_world.purpose, officer=quinn(), by=PORTAL)
    retirement = propose_end(real_world.purpose, real_world.quinn)

    published, retired = race(
        lambda: publishing.publish_version(
            version=draft, officer=real_world.pia.user, by=Actor("staff", str(real_world.pia.pk))
        ),
        lambda: confirm_end(retirement, real_world.pia),
    )

    assert retired.retired_at
    events = list(Entry.objects.filter(event__in=["purpose.retired", "purpose_version.published"]).order_by("sequence"))
    assert events[-1].event == "purpose.retired"
    assert isinstance(published, (PurposeVersion, versions.PurposeRetired))


@pytest.mark.parametrize("end", ["retire", "end_staff"])
def test_nothing_waits_or_runs_of_what_the_company_ended(real_world, race, end):
    """Asked, answered and ended at once: what was in time ended with it, what was late was refused."""
    request = ask(real_world, "orders")
    retirement = propose_end(real_world.purpose, real_world.quinn)
    ends = {
        "retire": lambda: confirm_end(retirement, real_world.pia),
        "end_staff": lambda: staff_members.end_staff_membership(member=real_world.sam, by=PORTAL),
    }

    won(
        race(
            ends[end],
            lambda: answer(real_world, request),
            lambda: ask(real_world, "contact"),
            lambda: ask(real_world, "orders", customer=real_world.ben),
            ends[end],
        )
    )

    of_sam = AccessRequest.objects.filter(staff=real_world.sam.user)
    assert not of_sam.filter(state="pending").exists()
    assert not Grant.objects.filter(ended_at=None).exists()
    told = "purpose.retired" if end == "retire" else "staff.ended"
    assert Entry.objects.filter(event=told).count() == 1


def test_company_acts_and_customers_acts_never_wait_for_each_other(real_world, race):
    """Every kind of lock at once, in all directions: refusals perhaps, but no deadlock."""
    ada, ben = real_world.ada, real_world.ben
    first, second = ask(real_world, "orders"), ask(real_world, "contact", member=real_world.kim, customer=ben)
    draft = versions.draft_next_version(purpose=real_world.purpose, officer=quinn(), by=PORTAL)
    retirement = propose_end(real_world.purpose, real_world.quinn)

    won(
        race(
            lambda: answer(real_world, first),
            lambda: asking.cancel_access_request(access_request=second.pk, member=real_world.kim, by=PORTAL),
            lambda: choices_withdrawing.withdraw_consent(
                customer=ben.customer.id, purpose=real_world.purpose.code, by=ben.actor
            ),
            giving(real_world, ada, real_world.version),
            lambda: publishing.publish_version(
                version=draft, officer=real_world.pia.user, by=Actor("staff", str(real_world.pia.pk))
            ),
            lambda: staff_members.end_staff_membership(member=real_world.kim, by=PORTAL),
            lambda: customer_records.record_customers(
                listed=[
                    ListedCustomer("C-1001", country="DE"),
                    ListedCustomer("C-1002", country="AT"),
                ],
                by=PORTAL,
            ),
            lambda: customer_records.look_up_customer(text="C-1001", by=PORTAL),
            lambda: ask(real_world, "health"),
            lambda: confirm_end(retirement, real_world.pia),
        )
    )

    assert not in_catalogue.select_in_force().exists()
    assert not AccessRequest.objects.filter(state="pending").exists()
    assert not Grant.objects.filter(ended_at=None).exists()
    assert StaffMember.objects.get(pk=real_world.kim.pk).ended_at


def test_of_two_files_imported_at_once_the_second_finds_what_the_first_drafted(real_world, race):
    known = collect_catalogue()[0]["categories"]
    catalogue = {"categories": {"calls": known[min(known)]}, "recipients": {}, "purposes": {}}

    reports = won(race(*[lambda: import_catalogue(catalogue, None, PORTAL)] * 3))

    assert sorted(report.drafted for report in reports) == [[], [], ["calls"]]
