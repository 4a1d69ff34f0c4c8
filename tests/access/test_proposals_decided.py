"""What a manager or the requester has decided about a proposed request is decided once; each step is asked first."""

import threading
from uuid import uuid4

import pytest
from django.db import connection, transaction

from consents.access import rules
from consents.access.models import AccessRequest, Grant, ProposedRequest
from consents.access.rules.causes import EndCause
from consents.access.selectors import open_proposal_words
from consents.access.services import ending_proposals
from consents.core.refusals import Unknown
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.ledger.services import appending
from tests.access.asking_form import text
from tests.waiting import PATIENCE, wait_until_somebody_waits
from tests.world.cast import answer, ask, signed_in
from tests.world.proposals import agree, by_member, decline, make_guarded_purpose, propose_request
from tests.world.retirements import confirm_end, propose_end
from tests.world.scene_fixtures import scene

LIST = "/admin/access/proposedrequest/"


@scene
def guarded(world):
    return make_guarded_purpose(world)


def test_a_no_and_a_taking_back_count_once(world, guarded):
    declined = decline(propose_request(world, guarded), world.kim)
    assert decline(declined, world.kim, reason="Another.") == declined
    taken = propose_request(world, guarded)
    for _ in range(2):
        ending_proposals.take_proposal_back(proposed_request=taken.pk, member=world.sam, by=by_member(world.sam))

    declined.refresh_from_db()
    assert open_proposal_words(declined, "reason") == {"reason": "Marker: call them."}
    events = Entry.objects.filter(object__in=[str(declined.pk), str(taken.pk)]).exclude(event="proposed_request.filed")
    assert sorted(events.values_list("event", flat=True)) == ["proposed_request.declined", "proposed_request.ended"]


def test_there_is_no_no_without_a_reason_and_no_yes_to_what_is_not_there(world, guarded):
    proposed = propose_request(world, guarded)
    with pytest.raises(rules.NoReasonGiven):
        decline(proposed, world.kim, reason=" \n")
    with pytest.raises(Unknown):
        agree(ProposedRequest(pk=uuid4()), world.kim)

    proposed.refresh_from_db()
    assert proposed.state == "waiting" and not AccessRequest.objects.exists()


def test_what_the_manager_decided_meanwhile_stays_decided(world, guarded, monkeypatch):
    proposed, lock = propose_request(world, guarded), ending_proposals.lock_proposal

    def lock_late(proposed_request):
        decline(proposed, world.kim)
        return lock(proposed_request)

    monkeypatch.setattr(ending_proposals, "lock_proposal", lock_late)
    ending_proposals.end_proposals(ProposedRequest.objects.all(), EndCause.RETIRED, PORTAL)

    proposed.refresh_from_db()
    assert proposed.state == "declined" and not Entry.objects.filter(event="proposed_request.ended").exists()


def test_taking_back_is_asked_first_and_what_was_agreed_leads_to_the_request(world, guarded):
    proposed, sam = propose_request(world, guarded), signed_in(world.sam.user)
    assert "Take this request back?" in text(sam.get(f"{LIST}{proposed.pk}/act/take_back/"))
    filed = agree(proposed, world.kim)

    link = f"/admin/access/accessrequest/{filed.pk}/change/"
    pages = [text(signed_in(member.user).get(f"{LIST}{proposed.pk}/change/")) for member in (world.sam, world.kim)]
    assert [link in page for page in pages] == [True, False]


def test_retiring_a_purpose_waits_for_an_answer_and_ends_what_it_gave(real_world):
    request = ask(real_world, "orders")
    faults: list[Exception] = []

    retirement = propose_end(real_world.purpose, real_world.quinn)

    def end_purpose() -> None:
        try:
            confirm_end(retirement, real_world.pia)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    with transaction.atomic():
        appending.lock_people(real_world.ada.customer.id)
        thread = threading.Thread(target=end_purpose)
        thread.start()
        wait_until_somebody_waits()
        answer(real_world, request)
    thread.join(PATIENCE)

    assert faults == []
    assert [grant.end for grant in Grant.objects.all()] == ["company"]
