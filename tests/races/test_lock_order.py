"""What is read of the order of locks: the wrong one is seen, the right one passes.

That every act keeps it is tried where every act is done: `tests/faults/test_every_act.py`.
"""

from uuid import UUID

import pytest

from consents.people.known_browsers import submit_once
from tests.races.lock_order import Watch, watched
from tests.world.cast import ask


def test_a_form_comes_before_its_act(real_world):
    with watched() as watch:
        submit_once(user=real_world.sam.pk, token=UUID(int=1), content="", act=lambda: ask(real_world, "orders"))

    assert watch.wrong == []
    assert watch.seen >= 4


@pytest.mark.parametrize(
    "taken",
    [
        ["customer", "user"],
        ["company", "customer"],
        ["customer", "purpose"],
        ["customer", "form"],
        ["request"],
        ["look"],
        ["customer", "company", "request"],
        ["customer of a higher id", "customer"],
        ["customer", "grant", "request"],
        ["customer", "another request", "grant"],
        ["customer", "another exemption", "grant"],
        ["exemption"],
        ["customer", "request", "change of a grant"],
        ["customer", "message", "request"],
        ["customer", "request", "message", "grant"],
        ["message", "customer"],
        ["customer", "company", "message"],
        ["row of a user", "user"],
        ["customer", "row of a user"],
        ["user", "user of a lower id"],
        ["user", "turn"],
        ["company", "category"],
        ["company", "purpose"],
    ],
    ids=", then ".join,
)
def test_the_wrong_order_is_seen(taken):
    assert len(read(taken).wrong) == 1


@pytest.mark.parametrize(
    "taken",
    [
        [
            "form",
            "turn",
            "user of a lower id",
            "user",
            "row of a user",
            "category",
            "purpose",
            "customer",
            "request",
            "grant",
            "change of a grant",
            "message",
            "company",
        ],
        ["customer", "request", "grant", "another request", "another grant"],
        ["customer", "exemption", "grant", "change of a grant", "message", "company"],
        ["customer", "message", "customer of a higher id", "request"],
        ["customer", "all requests", "all grants", "message", "request", "grant"],
        ["purposes of a file", "company", "purpose"],
    ],
    ids=", then ".join,
)
def test_the_right_order_passes(taken):
    assert read(taken).wrong == []


def read(taken: list[str]) -> Watch:
    one, other, customer = UUID(int=1), UUID(int=2), UUID(int=3)
    requests = 'SELECT 1 FROM "access_accessrequest" WHERE {} = %s FOR UPDATE OF "access_accessrequest"'
    exemptions = 'SELECT 1 FROM "exemptions_exemption" WHERE id = %s FOR UPDATE OF "exemptions_exemption"'
    grants = 'SELECT 1 FROM "access_grant" WHERE {} = %s FOR UPDATE'
    hold = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
    statements = {
        "customer": (hold, [str(customer)]),
        "customer of a higher id": (hold, ["9"]),
        "user": (hold, ["u"]),
        "user of a lower id": (hold, ["l"]),
        "turn": (hold, ["t"]),
        "purposes of a file": ('SELECT 1 FROM "catalogue_purpose" WHERE "code" IN (%s) FOR NO KEY UPDATE', ["calls"]),
        "category": ('SELECT id FROM "catalogue_category" WHERE code IN (%s) FOR NO KEY UPDATE', ["calls"]),
        "row of a user": ('UPDATE "people_user" SET "locked_at" = %s', [None]),
        "purpose": ('SELECT 1 FROM "catalogue_purpose" WHERE id = 1 FOR NO KEY UPDATE', []),
        "form": ("SELECT content, made FROM portal.begin_submission(%s)", ["u"]),
        "request": (requests.format("id"), [one]),
        "another request": (requests.format("id"), [other]),
        "exemption": (exemptions, [one]),
        "another exemption": (exemptions, [other]),
        "all requests": (requests.format("customer_id"), [customer]),
        "grant": (grants.format("access_request_id"), [one]),
        "another grant": (grants.format("access_request_id"), [other]),
        "all grants": (grants.format("customer_id"), [customer]),
        "change of a grant": ('UPDATE "access_grant" SET "ended_at" = %s', [None]),
        "look": ("SELECT FROM access_grant AS g FOR SHARE OF g", []),
        "message": ('UPDATE "notifications_message" SET "outcome" = %s', [""]),
        "company": ("SELECT portal.append_entry(%s)", ["x", None, *"_________"]),
    }
    watch = Watch({"u", "l"}, {"t"})

    for name in taken:
        watch.read(*statements[name])
    return watch
