"""What the rules of catalogue forbid, tried."""

from collections.abc import Callable

from tests.architecture.mutation.attempts.statements import all_by_application, by_application, told

NEW_VERSION = """
INSERT INTO catalogue_purposeversion (purpose_id, number, legal_basis, dpv_purpose, sale, storage, material,
    lost, drafted_by_id, published_by_id, published_at)
SELECT purpose_id, 99, legal_basis, dpv_purpose, sale, storage, material, lost, drafted_by_id, published_by_id,
    portal.now()
FROM catalogue_purposeversion WHERE id = %s
"""
PUBLISH = "UPDATE catalogue_purposeversion SET published_at = portal.now(), published_by_id = %s WHERE id = %s"
CONFIRM = """
UPDATE catalogue_retirement SET approved_at = portal.now(), approved_by_id = %s
WHERE purpose_id = %s AND cancelled_at IS NULL
"""
# In the moment of its confirmation, where there is one.
RETIRE = """
UPDATE catalogue_purpose AS p SET retired_at = coalesce(
    (SELECT max(r.approved_at) FROM catalogue_retirement AS r WHERE r.purpose_id = p.id), portal.now())
WHERE p.id = %s
"""
NEW_CATEGORY = """
INSERT INTO catalogue_category (id, code, words, term, sensitive, special, "order", published)
VALUES (987654, 'x', '{{}}', '', false, false, 1, {published})
"""
# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "catalogue_category_order_check": '"order" = -1',
    "catalogue_category_known_term": "term = 'pd:Shoe'",
    "catalogue_category_special_is_sensitive": "special = true, sensitive = false",
    "catalogue_category_special_terms_are_special": "term = 'pd:MedicalHealth', special = false, published = true",
    "catalogue_category_words": "words = '[]'",
    "catalogue_field_labels": "labels = '[]'",
    "catalogue_field_order_check": '"order" = -1',
    "catalogue_notice_hash": "hash = 'none'",
    "catalogue_purpose_access_length": "access_most = '31 days'",
    "catalogue_purpose_answer_within": "answer_within = '59 minutes'",
    "catalogue_purpose_known_usage": "usage = 'any'",
    "catalogue_purpose_teams": """teams = '[""]'""",
    "catalogue_purposeversion_consent_months_check": "consent_months = -1",
    "catalogue_purposeversion_number_check": "number = -1",
    "catalogue_purposeversion_retention_months_check": "retention_months = -1",
    "catalogue_recipient_country": "country = 'xx', safeguard = 'A45-3'",
    "catalogue_recipient_known_kind": "kind = 'friend'",
    "catalogue_recipient_known_safeguard": "country = 'US', safeguard = 'a promise'",
    "catalogue_recipient_protected_abroad": "country = 'US'",
    "catalogue_retirement_cancelled_by_and_at": "cancelled_at = portal.now(), cancelled_by_id = NULL",
    "catalogue_retirement_approved_by_and_at": "approved_by_id = NULL, approved_at = portal.now()",
    "catalogue_retirement_two_officers": "approved_by_id = proposed_by_id, approved_at = portal.now()",
    "catalogue_version_lost_is_material": "lost = true",
    "catalogue_version_known_basis": "legal_basis = 'A6-1-z'",
    "catalogue_version_known_term": "dpv_purpose = 'dpv:Fun'",
    "catalogue_version_months_count": "consent_months = 0",
    "catalogue_version_published_by_and_at": "published_by_id = NULL",
    "catalogue_version_storage": """storage = '["Mars"]'""",
    "catalogue_version_two_officers": "drafted_by_id = published_by_id",
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
    "catalogue_category_frozen": by_application(lambda s: "UPDATE catalogue_category SET published = false"),
    "catalogue_field_frozen": by_application(lambda s: "DELETE FROM catalogue_field"),
    "catalogue_purpose_retired_for_good": by_application(
        lambda s: "UPDATE catalogue_purpose SET retired_at = NULL WHERE retired_at IS NOT NULL"
    ),
    "catalogue_purpose_retired_now": by_application(
        lambda s: (
            "UPDATE catalogue_purpose SET retired_at = portal.now() - interval '1 hour' WHERE id = %s",
            [s.purpose],
        )
    ),
    "catalogue_retirement_frozen": by_application(
        lambda s: ("UPDATE catalogue_retirement SET proposed_at = '2020-01-01Z' WHERE purpose_id = %s", [s.purpose])
    ),
    "catalogue_retirement_on_record": by_application(
        lambda s: (
            "UPDATE catalogue_retirement SET cancelled_at = portal.now(), cancelled_by_id = %s"
            " WHERE purpose_id = %s AND cancelled_at IS NULL",
            [s.pia, s.purpose],
        )
    ),
    "catalogue_retirement_takes_effect": by_application(
        lambda s: (
            "UPDATE catalogue_retirement SET approved_at = portal.now(), approved_by_id = %s"
            " WHERE purpose_id = %s AND cancelled_at IS NULL",
            [s.pia, s.purpose],
        )
    ),
    "catalogue_purposeversion_frozen": by_application(lambda s: "UPDATE catalogue_purposeversion SET sale = true"),
    "catalogue_purposeversion_categories_frozen": by_application(
        lambda s: "DELETE FROM catalogue_purposeversion_categories"
    ),
    "catalogue_purposeversion_recipients_frozen": by_application(
        lambda s: "DELETE FROM catalogue_purposeversion_recipients"
    ),
    "catalogue_purposeversion_writers_frozen": by_application(
        lambda s: (
            "INSERT INTO catalogue_purposeversion_writers (purposeversion_id, user_id) VALUES (%s, %s)",
            [s.version, s.sam],
        )
    ),
    "catalogue_purposeversion_writers_stay": by_application(
        lambda s: ("DELETE FROM catalogue_purposeversion_writers WHERE purposeversion_id = %s", [s.draft])
    ),
    "catalogue_purposeversion_begins_as_draft": by_application(lambda s: (NEW_VERSION, [s.version])),
    "catalogue_purposeversion_published_whole": by_application(lambda s: (PUBLISH, [s.sam, s.draft])),
    "catalogue_notice_frozen": by_application(lambda s: "UPDATE catalogue_notice SET name = 'Other'"),
    "catalogue_recipient_frozen": by_application(lambda s: "UPDATE catalogue_recipient SET name = 'Other'"),
    "catalogue_category_on_record": by_application(lambda s: NEW_CATEGORY.format(published="false")),
    "catalogue_category_published_on_record": all_by_application(
        lambda s: [told("category.drafted", 987654), NEW_CATEGORY.format(published="true")]
    ),
    "catalogue_field_on_record": by_application(
        lambda s: (
            """INSERT INTO catalogue_field (category_id, key, labels, "order") VALUES (%s, 'x', '{}', 1)""",
            [s.half],
        )
    ),
    "catalogue_recipient_on_record": by_application(
        lambda s: (
            "INSERT INTO catalogue_recipient (code, name, kind, address, contact, country, safeguard)"
            " VALUES ('x', 'X', 'dpv:ThirdParty', 'x', 'x', 'IE', '')"
        )
    ),
    "catalogue_purpose_keeps_its_code": by_application(
        lambda s: "UPDATE catalogue_purpose SET code = 'statistics-of-ours' WHERE code = 'support'"
    ),
    "catalogue_purpose_on_record": by_application(
        lambda s: "UPDATE catalogue_purpose SET access_default = '1 hour' WHERE code = 'support'"
    ),
    "catalogue_purpose_retired_on_record": all_by_application(
        lambda s: [
            told("purpose.changed", s.purpose),
            (CONFIRM, [s.pia, s.purpose]),
            (RETIRE, [s.purpose]),
        ]
    ),
    "catalogue_purpose_teams_on_record": all_by_application(
        lambda s: [
            told("purpose.changed", s.purpose, teams=["Returns", "Sales"]),
            ("""UPDATE catalogue_purpose SET teams = '["Returns"]' WHERE id = %s""", [s.purpose]),
        ]
    ),
    "catalogue_purposeversion_on_record": by_application(
        lambda s: ("UPDATE catalogue_purposeversion SET sale = true WHERE id = %s", [s.draft])
    ),
    "catalogue_purposeversion_published_on_record": all_by_application(
        lambda s: [
            told("purpose_version.changed", s.draft),
            ("UPDATE catalogue_notice SET hash = repeat('0', 64) WHERE version_id = %s", [s.draft]),
            (PUBLISH, [s.pia, s.draft]),
        ]
    ),
    "catalogue_notice_on_record": by_application(
        lambda s: ("UPDATE catalogue_notice SET text = 'Other' WHERE version_id = %s", [s.draft])
    ),
    "catalogue_purposeversion_categories_on_record": by_application(
        lambda s: ("DELETE FROM catalogue_purposeversion_categories WHERE purposeversion_id = %s", [s.draft])
    ),
    "catalogue_purposeversion_recipients_on_record": by_application(
        lambda s: ("DELETE FROM catalogue_purposeversion_recipients WHERE purposeversion_id = %s", [s.draft])
    ),
    "catalogue_purposeversion_writers_on_record": by_application(
        lambda s: (
            "INSERT INTO catalogue_purposeversion_writers (purposeversion_id, user_id) VALUES (%s, %s)",
            [s.draft, s.sam],
        )
    ),
}
