"""Every right has one file that fulfils it."""

import pytest

from consents.law.kinds import KINDS, Type
from consents.rights.customers.steps import FORMS
from consents.rights.fulfilment.protocol import Fulfilment
from consents.rights.fulfilment.registry import BY_TYPE, list_types
from consents.rights.models import RightsRequest
from consents.rights.staff.intake import IntakeForm


def test_every_right_is_fulfilled_once():
    assert sorted(BY_TYPE) == sorted(Type)


def test_every_right_belongs_to_a_law():
    assert {type for rights in KINDS.values() for type in rights} == set(BY_TYPE)


def test_every_question_and_intake_field_exists():
    for fulfilment in BY_TYPE.values():
        assert set(fulfilment.questions) <= set(FORMS)
        assert not fulfilment.intake_field or fulfilment.intake_field in IntakeForm.base_fields


def test_what_is_done_at_once_can_be_done():
    assert set(list_types("is_immediate")) == {Type.WITHDRAWAL, Type.OPT_OUT, Type.LIMIT}
    assert set(list_types("has_copy")) == {
        Type.ACCESS,
        Type.PORTABILITY,
        Type.KNOW_CATEGORIES,
        Type.KNOW_SPECIFIC,
    }


def acts_at_once(fulfilment: Fulfilment) -> bool:
    """By what its class does, not by what it says."""
    done = (type(fulfilment).protect, type(fulfilment).perform)
    return done != (Fulfilment.protect, Fulfilment.perform)


@pytest.mark.parametrize("type", [type for type, found in BY_TYPE.items() if acts_at_once(found)])
def test_what_acts_at_once_says_so_before(type):
    assert BY_TYPE[type].describe_effect_at_once(RightsRequest(request_type=type))
