"""Build the menu of the staff site: what this member of staff may open, by task."""

from collections.abc import Collection
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.access.customers.answer_form import preview_version
from consents.breaches.staff import pages as breaches
from consents.core.admin import get_role
from consents.disclosures.staff.pages import open_data, show_open_status
from consents.exemptions.staff.bypass_pages import decide_bypass, show_bypass_signs
from consents.exemptions.staff.conflict_pages import lift_conflict, show_conflicts
from consents.exports.staff.compliance.page import show_compliance
from consents.exports.staff.downloads import check_package
from consents.exports.staff.forms import show_customer_history
from consents.insights.staff.admin import check_note, download_answer, show_answer, show_statistics
from consents.notifications.staff.admin import show_own_emails
from consents.people.models import Role
from consents.people.services.holding import OFFICERS
from consents.people.staff.admin import show_acting_users
from consents.training.staff.admin import answer_module, show_own_training

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
OTHER_ICONS = {
    "notifications.message": "exclamation-triangle",
    "exports.export": "arrow-down-tray",
    "systems.receiver": "megaphone",
}

# Pages that are no lists of records: the name of the address, what the link is called, its icon.
DAILY_PAGES: list[tuple[str, Any, str]] = [
    ("index", gettext_lazy("Today"), "home"),
    ("training_own", gettext_lazy("Your training"), "academic-cap"),
    ("notifications_own", gettext_lazy("Emails to you"), "envelope"),
    ("insights_statistics", gettext_lazy("Statistics"), "chart-pie"),
]
# The same, after who may open it.
OVERSIGHT_PAGES: list[tuple[Collection[str], str, Any, str]] = [
    (OFFICERS, "exports_compliance", gettext_lazy("The year in charts"), "chart-bar"),
    (OFFICERS, "exports_history", gettext_lazy("History of one customer"), "clock"),
    ([Role.COMPLIANCE_OFFICER], "exports_check", gettext_lazy("Check a package"), "document-check"),
    (OFFICERS, "people_acting_users", gettext_lazy("Who can act for a customer"), "user-group"),
    ([Role.COMPLIANCE_OFFICER], "exemptions_bypasses", gettext_lazy("Signs of a bypass"), "eye"),
    ([Role.COMPLIANCE_OFFICER], "exemptions_conflicts", gettext_lazy("Conflicts of interest"), "hand-raised"),
    (OFFICERS, "breaches_list", gettext_lazy("Data breaches"), "fire"),
]


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
    daily = [link_page(*page) for page in DAILY_PAGES]
    oversight = [link_page(*page) for roles, *page in OVERSIGHT_PAGES if get_role(request) in roles]
    sections = [(_("Your day"), daily), *sections, (_("Oversight"), [*oversight, *others])]
    mark_current([link for _title, links in sections for link in links], request.path)
    return [{"title": title, "links": links} for title, links in sections if links]


def describe_list(model: dict[str, Any], icon: str) -> dict[str, Any]:
    """Link to the list, or for those who may only add to it, to the page for a new one."""
    if model["admin_url"]:
        return {"label": model["name"], "url": model["admin_url"], "icon": icon}
    return {"label": model["add_label"], "url": model["add_url"], "icon": icon}


def link_page(page: str, label: Any, icon: str) -> dict[str, Any]:
    return {"label": label, "url": reverse(f"admin:{page}"), "icon": icon}


def mark_current(links: list[dict[str, Any]], path: str) -> None:
    """Mark the link that this page belongs to: the longest address that it begins with."""
    home = reverse("admin:index")
    open_links = [link for link in links if path.startswith(link["url"]) and (link["url"] != home or path == home)]
    if open_links:
        max(open_links, key=lambda link: len(link["url"]))["current"] = True


PAGES: list[tuple[Any, ...]] = [
    ("preview/<int:id>/<slug:language>/", preview_version, "access_preview"),
    ("preview/<int:id>/<slug:language>/request/", preview_version, "access_preview_request", {"as_request": True}),
    ("compliance/", show_compliance, "exports_compliance"),
    ("acting/", show_acting_users, "people_acting_users"),
    ("check-package/", check_package, "exports_check"),
    ("history/", show_customer_history, "exports_history"),
    ("bypasses/", show_bypass_signs, "exemptions_bypasses"),
    ("bypasses/<uuid:id>/", decide_bypass, "exemptions_bypass"),
    ("conflicts/", show_conflicts, "exemptions_conflicts"),
    ("conflicts/<uuid:id>/lift/", lift_conflict, "exemptions_conflict_lift"),
    ("your-emails/", show_own_emails, "notifications_own"),
    ("your-training/", show_own_training, "training_own"),
    ("your-training/<slug:code>/", answer_module, "training_module"),
    ("statistics/", show_statistics, "insights_statistics"),
    ("statistics/note/", check_note, "insights_note"),
    ("statistics/<uuid:id>/", show_answer, "insights_answer"),
    ("statistics/<uuid:id>/numbers.csv", download_answer, "insights_numbers"),
    ("open/<uuid:id>/", open_data, "disclosures_open"),
    ("open/<uuid:id>/<uuid:grant>/", show_open_status, "disclosures_open_status"),
    ("breaches/", breaches.show_breaches, "breaches_list"),
    ("breaches/new/", breaches.record_new_breach, "breaches_new"),
    ("breaches/<uuid:id>/", breaches.show_breach, "breaches_case"),
    ("breaches/<uuid:id>/assess/", breaches.assess_case, "breaches_assess"),
    ("breaches/<uuid:id>/authority/", breaches.settle_with_authority, "breaches_authority"),
    ("breaches/<uuid:id>/tell/", breaches.announce_breach, "breaches_announce"),
    ("breaches/<uuid:id>/close/", breaches.close_case, "breaches_close"),
    ("breaches/words/<uuid:id>/", breaches.decide_words, "breaches_decide"),
]
