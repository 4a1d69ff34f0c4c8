"""Words of the customer's page about a security incident. Decides nothing."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consents.breaches.models import AnnouncementText, BreachNotice
from consents.breaches.selectors import UNREAD


def choose_text(notice: BreachNotice) -> AnnouncementText:
    """Return the words in the reader's language, else in the first one there is."""
    texts = list(notice.announcement.texts.all())
    return next((text for text in texts if text.language == get_language()), texts[0])


def list_unread_notices(*, beside: Mapping[str, list[Any]], **_kwargs: Any) -> list[dict[str, str]]:
    """List what this customer has not read yet; by signal, for the home page, which has read it."""
    return [
        {
            "title": _("A security incident concerns your data"),
            "text": choose_text(notice).happened,
            "url": reverse("breaches:notice", args=[notice.pk]),
            "link": _("Read what happened and what you can do"),
            "tone": "stop",
        }
        for notice in beside[UNREAD]
    ]


def build_notice_context(notice: BreachNotice) -> dict[str, Any]:
    return {
        "notice": notice,
        "number": notice.announcement.breach.number,
        "text": choose_text(notice),
        "noticed_at": notice.announcement.breach.noticed_at,
    }
