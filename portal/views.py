"""Pages that belong to no room: health, words about us."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consents.core import roles


@login_not_required
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain")


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Database, role, migrations: 200 or 503, with one word each."""
    state = readiness()
    return JsonResponse(state, status=200 if set(state.values()) == {"ok"} else 503)


def readiness() -> dict[str, str]:
    try:
        executor = MigrationExecutor(connection)
        behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        return {
            "database": "ok",
            "role": "wrong" if roles.problems(connection) else "ok",
            "migrations": "behind" if behind else "ok",
        }
    except DatabaseError:
        return {"database": "unreachable"}


@login_not_required
@require_safe
def words(request: HttpRequest, page: str) -> HttpResponse:
    """Help, privacy notice, accessibility: the same for everybody."""
    return render(request, f"pages/{page}.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was not ours, or too old. Nothing was saved."""
    return render(request, "403_csrf.html", status=403)
