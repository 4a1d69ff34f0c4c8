"""Choose what templates show by a table: the look of a state, the name of a browser, htmx's settings."""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from allauth.mfa.models import Authenticator
from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from consents.accounts.sessions import browser_and_system
from consents.core.durations import format_local_moment, format_whole_day, get_home_day, keep_counts

register = template.Library()
register.filter(keep_counts)
register.filter(browser_and_system)
register.filter("company_day", get_home_day)  # of a deadline of the law


@register.filter
def label_cells(cells: Sequence[str], headers: Sequence[dict[str, Any]]) -> list[str]:
    """Give each cell of a list in the admin the name of its column, but those with a box to tick."""
    return [
        str(cell) if "action-checkbox" in header.get("class_attrib", "") else label_cell(str(cell), header["text"])
        for cell, header in zip(cells, headers, strict=True)
    ]


def label_cell(cell: str, column: object) -> str:
    named = name_yes_and_no(cell)
    return mark_safe(named.replace("<td", format_html('<td data-label="{}"', capfirst(str(column))), 1))


# The stock admin's picture of a yes, a no, or neither.
YES_OR_NO = re.compile(r'<img src="[^"]*icon-(yes|no|unknown)[^"]*" alt="(?:True|False|None)">')


@register.filter
def is_yes_or_no(markup: str) -> bool:
    return bool(YES_OR_NO.fullmatch(markup))


@register.filter
def name_yes_and_no(markup: str) -> str:
    """Say yes and no in words where the stock admin shows pictures, which read “True” and “False” aloud."""
    words = {"yes": _("yes"), "no": _("no"), "unknown": "–"}
    named = YES_OR_NO.sub(lambda found: words[found[1]], markup)
    return mark_safe(named) if isinstance(markup, SafeString) or named != markup else markup


class Look(NamedTuple):
    """Tone and icon of components/tag.html."""

    tone: str
    icon: str


WAITING, ALLOWED, ENDED = Look("wait", "clock"), Look("yes", "check"), Look("no", "stop")
NOTHING = Look("no", "minus")
# By the states of access requests, grants, choices and switches, in lower case.
LOOKS = {
    "pending": WAITING,
    "approved": ALLOWED,
    "partly_approved": ALLOWED,
    "live": ALLOWED,
    "on": ALLOWED,
    "consentgiven": ALLOWED,
    "expired": Look("no", "calendar"),
    "stopped": ENDED,
    "ended": ENDED,
    "consentwithdrawn": ENDED,
    "withdrawn": ENDED,
    "revoked": ENDED,
    "cancelled": ENDED,
    "without_asking": Look("no", "information-circle"),
    "exemption": Look("stop", "exclamation-triangle"),
}

HTMX = {
    "includeIndicatorStyles": False,
    "allowEval": False,
    "allowScriptTags": False,
    "selfRequestsOnly": True,
    "historyCacheSize": 0,
    "refreshOnHistoryMiss": True,
    "historyRestoreAsHxRequest": False,
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "422", "swap": True},
        {"code": "[45]..", "swap": False, "error": True},
    ],
}


@register.filter
def status_look(code: str) -> Look:
    return LOOKS.get(code.lower(), NOTHING)


@register.filter
def switch_status(switch: object) -> dict[str, str]:
    """Return code and word, for components/status.html, of what is on or off."""
    return {"code": "on", "word": _("On")} if switch else {"code": "off", "word": _("Off")}


@register.filter
def is_last_factor(authenticator: Authenticator) -> bool:
    """Return whether signing in takes one step once this is removed; recovery codes alone are no second one."""
    others = Authenticator.objects.filter(user=authenticator.user_id).exclude(pk=authenticator.pk)
    return not others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


@register.filter(expects_localtime=True)
def name_day(day: date | datetime) -> str:
    """Name a day within a sentence; elsewhere it stands in a `<time>` of its own (components/day.html)."""
    return format_whole_day(day)


@register.filter
def name_moment(moment: datetime) -> str:
    """Name a moment within a sentence; elsewhere it stands in a `<time>` of its own (components/time.html)."""
    return keep_counts(format_local_moment(moment))


@register.filter
def link_phone(phone: object) -> str:
    """Link a number to the telephone that shows it. Words that stand in its place stay words."""
    number = re.sub(r"[^+\d]", "", str(phone))
    return format_html('<a href="tel:{}">{}</a>', number, phone) if len(number) > 4 else str(phone)


NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"  # so that no line ends with “Art.”
CASE_HYPHEN = re.compile(r"(?<=\bC)-(?=\d+/\d)")  # of a judgment, as in C-579/21
PARTED = re.compile(r"(?<=\bUK) (?=GDPR)|(?<=\b11) (?=CCR)|(?<=\b(?:CCR|Civ)) (?=\d)|(?<=§) (?=\d)")
ARTICLE = re.compile(r"(\d+)(?:\((\d+)\))?(?:\(([a-z])\))?")
# One article or a list of them, as `consents.law` and the exports name them.
GDPR_ARTICLES = re.compile(rf"\b(UK )?GDPR Art ({ARTICLE.pattern}(?:, {ARTICLE.pattern})*)(?!\d|\(|-)")


@register.filter
def keep_whole(number: str) -> str:
    """Keep a number on one line, unless it is longer than a line of a small telephone."""
    return format_html("<bdi>{}</bdi>", number) if len(number) <= 20 else number


@register.filter
def keep_email_whole(words: str) -> SafeString:
    """Break no line after the hyphen of “E-Mail”. The words are a customer's to read: plain, or in paragraphs."""
    return mark_safe(re.sub(r"\bE-Mail[\w-]*", r"<bdi>\g<0></bdi>", conditional_escape(words)))


@register.filter
def cite_law(citation: str) -> str:
    """Write articles of the GDPR as lawyers do in the reader's language: “Art. 7 Abs. 3 DSGVO”."""
    words = GDPR_ARTICLES.sub(write_articles, str(citation))
    return CASE_HYPHEN.sub("\N{NON-BREAKING HYPHEN}", PARTED.sub(NO_BREAK_SPACE, words))


def write_articles(found: re.Match[str]) -> str:
    kingdom, named = found.groups()[:2]
    listed = [write_article(article).replace(" ", NO_BREAK_SPACE) for article in ARTICLE.finditer(named)]
    articles = pgettext("between two articles of a law", ", ").join(listed)
    words: str = (_("UK GDPR Art %(article)s") if kingdom else _("GDPR Art %(article)s")) % {"article": articles}
    words = words.replace(f" {listed[0]}", f"{NO_BREAK_SPACE}{listed[0]}")
    return words.replace(f"{listed[-1]} ", f"{listed[-1]}{NO_BREAK_SPACE}")


def write_article(found: re.Match[str]) -> str:
    article, paragraph, letter = found.groups()
    if paragraph:
        article = _("%(article)s(%(paragraph)s)") % {"article": article, "paragraph": paragraph}
    if letter:
        article = _("%(article)s(%(letter)s)") % {"article": article, "letter": letter}
    return str(article)


@register.simple_tag
def htmx_config() -> str:
    return json.dumps(HTMX, separators=(",", ":"))


@register.simple_tag
def company_sign_in(id: str, back: str | None) -> dict[str, str] | None:
    """Return where the company's provider for staff or customers is begun with, and its name, if there is one. `back`:
    the page to lead to afterwards, if any."""
    sign_in = settings.PORTAL_SIGN_INS.get(id)
    url = reverse("openid_connect_login", args=[id], query={"next": back} if back else None)
    return {"url": url, "name": sign_in.name} if sign_in else None
