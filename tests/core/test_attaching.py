"""Rows that were handed out to their parents are what the relation of each parent holds, however it is asked."""

import pytest
from django.db.models import Count

from consents.access.models import AccessRequest, RequestedCategory
from consents.catalogue.models import PurposeVersion
from consents.core.attaching import attach_children, attach_linked_rows
from tests.world.cast import ask


@pytest.fixture
def requests(world) -> list[AccessRequest]:
    """Two, with one kind of data and with two, whose rows of it are attached."""
    for customer, kinds in ((world.ada, ["orders"]), (world.ben, ["contact", "orders"])):
        ask(world, *kinds, customer=customer)
    made = list(AccessRequest.objects.order_by("filed_at"))
    attach_children(made, "requested", RequestedCategory.objects.all())
    return made


def test_children_are_ready_without_a_statement(requests, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert [len(request.requested.all()) for request in requests] == [1, 2]
        assert [request.requested.count() for request in requests] == [1, 2]


@pytest.mark.parametrize(
    "how",
    [
        lambda rows: rows.filter(pk__gt=0).count(),
        lambda rows: len(rows.exclude(pk=0)),
        lambda rows: len(rows.order_by("pk")),
        lambda rows: len(rows.values_list("pk")),
        lambda rows: rows.aggregate(number=Count("pk"))["number"],
        lambda rows: len(list(rows.iterator())),
        lambda rows: rows.all().all().count(),
        lambda rows: len(rows.in_bulk()),
        lambda rows: sum(row.access_request_id == rows.first().access_request_id for row in rows.all()),
    ],
)
def test_whoever_asks_further_hears_of_the_same_parent_alone(requests, how):
    assert [how(request.requested) for request in requests] == [1, 2]


def test_a_statement_on_them_names_their_parent(requests):
    for request in requests:
        _sql, values = request.requested.all().query.sql_with_params()
        assert values == (request.pk,)


def test_links_are_asked_further_of_their_own_parent_alone(world):
    links = PurposeVersion.categories.through.objects.select_related("category")
    versions = list(PurposeVersion.objects.order_by("pk"))

    attach_linked_rows(versions, "categories", links)

    for version in versions:
        afresh = PurposeVersion.objects.get(pk=version.pk)
        assert {*version.categories.filter(pk__gt=0)} == {*afresh.categories.all()} == {*version.categories.all()}
