"""A version as customers will read it, for the officers who write and publish it: the customer's own pages.

Lives here, above catalogue and choices, because some purposes are read on a request and others among the choices.
"""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods

from consents.access import presenting
from consents.access.answer_form import AnswerForm
from consents.access.models import AccessRequest, Reason, RequestedCategory
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion, Usage
from consents.choices import selectors as choices
from consents.core import clock
from consents.core.admin import role_of
from consents.people.models import Role

NOBODY = UUID(int=0)
READERS = {Role.PRIVACY_OFFICER, Role.COMPLIANCE_OFFICER}


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, id: int, language: str, as_request: bool = False) -> HttpResponse:
    """One page in one language. Its buttons can be pressed, and save nothing."""
    version = catalogue.with_words().filter(pk=id, lost=False).first()
    if version is None or language not in dict(settings.LANGUAGES) or role_of(request) not in READERS:
        raise Http404
    as_request = as_request or version.purpose.usage == Usage.PER_REQUEST
    # Before the language changes: the officer's own words, in the officer's language.
    bar = render_to_string("access/preview_bar.html", frame(version, language, as_request))
    saved = _("This is a preview: nothing was saved.")
    with override(language):
        page = request_page(request, version) if as_request else choice_page(version)
        if request.method == "POST":
            messages.info(request, saved)
        response = render(request, "access/preview.html", page | {"bar": bar})
    response["Content-Language"] = language
    return response


def frame(version: PurposeVersion, language: str, as_request: bool) -> dict[str, Any]:
    """The line above the page: which version, in which languages and on which pages it is read."""
    return {
        "version": version,
        "language": language,
        "languages": settings.LANGUAGES,
        "as_request": as_request,
        "has_both": version.purpose.usage == Usage.BOTH,
        "is_missing": language not in {notice.language for notice in version.notices.all()},
    }


def choice_page(version: PurposeVersion) -> dict[str, Any]:
    """Among the choices: asked on a page of its own, or only told of on the list."""
    standing = choices.unanswered(version)
    if standing.is_asked:
        return {"page": "choices/choice.html", "standing": standing, "act": "give"}
    return {"page": "choices/list.html", "without_asking": [standing]}


def request_page(request: HttpRequest, version: PurposeVersion) -> dict[str, Any]:
    """On a request, made up and never saved, of the officer who reads."""
    now = clock.now()
    row = AccessRequest(
        customer_id=NOBODY,
        staff=request.user,  # type: ignore[misc]
        asked_name=request.user.first_name,  # type: ignore[union-attr]
        asked_team=request.user.staff_member.team,  # type: ignore[union-attr]
        purpose=version.purpose,
        version=version,
        reason=Reason.YOU_CONTACTED_US,
        sentence=_("Here stands why, in one sentence of the member of staff who asks."),
        duration=version.purpose.access_default,
        filed_at=now,
        answer_by=now + version.purpose.answer_within,
        token=uuid4(),
    )
    requested = [RequestedCategory(request=row, category=category) for category in version.categories.all()]
    row._prefetched_objects_cache = {"requested": requested, "grants": []}  # type: ignore[attr-defined]
    return {"page": "access/request.html", "asked": presenting.asked(row, now), "form": AnswerForm(row, digest="")}
