"""The customers' own pages with a version on them, for the officers who write and publish it.

Lives here, above catalogue and choices, because some purposes are read on a request and others among the choices.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods

from consents.access.customers import presenting
from consents.access.customers.answer_form import AccessAnswerForm
from consents.access.models import Reason
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import PurposeVersion, Usage
from consents.choices import selectors as choices
from consents.choices.customers import presenting as choices_presenting
from consents.core import clock
from consents.core.admin import get_role
from consents.people.services.holding import OFFICERS
from consents.people.visitors import CustomerRequest

NOBODY = UUID(int=0)


@require_http_methods(["GET", "HEAD", "POST"])
def preview_version(request: CustomerRequest, id: int, language: str, as_request: bool = False) -> HttpResponse:
    """Show one page in one language. Its buttons work, but save nothing."""
    versions = catalogue.select_with_words().prefetch_related("categories__fields")
    version = versions.filter(pk=id, lost=False).first()
    if version is None or language not in dict(settings.LANGUAGES) or get_role(request) not in OFFICERS:
        raise Http404
    as_request = as_request or version.purpose.usage == Usage.PER_REQUEST
    # Before the language changes: the officer's own words, in the officer's language.
    bar = render_to_string("access/preview_bar.html", build_bar_context(version, language, as_request))
    saved = _("This is a preview: nothing was saved.")
    with override(language):
        page = build_request_page(request, version) if as_request else build_choice_context(version)
        if request.method == "POST":
            messages.info(request, saved)
        response = render(request, "access/preview.html", page | {"bar": bar})
    response["Content-Language"] = language
    return response


def build_bar_context(version: PurposeVersion, language: str, as_request: bool) -> dict[str, Any]:
    """Build the bar above the page: which version, in which languages and on which pages it is read."""
    return {
        "version": version,
        "language": language,
        "languages": settings.LANGUAGES,
        "as_request": as_request,
        "has_both": version.purpose.usage == Usage.BOTH,
        "is_missing": language not in {notice.language for notice in version.notices.all()},
    }


def build_choice_context(version: PurposeVersion) -> dict[str, Any]:
    """Show a purpose that asks for consent on its own page, any other on the list of choices."""
    standing = choices.build_unanswered_standing(version)
    if standing.is_asked:
        return {"page": "choices/choice.html", "standing": standing, "act": "give"}
    state = choices_presenting.describe_standing(standing)
    return {"page": "choices/list.html", "without_asking": [(standing, state)]}


def build_request_page(request: CustomerRequest, version: PurposeVersion) -> dict[str, Any]:
    """Build a request by the reading officer that is never saved."""
    now = clock.now()
    access_request = presenting.build_draft(
        version,
        request.user.staff_member,
        now,
        version.categories.all(),
        customer_id=NOBODY,
        reason=Reason.YOU_CONTACTED_US,
        sentence=_("Here the requester says why, in one sentence."),
        duration=version.purpose.access_default,
        answer_by=now + version.purpose.answer_within,
    )
    return {
        "page": "access/request.html",
        "asked": presenting.build_request_context(access_request, now),
        "form": AccessAnswerForm(access_request, digest=""),
    }
