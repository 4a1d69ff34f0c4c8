"""Several query sets in one statement: every kind of column comes back as the query set would have read it."""

from typing import Any
from uuid import UUID

import pytest
from django.db.models import Value
from django.db.models.signals import post_init

from consents.access.models import AccessRequest
from consents.core.gathering import MOST_COLUMNS, Parts, define_gathering, get_kind, select_column
from consents.ledger.models import Entry
from consents.people.models import Customer, User
from tests.world.cast import answer, ask
from tests.world.spelling import spell_out_all


@define_gathering(customer=UUID)
def all_about(customer: Any) -> Parts:
    return {
        "customers": Customer.objects.filter(pk=customer),
        "requests": AccessRequest.objects.filter(customer=customer).order_by("pk"),
        "staff": User.objects.filter(pk__in=select_column("requests", of=AccessRequest, column="staff_id")),
        "entries": Entry.objects.filter(customer=customer).order_by("id"),
        "events": Entry.objects.filter(customer=customer).order_by("id").values_list("event", "occurred_at"),
    }


def test_it_reads_what_the_query_sets_read(world):
    answer(world, ask(world, "contact"))
    customer = world.ada.customer.pk

    read = all_about.read(customer=customer)

    assert spell_out_all(read["customers"]) == spell_out_all(Customer.objects.filter(pk=customer))
    assert spell_out_all(read["requests"]) == spell_out_all(AccessRequest.objects.filter(customer=customer))
    assert spell_out_all(read["staff"]) == spell_out_all([world.sam.user._meta.model.objects.get(pk=world.sam.pk)])
    entries = Entry.objects.filter(customer=customer).order_by("id")
    assert spell_out_all(read["entries"]) == spell_out_all(entries)
    assert read["events"] == list(entries.values_list("event", "occurred_at"))


def test_it_reads_related_models_that_are_there_and_those_that_are_not(world):
    people = define_gathering(of=UUID)(lambda of: {"people": User.objects.filter(pk=of).select_related("staff_member")})

    staff, customer = (people.read(of=id)["people"][0] for id in (world.sam.user.pk, world.ada.user.pk))

    assert spell_out_all([staff.staff_member]) == spell_out_all([world.sam])
    assert staff.staff_member.user is staff
    assert not staff._state.adding
    assert not hasattr(customer, "staff_member")


def test_it_refuses_a_model_that_somebody_wants_to_hear_of(world):
    def hear(**_about: Any) -> None: ...

    post_init.connect(hear, sender=Customer)
    try:
        heard = define_gathering(customer=UUID)(lambda customer: {"all": Customer.objects.filter(pk=customer)})
        with pytest.raises(TypeError, match="a way of its own"):
            heard.read(customer=world.ada.customer.pk)
    finally:
        post_init.disconnect(hear, sender=Customer)


def test_it_keeps_nothing_between_two_readings(world):
    ask(world, "contact")
    first = all_about.read(customer=world.ada.customer.pk)
    ask(world, "orders")

    assert len(all_about.read(customer=world.ada.customer.pk)["requests"]) == len(first["requests"]) + 1
    assert all_about.read(customer=world.ben.customer.pk)["requests"] == []


def test_it_refuses_a_value_that_no_query_set_asks_for(world):
    unused = define_gathering(customer=UUID, other=int)(lambda customer, other: all_about.build(customer))

    with pytest.raises(TypeError, match="do not use: other"):
        unused.read(customer=world.ada.customer.pk, other=1)


def test_it_reads_one_row_of_another_statement_in_the_same_one(world, django_assert_num_queries):
    ask(world, "contact")
    customer = world.ada.customer.pk
    yes_of = "SELECT yes_of, id, id FROM people_customer WHERE id = %s"

    with django_assert_num_queries(2):
        read, row = all_about.read_beside(yes_of, [customer], customer=customer)
        _read, none = all_about.read_beside(yes_of, [world.sam.pk], customer=customer)

    assert row == (world.ada.customer.yes_of, customer, customer)
    assert none == (None, None, None)
    assert read["events"] == all_about.read(customer=customer)["events"]


def test_it_is_compiled_once_whoever_comes_first(world):
    built = []
    seldom = define_gathering(customer=UUID)(
        lambda customer: built.append(1) or {"customers": Customer.objects.filter(pk=customer)}
    )

    assert seldom.compile() is seldom.compile()  # as two threads do that both found nothing compiled
    assert built == [1]


def test_it_refuses_more_columns_than_a_row_can_be_written_with(db):
    many = {f"n{number}": Value(number) for number in range(MOST_COLUMNS)}
    wide = define_gathering(customer=UUID)(
        lambda customer: {"wide": Customer.objects.filter(pk=customer).annotate(**many).values_list("pk", *many)}
    )

    with pytest.raises(TypeError, match=f"at most {MOST_COLUMNS} columns, not {MOST_COLUMNS + 1}"):
        wide.read(customer=UUID(int=1))


def test_a_reference_is_of_the_kind_of_what_it_leads_to():
    assert get_kind(AccessRequest._meta.get_field("customer")) == get_kind(Customer._meta.pk) == "UUIDField"
