"""Words of the customer's page about a security incident. Decides nothing."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from consents.breaches import selectors, services
from consents.breaches.models import AnnouncementText, BreachNotice
from consents.breaches.selectors import NOTICES
from consents.core.durations import format_whole_day
from consents.core.refusals import get_or_refuse
from consents.people.visitors import CustomerRequest, customer_required, run_once


@require_safe
@customer_required
def show_breach_notice(request: CustomerRequest, id: UUID) -> HttpResponse:
    notice = get_or_refuse(selectors.select_notices_of(request.visitor.customer.pk).filter(pk=id))
    return render(request, "breaches/notice.html", build_notice_context(notice))


@require_POST
@customer_required
def confirm_notice(request: CustomerRequest, id: UUID) -> HttpResponse:
    """Record that it was read, and go to the first page, which it has left."""
    run_once(request, lambda by: services.confirm_reading(notice=id, acting=request.visitor.acting, by=by))
    return redirect("home")


def choose_text(notice: BreachNotice) -> AnnouncementText:
    """Return the words in the reader's language, else in the first one there is."""
    texts = list(notice.announcement.texts.all())
    return next((text for text in texts if text.language == get_language()), texts[0])


def list_notices(*, beside: Mapping[str, list[Any]], **_kwargs: Any) -> list[dict[str, str]]:
    """List what this customer has not read yet, and links to what they have; by signal, for the home page, which has
    read it.
    """
    return [build_past_notice(notice) if notice.read_at else build_unread_notice(notice) for notice in beside[NOTICES]]


def build_unread_notice(notice: BreachNotice) -> dict[str, str]:
    return {
        "title": _("A security incident concerns your data"),
        "text": choose_text(notice).happened,
        "url": reverse("breaches:notice", args=[notice.pk]),
        "link": _("Read what happened and what you can do"),
        "tone": "stop",
    }


def build_past_notice(notice: BreachNotice) -> dict[str, str]:
    """Name it by the day on which it was told: of two, the reader looks for one."""
    day = format_whole_day(timezone.localtime(notice.told_at))
    link = _("Security incident of which we told you on %(day)s") % {"day": day}
    return {"url": reverse("breaches:notice", args=[notice.pk]), "link": link, "tone": "past"}


def build_notice_context(notice: BreachNotice) -> dict[str, Any]:
    return {
        "notice": notice,
        "number": notice.announcement.breach.number,
        "text": choose_text(notice),
        "noticed_at": notice.announcement.breach.noticed_at,
    }
