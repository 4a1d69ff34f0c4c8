"""A world in which every page has something to show, and the address of every page in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from itertools import chain
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch
from uuid import UUID

from django.apps import apps
from django.contrib.admin.utils import unquote
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, resolve, reverse

from consents.catalogue.models import Usage
from consents.catalogue.services import versions
from consents.choices.receipts import issuing as receipts
from consents.choices.services import answering
from consents.copies.services import packages
from consents.disclosures.services import disclose_records
from consents.exports.rules import Dataset
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.rules import PORTAL, Actor
from consents.rights.models import RightsRequest
from consents.rights.rules import Format, Outcome, Reply
from consents.rights.services import handling, requester_actions
from portal import programs, urls
from tests.world import exports as exports
from tests.world import rights_requests as requests
from tests.world.addresses import addresses
from tests.world.cast import answer, ask, make_customer, make_purpose
from tests.world.erasing import erase, hold, propose
from tests.world.insights import add_question, ask_insight, count, make_crowd


def live_in(world: SimpleNamespace) -> SimpleNamespace:
    """Let every page have something to show: requests, rights, receipts, exports in every state."""
    offers = make_purpose("offers", "Send you offers", [world.categories["contact"]], world.pia.user, Usage.STANDING)
    answering.give_consent(customer=world.ada.customer.id, purpose="offers", version=offers.pk, by=world.ada.actor)
    about = {"categories": [world.categories["contact"]], "officer": world.pia.user, "usage": Usage.STANDING}
    make_purpose("misuse", "Stop misuse", **about, legal_basis="A6-1-f")
    versions.draft_next_version(purpose=offers.purpose, officer=world.quinn.user, by=PORTAL)
    world.running = answer(world, ask(world, "orders"), "part", "orders", duration=timedelta(hours=1))
    grant = world.running.grants.get()
    disclose_records(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk)))
    world.denied = answer(world, ask(world, "health"), "none", message="Please write to me.")
    world.waiting = ask(world, "contact")
    world.receipts = list(receipts.select_receipts(world.ada.customer.id))
    world.rights = rights_of_ada(world)
    hold(world)
    propose(world, world.ben)
    erase(world, make_customer("C-1003", "cas@example.com"))
    make_crowd(world, ["Lamp"] * 12)
    world.insight = ask_insight(world, add_question(world))
    count(world.insight)
    exports.taken(world)
    exports.make(world, dataset=Dataset.REQUESTS, personal=True)
    return world


def rights_of_ada(world) -> list[RightsRequest]:
    """To be confirmed, extended, waiting for her, refused, looked at again, with proposed values, with a package."""
    officer = {"officer": world.pia, "by": Actor("staff", str(world.pia.pk))}
    asked = requests.file(world.ada, is_fresh=False)
    longer = handling.extend_deadline(
        rights_request=requests.file(world.ada, Type.RECIPIENTS).pk, reason="complexity", **officer
    )
    waiting = requests.ask_back(world, requests.file(world.ada, Type.ERASURE))
    refusal = Reply(Outcome.DENIED, Format.DOWNLOAD, "We looked at it twice.", Reason.LEGAL, "GDPR Art 23")
    proposal = {"category": "contact", "field": "phone", "right": "555-0199"}
    wrong = requests.file(world.ada, Type.RECTIFICATION, scope=("contact",), said={"proposals": [proposal]})
    taken = requests.file(world.ada, Type.PORTABILITY)
    requests.search(world, taken)
    packages.make_package(rights_request=requests.answer(world, taken).pk)
    refused = requests.answer(world, requests.file(world.ada, Type.OBJECTION, scope=("misuse",)), refusal)
    appealed = requests.answer(world, requests.file(world.ada, Type.AUTOMATED), refusal)
    requester_actions.appeal_answer(
        rights_request=appealed.pk, customer=world.ada.customer.id, why="", by=world.ada.actor
    )
    requests.file_as_stranger()
    return [asked, longer, waiting, refused, appealed, wrong, taken]


type Statements = set[tuple[str, str]]  # with what was given for their places
# By person and scene: (path, page) of all that they are shown in it, and what each path asked the database.
KNOWN_PAGES: dict[tuple[str, UUID], list[tuple[str, HttpResponse]]] = {}
KNOWN_STATEMENTS: dict[tuple[str, UUID], dict[str, Statements]] = {}


def read_pages(world, who: str, client: Client) -> list[tuple[str, HttpResponse]]:
    """(path, page) of each address that answers this person with one. A worker asks once: the next test finds the same
    scene, hence the same pages. `client`: theirs, in which they have done nothing yet. Customers and strangers are not
    sent through the admin: tests/architecture/test_closed_doors.py keeps them out."""
    key = (who, world.waiting.pk)
    if key not in KNOWN_PAGES:
        is_kept_out = who in ("stranger", "ada", "newcomer")
        paths = [path for path in candidates(world) if not is_kept_out or is_open_to_all(path)]
        with refusals_drawn_once():
            answers = [(path, *get_with_statements(client, path)) for path in paths]
        shown = [(path, answer) for path, answer, _ in answers if is_shown(answer)]
        # As it was sent: the answer itself would hold on to its request and all that was drawn from.
        KNOWN_PAGES[key] = [(path, HttpResponse(answer.content, headers=answer.headers)) for path, answer in shown]
        KNOWN_STATEMENTS[key] = {path: statements for path, _, statements in answers}
    return KNOWN_PAGES[key]


def read_statements(world, who: str, client: Client) -> dict[str, Statements]:
    """By each path that this person was sent through for `read_pages`."""
    read_pages(world, who, client)
    return KNOWN_STATEMENTS[who, world.waiting.pk]


def get_with_statements(client: Client, path: str) -> tuple[HttpResponse, Statements]:
    statements: Statements = set()

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        statements.add((sql, repr(params)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        return client.get(path), statements


def is_open_to_all(path: str) -> bool:
    return not path.startswith("/admin/") or path == "/admin/login/"


def is_shown(response: HttpResponse) -> bool:
    return response.status_code == 200 and response.get("Content-Type", "").startswith("text/html")


@contextmanager
def refusals_drawn_once(drawn: set[tuple[str, str, bool]] | None = None) -> Iterator[None]:
    """For a walk through every address: a page that says no, with the same sentence, is the same wherever somebody
    meets it in the house of customers, or of staff, and takes longer than most others. Drawn where it is met first, it
    is its status alone for the rest. `drawn`: those that were met before."""
    drawn = set() if drawn is None else drawn

    def draw_first(request: HttpRequest, template: str, context: dict | None = None, *, status: int) -> HttpResponse:
        kind = (template, str(context), request.path.startswith("/admin/"))
        if kind in drawn:
            return HttpResponse(status=status)
        drawn.add(kind)
        return render(request, template, context, status=status)

    def draw_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
        return draw_first(request, "404.html", status=404)

    def draw_forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
        return draw_first(request, "403.html", status=403)

    handlers = {"handler403": draw_forbidden, "handler404": draw_not_found}
    with patch.object(programs, "render", draw_first), patch.multiple(urls, **handlers):
        yield


KNOWN_CANDIDATES: dict[UUID, list[str]] = {}  # by scene


def candidates(world) -> list[str]:
    return KNOWN_CANDIDATES.get(world.waiting.pk) or KNOWN_CANDIDATES.setdefault(world.waiting.pk, find_paths(world))


def find_paths(world) -> list[str]:
    paths = []
    for name, path in addresses(get_resolver().url_patterns):
        if name in ("account_logout", "admin:logout"):
            continue
        paths += with_real_ids(world, name) or [f"/{path}"]
    return list(dict.fromkeys(paths))


def with_real_ids(world, name: str) -> list[str]:
    rows = [world.waiting, world.running, world.denied, world.insight]
    arguments = [
        *([row.pk] for row in rows),
        *([value] for value in chain.from_iterable(list_arguments(world).values())),
        [world.version.pk, "de"],
        *admin_ids(name),
    ]
    found = [path for args in arguments if (path := find_path(name, *args))]
    found = [path for path in found if is_of_its_kind(world, path)]
    if (model := recorded_by(name)) is None:
        return found
    known = {str(pk) for pk in model._default_manager.values_list("pk", flat=True)}
    return [path for path in found if unquote(read_arguments(path)["object_id"]) in known]


# The rows of the scene, and with them its paths, are the same for every test of a worker: each is found and read once.
@cache
def find_path(name: str, *args: object) -> str | None:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None


@cache
def read_arguments(path: str) -> dict[str, object]:
    return resolve(path).kwargs


def list_arguments(world) -> dict[str, list]:
    """What there is in this world, by what addresses call it."""
    return {
        "code": ["offers", "support"],
        "dataset": ["consent_events"],
        "slug": ["access", "rectification"],
        "sequence": [one.sequence for one in world.receipts],
        "number": [one.number for one in world.rights],
        "provider_id": [],
        "path": [],
    }


def is_of_its_kind(world, path: str) -> bool:
    """False of a receipt's number where a purpose's code belongs, which any word fits."""
    known = list_arguments(world)
    return all(value in known.get(name, [value]) for name, value in read_arguments(path).items())


def recorded_by(name: str) -> type[Model] | None:
    """The model whose admin page of one record this is: Django's own, which answer any other id with a redirection."""
    app, _, rest = name.removeprefix("admin:").partition("_")
    model, _, page = rest.partition("_")
    if not name.startswith("admin:") or page not in ("change", "history", "delete"):
        return None
    return apps.get_model(app, model)


def admin_ids(name: str) -> list[list]:
    """The first objects of the model whose admin page this is."""
    parts = name.removeprefix("admin:").split("_")
    if len(parts) != 3 or not name.startswith("admin:"):
        return []
    try:
        model = apps.get_model(parts[0], parts[1])
    except LookupError:
        return []
    return [[row.pk] for row in model._default_manager.order_by("pk")[:3]]
