"""Statements that the attempts of several rooms are made of."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from consents.core.canonical import encode_canonical
from tests.architecture.mutation.speaking import Statement, outcome

NOWHERE = "11111111-2222-4333-8444-555555555555"
NOW, LONG_AGO = "portal.now()", "'2020-01-01Z'::timestamptz"


def by_application(make: Callable[[SimpleNamespace], Statement]) -> Callable[..., str]:
    return lambda application, owner, scene: outcome(application, make(scene))


# The entry that goes with a writing of the vault, and one that tells of somebody else.
TOLD = "SELECT portal.append_entry('vault.stored', NULL, 'portal', '', 'vault', 'records', '', 'job', NULL, '', '{}')"
STORE = (
    "SELECT portal.store_records(ARRAY[gen_random_uuid()],"
    " ARRAY(SELECT id FROM people_customer WHERE erased_at IS NULL LIMIT 1),"
    " ARRAY(SELECT id FROM catalogue_category LIMIT 1), ARRAY[0], ARRAY['{}'::jsonb])"
)
# An entry about something else than what is done besides it.
TELL = (
    "SELECT portal.append_entry(%(event)s, %(customer)s::uuid, %(kind)s, %(actor)s, 'x', %(object)s, '', 'job',"
    " NULL, '', %(details)s)"
)


def told(
    event: str, object: Any, customer: Any = None, by: tuple[str, Any] = ("portal", ""), **details: Any
) -> Statement:
    kind, actor = by
    facts = {"event": event, "object": str(object), "customer": customer, "kind": kind, "actor": str(actor)}
    return TELL, facts | {"details": encode_canonical(details).decode()}


def all_by_application(make: Callable[[SimpleNamespace], list[Statement]]) -> Callable[..., str]:
    return lambda application, owner, scene: outcome(application, *make(scene))
