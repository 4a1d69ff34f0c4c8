"""The pages of the staff site that belong to no list of records: address, view and name of each."""

from typing import Any

from consents.access.customers.preview_pages import preview_version
from consents.breaches.staff import pages as breaches
from consents.disclosures.staff.pages import open_data, show_open_status
from consents.exemptions.staff.bypass_pages import decide_bypass, show_bypass_signs
from consents.exemptions.staff.conflict_pages import lift_conflict, show_conflicts
from consents.exports.staff.check_page import check_package
from consents.exports.staff.compliance.page import show_compliance
from consents.exports.staff.history_pages import show_customer_history
from consents.insights.staff.pages import check_note, download_answer, show_answer, show_statistics
from consents.notifications.staff.own_page import show_own_emails
from consents.people.staff.acting_pages import show_acting_users
from consents.training.staff.pages import answer_module, show_own_training

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
