"""What an officer does about colleagues, codes and erasures is asked once more; only the second press does it."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.models import Role
from consents.people.services import claiming, customer_records, staff_members
from tests.world import erasing
from tests.world.cast import make_staff, signed_in
from tests.world.colleagues import by_officer, propose_officer
from tests.world.proofs import give_factor


def invite(world) -> Any:
    return make_staff("noa@example.com", Role.REQUESTER, "Returns", "Noa")


def end_place(world) -> Any:
    noa = invite(world)
    return staff_members.end_colleague_place(member=noa.pk, officer=world.pia, by=by_officer(world.pia))


def protect(world) -> Any:
    give_factor(world.sam.user)
    return world.sam


def propose_code(world) -> Any:
    customer = customer_records.open_customer_record(reference="C-7", by=PORTAL)
    return claiming.propose_claim_code(customer=customer.pk, officer=world.pia, by=by_officer(world.pia))


ASKED: dict[str, tuple[Callable[[Any], Any], str, str, dict[str, str]]] = {
    "send_invitation": (invite, "Send the invitation again?", "The invitation is on its way.", {}),
    "propose_reset": (protect, "Propose to reset the second factor?", "It waits for another officer.", {}),
    "end_membership": (invite, "End this membership?", "The membership has ended.", {}),
    "return_member": (end_place, "Let Noa work here again?", "They work here again", {"team": "Returns"}),
    "cancel_change": (
        lambda world: propose_officer(world.pia, world.sam),
        "Cancel this change?",
        "The change has been cancelled.",
        {},
    ),
    "cancel_code": (propose_code, "Cancel this code?", "The code has been cancelled.", {}),
    "cancel_proposal": (erasing.propose, "Cancel this proposal?", "The proposal has been cancelled.", {}),
}


@pytest.mark.parametrize("action", ASKED)
def test_it_is_asked_then_done(world, action):
    begin, question, done, typed = ASKED[action]
    row, otto = begin(world), signed_in(world.otto.user)
    page = f"/admin/people/{type(row)._meta.model_name}/{row.pk}/change/"
    pressed = {"CHANGE_FORM-action": action, "_selected_action": str(row.pk)}
    before = Entry.objects.count()

    asked = re.sub(r"\s+", " ", otto.post(page, pressed, follow=True).text)
    assert question in asked and done not in asked and Entry.objects.count() == before

    assert done in re.sub(r"\s+", " ", otto.post(page, pressed | typed | {"confirm": "1"}, follow=True).text)
    assert Entry.objects.count() > before
