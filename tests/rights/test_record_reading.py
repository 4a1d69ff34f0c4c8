"""A record is read by a statement that is compiled once, as the list would read it."""

import pytest
from django.core.exceptions import ValidationError

from consents.rights.services import handling
from consents.rights.staff.notes import read_request_shown, select_requests_shown
from tests.world.rights_requests import by_staff, file, file_as_stranger
from tests.world.spelling import spell_out_all

ADDED = ("is_late", "turn", "due", "waits_for_customer", "waits_for_holders")


def test_it_is_what_the_list_reads(world):
    for filed in (file(world.ada), file_as_stranger()):
        read, listed = read_request_shown(str(filed.pk)), select_requests_shown().get(pk=filed.pk)

        assert spell_out_all([read]) == spell_out_all([listed])
        assert [getattr(read, name) for name in ADDED] == [getattr(listed, name) for name in ADDED]
        assert read.read_at <= listed.read_at
        assert (read.customer, read.handler) == (listed.customer, listed.handler)


def test_it_brings_the_register_and_who_works_on_it(world, django_assert_num_queries):
    filed = file(world.ada)
    handling.take_rights_request(rights_request=filed.pk, officer=world.pia, by=by_staff(world.pia))

    with django_assert_num_queries(2):
        read = read_request_shown(str(filed.pk))
        assert read.register.pk == filed.pk and read.handler.staff_member == world.pia


def test_there_is_none_under_another_id(world):
    assert read_request_shown(str(world.ada.customer.pk)) is None
    with pytest.raises(ValidationError):
        read_request_shown("RQ-0")
