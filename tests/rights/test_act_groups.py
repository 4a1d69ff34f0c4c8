"""The acts on a request stand under headings, each under one, with the next one above all of them."""

import re

from consents.rights.staff import act_groups, bulk, notes
from consents.rights.staff.admin import RightsRequestAdmin
from tests.rights.officer_pages import record
from tests.world.cast import signed_in
from tests.world.rights_requests import file

# Pressed on the pages that show values and notes, and beside the notes of the record.
ELSEWHERE = {"decide_value", "decide_redaction", *notes.BESIDE_NOTES}


def test_every_act_stands_under_exactly_one_heading():
    grouped = [name for _title, names in act_groups.ACT_GROUPS for name in names]
    actions = [action if isinstance(action, str) else action.__name__ for action in RightsRequestAdmin.actions]
    shown = {name for name in actions if not name.startswith(bulk.PREFIX)} - ELSEWHERE

    assert len(grouped) == len(set(grouped)) and set(grouped) == shown


def test_the_next_act_stands_first_and_every_possible_one_once(world):
    rights_request, pia = file(world.ada), signed_in(world.pia.user)

    response = pia.get(record(rights_request))

    pressed = re.findall(r'name="CHANGE_FORM-action"\s+value="(\w+)"', response.text)
    shown = [name for name in pressed if name not in ELSEWHERE]
    assert shown[0] == response.context["next_act"] == "note_search"
    assert sorted(shown) == sorted(set(response.context["possible_actions"]) - ELSEWHERE) and len(shown) > 4
    assert not act_groups.group_possible_acts(["answer"], "answer")
