"""No entry that somebody with the application's password could append makes a page or an export fail: nobody could take
it back again."""

import json
import re
from collections.abc import Iterator
from itertools import cycle, product
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from consents.choices.models import Choice
from consents.choices.receipts.issuing import ISSUERS, select_receipts
from consents.core import roles
from consents.core.canonical import encode_canonical
from consents.exports.rules import Dataset
from consents.ledger.rules import registered
from tests.architecture.mutation.speaking import superuser_speaking
from tests.architecture.recorded_events import sources
from tests.world import exports
from tests.world.cast import signed_in
from tests.world.lived_in import candidates, is_open_to_all, read_statements, refusals_drawn_once

# Whatever the sources read of an entry's details.
FACT = re.compile(
    r"""facts(?:\.get\(|\[)["'](\w+)|\.find_\w+\("(\w+)"|"(\w+)" in \w*\.?facts|->>? '(\w+)'|facts \? '(\w+)'"""
)
FACTS = sorted({name for text in sources().values() for names in FACT.findall(text) for name in names if name})
SPOILED: dict[str, Any] = {"nothing": None, "a word": "x", "a list": ["x"], "a number": 2**53 - 1, "no end": "infinity"}

# As the application, entry by entry: what is refused leaves the others.
APPEND_EACH = """
CREATE FUNCTION pg_temp.append_each(entries jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    e jsonb;
BEGIN
    FOR e IN SELECT jsonb_array_elements(entries) LOOP
        BEGIN
            PERFORM portal.append_entry(e ->> 0, (e ->> 1)::uuid, e ->> 2, e ->> 3, e ->> 4, e ->> 5, e ->> 6, e ->> 7,
                                        (e ->> 8)::uuid, e ->> 9, e ->> 10);
            SET CONSTRAINTS ALL IMMEDIATE;
        EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
            NULL;
        END;
    END LOOP;
END $$
"""

# What the database itself does where a statement names it, by name.
PROGRAMS = """
SELECT proname, prosrc FROM pg_proc WHERE pronamespace IN ('portal'::regnamespace, 'public'::regnamespace)
UNION ALL SELECT viewname, definition FROM pg_views WHERE schemaname IN ('public', 'portal')
UNION ALL SELECT tablename, qual FROM pg_policies WHERE qual IS NOT NULL
"""
# And where one writes to a table.
TRIGGERS = """
SELECT relname, proname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid JOIN pg_class ON pg_class.oid = tgrelid
WHERE NOT tgisinternal
"""
WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE)\b")


@pytest.fixture
def paths(lived_in) -> list[str]:
    # The scene opens few of a kind, and about these the entries are.
    about = [f"/admin/rights/rightsrequest/{lived_in.rights[0].pk}/change/"]
    about += [f"/admin/access/accessrequest/{lived_in.waiting.pk}/change/"]
    return [*candidates(lived_in), *about]


@pytest.mark.forced
@pytest.mark.timeout(1200)
def test_pages_and_exports_stand_what_is_spoiled(lived_in, paths):
    unread = {who: find_unread(lived_in, who) for who in ("stranger", "ada", "sam", "pia", "otto")}
    assert not unread["ada"] & {"/receipts/", reverse("receipts:receipt", args=[lived_in.receipts[0].sequence])}
    assert not unread["otto"] & {"/admin/bypasses/", f"/admin/access/accessrequest/{lived_in.waiting.pk}/change/"}
    for turn, value in enumerate(SPOILED):
        append_entries(lived_in, {} if value == "nothing" else dict.fromkeys(FACTS, SPOILED[value]), turn)

    failed = [f"{who} {path}: {why}" for who, path, why in failing_pages(lived_in, paths, unread)]
    failed += failing_histories(lived_in)
    failed += [f"{dataset}: {why}" for dataset, why in failing_exports(lived_in)]

    assert not failed, "\n".join(failed)


def find_unread(world, who: str) -> set[str]:
    """The paths that read nothing of the ledger as it was: whatever it holds, their answer is the same."""
    client, (readers, written) = sign_in(world, who), name_readers()
    read, touched = ("|".join(map(re.escape, sorted(names))) for names in (readers, readers | written))
    asked = read_statements(world, who, client)
    return {
        path
        for path, statements in asked.items()
        if not any(re.search(touched if WRITES.match(sql) else read, sql) for sql, _given in statements)
    }


def name_readers() -> tuple[set[str], set[str]]:
    """The ledger's tables, and whatever in the database reads one of them, by way of others too; the tables on which a
    write does."""
    with connection.cursor() as cursor:
        cursor.execute(PROGRAMS)
        programs = cursor.fetchall()
        cursor.execute(TRIGGERS)
        triggers = cursor.fetchall()
    names = {"ledger_"}
    while more := {name for name, text in programs if any(known in text for known in names)} - names:
        names |= more
    return names, {table for table, name in triggers if name in names}


def sign_in(world, who: str) -> Client:
    return Client() if who == "stranger" else signed_in(getattr(world, who).user)


def append_entries(world, facts: dict[str, Any], turn: int) -> None:
    """Of every event there is and one that there is not, about what it may be about and about nothing, in a way that no
    act would. What the database refuses is refused at the door, where it hurts nobody."""
    with superuser_speaking() as speaking:
        speaking.execute(APPEND_EACH)
        speaking.execute(f"SET SESSION AUTHORIZATION {roles.APP}")
        entries = [list(entry) for entry in odd_entries(world, encode_canonical(facts).decode(), turn)]
        speaking.execute("SELECT pg_temp.append_each(%s)", [json.dumps(entries, default=str)])


def odd_entries(world, details: str, turn: int) -> Iterator[tuple[Any, ...]]:
    things = {"access_request": world.waiting.pk, "grant": world.running.pk, "rights_request": world.rights[0].pk}
    things["choice"] = Choice.objects.get(customer=world.ada.customer, purpose__code="offers").pk
    actors = cycle((("staff", str(uuid4())), ("odd", "odd")))
    purposes = cycle(("odd", "offers", "offers"))
    for place, event in enumerate([*sorted(registered), "odd.thing"], turn):
        kind, customer = object_type_of(event), world.ada.customer.pk
        whose = ((customer, things.get(kind, customer)), (customer, "x"), (None, "x"))
        about = [*product(whose, ["odd", *(outcomes := outcomes_of(event))])]
        # Of a thing of its own, too: a record is incomplete from the first odd entry on, and nobody reads the others.
        about += [((customer, uuid4()), outcomes[place % len(outcomes)])] if outcomes else []
        for (of, thing), outcome in about:
            yield event, of, *next(actors), kind, thing, next(purposes), "odd", None, outcome, details


def object_type_of(event: str) -> str:
    issuing = (issuer.object_type for issuer in ISSUERS.values() if event in issuer.events)
    return next(issuing, event.partition(".")[0])


def outcomes_of(event: str) -> list[str]:
    """Those with which an entry of this event would have a receipt."""
    return sorted({outcome for issuer in ISSUERS.values() if event in issuer.events for outcome in issuer.outcomes})


def failing_pages(world, paths: list[str], unread: dict[str, set[str]]) -> Iterator[tuple[str, str, str]]:
    """Of the staff, Sam goes to what all of them are shown outside their site."""
    at_the_desk = [path for path in paths if not is_open_to_all(path) or path == "/admin/login/"]
    elsewhere = [path for path in paths if is_open_to_all(path)]
    asked = {"stranger": elsewhere, "ada": [*elsewhere, *receipts_of(world)], "sam": paths}
    for who, some in (asked | dict.fromkeys(("pia", "otto"), at_the_desk)).items():
        client = sign_in(world, who)
        client.raise_request_exception = False
        with refusals_drawn_once():
            for path in [path for path in some if path not in unread[who]]:
                if (response := client.get(path)).status_code >= 500:
                    yield who, path, repr(response.exc_info[1]) if response.exc_info else str(response.status_code)


def receipts_of(world) -> list[str]:
    """Of the last entry of each thing that passes for one with a receipt: the record is made of all of them."""
    kinds = ("object_type", "object")
    entries = select_receipts(world.ada.customer.pk).order_by(*kinds, "-id").distinct(*kinds)
    return [reverse("receipts:receipt", args=[entry.sequence]) for entry in entries]


def failing_histories(world) -> Iterator[str]:
    """What an officer reads of her, page after page, and what stood before the last entry."""
    client, path = signed_in(world.otto.user), "/admin/history/"
    client.raise_request_exception = False
    sent: dict[str, Any] = {"who": str(world.ada.customer.pk), "why": "audit"}
    while sent:
        answer = client.post(path, sent)
        if answer.status_code != 200:
            yield f"{path} of {sent}: {answer.exc_info and answer.exc_info[1]!r} ({answer.status_code})"
            return
        earlier = answer.context["earlier"]
        found = answer.context["form"].data["found"]
        sent = {"found": found, "why": "audit", "before": earlier} if earlier else {}


def failing_exports(world) -> Iterator[tuple[Dataset, str]]:
    for dataset in Dataset:
        try:
            exports.taken(world, dataset=dataset)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            yield dataset, repr(error)
