"""The acts on a request stand under headings, each under one, with the next one above all of them."""

import re
from typing import Any

from django.conf import settings
from django.contrib import admin

from consents.core.clock import now
from consents.law.kinds import Type
from consents.rights.models import RightsRequest
from consents.rights.services import requester_actions
from consents.rights.staff import acts, bulk, checklist, notes
from consents.rights.staff.admin import RightsRequestAdmin
from consents.rights.staff.checklist import choose_next_step, describe_record_status
from tests.rights.officer_pages import record
from tests.world.cast import signed_in
from tests.world.rights_requests import file

# Pressed on the pages that show values and notes, and beside the notes of the record.
ELSEWHERE = {"decide_value", "decide_redaction", *notes.BESIDE_NOTES}


def test_every_act_stands_under_exactly_one_heading():
    actions = [action if isinstance(action, str) else action.__name__ for action in RightsRequestAdmin.actions]
    shown = {name for name in actions if not name.startswith(bulk.PREFIX)} - ELSEWHERE
    named = {name for _title, names in acts.ACT_GROUPS for name in names}

    grouped = [name for _title, names in acts.group_possible_acts(shown, "") for name in names]

    assert sorted(grouped) == sorted(shown) and named < shown


def test_the_next_act_stands_first_and_every_possible_one_once(world):
    rights_request, pia = file(world.ada), signed_in(world.pia.user)

    response = pia.get(record(rights_request))

    pressed = re.findall(r'name="CHANGE_FORM-action"\s+value="(\w+)"', response.text)
    shown = [name for name in pressed if name not in ELSEWHERE]
    assert shown[0] == response.context["next_act"] == "note_search"
    assert sorted(shown) == sorted(set(response.context["possible_actions"]) - ELSEWHERE) and len(shown) > 4
    assert not acts.group_possible_acts(["answer"], "answer")


def test_on_paper_nothing_stands_that_one_would_press(world):
    """Neither the headings of acts, nor the form for a note and, without a note, its heading."""
    page = signed_in(world.pia.user).get(record(file(world.ada))).text
    hidden = re.search(r"@media print \{ (#header[^{]*)\{ display: none", read_stylesheet())[1]

    assert 'class="act-panel"' in page and {".act-panel", "form.asking"} <= {*re.split(r",?\s+", hidden)}
    assert 'class="record-part no-print" aria-labelledby="notes"' in page


def read_stylesheet() -> str:
    return (settings.BASE_DIR / "static" / "portal" / "admin.css").read_text()


def test_an_act_of_a_room_above_is_among_the_steps():
    above, below = (
        {action.__name__ for action in actions if callable(action)}
        for actions in (admin.site._registry[RightsRequest].actions, RightsRequestAdmin.actions)
    )
    of_copies = above - below

    ((title, names),) = acts.group_possible_acts(sorted(of_copies), "")

    assert title == "Steps" and names == sorted(of_copies)


def test_what_other_holders_must_agree_to_first_is_never_the_next_act(world):
    rights_request = file(world.ada)
    assert choose_next_step(rights_request, ["answer", "refuse"]) == "answer"

    waiting: Any = rights_request
    waiting.waits_for_holders = True

    assert choose_next_step(waiting, ["answer", "erase_part", "refuse"]) == ""
    assert choose_next_step(waiting, ["answer", "note_search"]) == "note_search"


def test_recipients_are_never_told_before_the_answer(world, monkeypatch):
    rights_request = file(world.ada, Type.RECTIFICATION)
    monkeypatch.setattr(checklist, "has_untold_recipients", lambda rights_request: True)

    assert choose_next_step(rights_request, ["note_told", "resume", "stop_waiting"]) == ""


def test_an_erasure_is_proposed_before_it_is_answered(world):
    rights_request = file(world.ada, Type.ERASURE)
    assert choose_next_step(rights_request, ["answer", "propose_part", "propose_erasure"]) == "propose_erasure"
    assert choose_next_step(rights_request, ["answer", "propose_part"]) == "propose_part"


def test_a_request_that_was_taken_back_says_so_in_one_tag(world):
    rights_request = file(world.ada)
    withdrawn = requester_actions.withdraw_request(
        rights_request=rights_request.pk, customer=world.ada.customer.pk, by=world.ada.actor
    )

    assert describe_record_status(rights_request, now()) is not None
    assert describe_record_status(withdrawn, now()) is None
