"""Build the menu of the staff site: what this member of staff may open, by task."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Of each list of records its icon (of the heroicons). What is not named here stands under the last title.
SECTIONS: list[tuple[Any, dict[str, str]]] = [
    (
        gettext_lazy("Asking"),
        {
            "access.accessrequest": "chat-bubble-left-right",
            "access.proposedrequest": "hand-raised",
            "exemptions.exemption": "shield-exclamation",
            "disclosures.lookreport": "flag",
        },
    ),
    (
        gettext_lazy("Privacy rights"),
        {
            "rights.rightsrequest": "inbox",
            "rights.questiontemplate": "chat-bubble-left-ellipsis",
            "choices.choice": "adjustments-horizontal",
            "people.erasure": "trash",
            "people.legalhold": "lock-closed",
            "people.claimcode": "key",
        },
    ),
    (
        gettext_lazy("Catalogue"),
        {
            "catalogue.purpose": "light-bulb",
            "catalogue.purposeversion": "document-text",
            "catalogue.category": "tag",
            "catalogue.recipient": "building-office",
            "access.sentencetemplate": "chat-bubble-bottom-center-text",
            "insights.question": "calculator",
        },
    ),
    (
        gettext_lazy("Colleagues"),
        {
            "people.staffmember": "users",
            "people.staffproposal": "identification",
            "training.moduleversion": "academic-cap",
            "training.attestation": "clipboard-document-check",
        },
    ),
]
PAGE_ICONS = {
    "compliance": "chart-bar",
    "history": "clock",
    "check-package": "document-check",
    "acting": "user-group",
    "bypasses": "eye",
    "conflicts": "hand-raised",
    "breaches": "fire",
    "your-training": "academic-cap",
    "your-emails": "envelope",
    "statistics": "chart-pie",
}
OTHER_ICONS = {
    "notifications.message": "exclamation-triangle",
    "exports.export": "arrow-down-tray",
    "systems.receiver": "megaphone",
}


def build_staff_menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Build the sections that have something for this reader; of all links the one that is open says so."""
    lists = {
        f"{room['app_label']}.{model['object_name'].lower()}": model
        for room in admin.site.get_app_list(request)
        for model in room["models"]
        if model["admin_url"] or model["add_url"]
    }
    named = {label for _title, labels in SECTIONS for label in labels}
    sections = [
        (title, [describe_list(lists[label], labels[label]) for label in labels if label in lists])
        for title, labels in SECTIONS
    ]
    others = [
        describe_list(model, OTHER_ICONS.get(label, "folder")) for label, model in lists.items() if label not in named
    ]
    sections = [(_("Your day"), list_daily_links()), *sections, (_("Oversight"), [*list_pages(request), *others])]
    mark_current([link for _title, links in sections for link in links], request.path)
    return [{"title": title, "links": links} for title, links in sections if links]


def describe_list(model: dict[str, Any], icon: str) -> dict[str, Any]:
    """Link to the list, or for those who may only add to it, to the page for a new one."""
    if model["admin_url"]:
        return {"label": model["name"], "url": model["admin_url"], "icon": icon}
    return {"label": model["add_label"], "url": model["add_url"], "icon": icon}


def list_daily_links() -> list[dict[str, Any]]:
    return [
        {"label": _("Today"), "url": reverse("admin:index"), "icon": "home"},
        {"label": _("Your training"), "url": reverse("admin:training_own"), "icon": PAGE_ICONS["your-training"]},
        {"label": _("Emails to you"), "url": reverse("admin:notifications_own"), "icon": PAGE_ICONS["your-emails"]},
        {"label": _("Statistics"), "url": reverse("admin:insights_statistics"), "icon": PAGE_ICONS["statistics"]},
    ]


def list_pages(request: HttpRequest) -> list[dict[str, Any]]:
    """List the pages of rooms that are no lists of records."""
    from consents.breaches.staff import pages as breach_pages
    from consents.exemptions.staff import bypass_pages
    from consents.exports.staff.compliance import page as compliance
    from consents.people.staff import acting_pages

    rooms: list[Callable[[Any], list[dict[str, Any]]]]
    rooms = [compliance.list_page_links, acting_pages.list_acting_links, bypass_pages.list_bypass_links]
    rooms.append(breach_pages.list_breach_links)
    links = [link for list_links in rooms for link in list_links(request)]
    return [link | {"icon": PAGE_ICONS.get(link["url"].split("/")[-2], "folder")} for link in links]


def mark_current(links: list[dict[str, Any]], path: str) -> None:
    """Mark the link that this page belongs to: the longest address that it begins with."""
    home = reverse("admin:index")
    open_links = [link for link in links if path.startswith(link["url"]) and (link["url"] != home or path == home)]
    if open_links:
        max(open_links, key=lambda link: len(link["url"]))["current"] = True
