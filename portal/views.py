"""Pages that belong to no room: health, words about us."""

import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consents.catalogue import selectors as catalogue
from consents.core import roles
from consents.ledger.selectors import is_being_restored, journal_is_late
from consents.rights.presenting import Law
from consents.rights.rules.authorities import Authority
from consents.running.serving import BeingRestored
from portal.troubles import PASSING, status_of


@login_not_required
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Database, role, migrations, restoration: 200 or 503, with one word each. A journal that is late is told of and
    turns nobody away: acts stand, and the worker makes it good."""
    state = readiness()
    return JsonResponse(state, status=200 if set(state.values()) <= {"ok", "late"} else 503)


def readiness() -> dict[str, str]:
    try:
        executor = MigrationExecutor(connection)
        behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        return {
            "database": "ok",
            "role": "wrong" if roles.problems(connection) else "ok",
            "migrations": "behind" if behind else "ok",
            "restoration": "ok" if behind or not is_being_restored() else "unfinished",
            "journal": "late" if not behind and journal_is_late() else "ok",
        }
    except BeingRestored:
        return {"restoration": "unfinished"}
    except (DatabaseError, *PASSING):
        return {"database": "unreachable"}


@login_not_required
@require_safe
def words(request: HttpRequest, page: str) -> HttpResponse:
    """Help, accessibility: the same for everybody, but for who hears a complaint of the reader's."""
    return render(request, f"pages/{page}.html", {"authorities": heard_by(request)})


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What these pages keep, and what the company does with data about its customers: for everybody, since it is also
    what those are told whom nobody can confirm (GDPR Art 13, 14; 11 CCR 7024(b))."""
    uses = catalogue.in_force().prefetch_related("categories", "recipients")
    context = {"authorities": heard_by(request), "uses": uses, "kinds": catalogue.published_categories()}
    return render(request, "pages/privacy.html", context)


def heard_by(request: HttpRequest) -> tuple[Authority, ...]:
    visitor = getattr(request, "visitor", None)
    law = Law.of(visitor.customer) if visitor else Law.at(settings.PORTAL_COUNTRY)
    return law.authorities


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was not ours, or too old. Nothing was saved."""
    return render(request, "403_csrf.html", status=403)


def trouble(request: HttpRequest) -> HttpResponse:
    """Whatever no view and no middleware spoke of: "not now" (503), "both at once" (409) or our own mistake (500)."""
    return turned_away(request, status_of(sys.exception()))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django also calls it a bad request when the session could not be saved, whatever the reason."""
    status = status_of(exception)
    return render(request, "400.html", status=400) if status == 500 else turned_away(request, status)


def turned_away(request: HttpRequest, status: int) -> HttpResponse:
    # Nothing here may need the database: it may be what is missing.
    return render(None, f"{status}.html", {"sent": request.method not in ("GET", "HEAD")}, status=status)
