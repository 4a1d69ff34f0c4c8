"""What the rules of disclosures forbid, tried."""

from collections.abc import Callable

from tests.architecture.mutation.attempts.statements import NOW, NOWHERE, all_by_application, by_application

NEW_OPENING = """
INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, purpose_id, grant_id)
SELECT gen_random_uuid(), 'grant', staff_id, customer_id, category_id, purpose_id, id FROM access_grant WHERE id = %s
"""
OWN_COPY = f"""
INSERT INTO disclosures_opening (id, kind, customer_id) VALUES ('{NOWHERE}', 'own_copy', %s)
"""
COPY_TOLD = f"""
SELECT portal.append_entry('vault.own_copy', %s, 'portal', '', 'opening', '{NOWHERE}', '', 'job', NULL, '',
    '{{"opening":"{NOWHERE}","request":"{NOWHERE}"}}')
"""
VALUE_OPENING = f"""
INSERT INTO disclosures_opening (id, kind, staff_id, customer_id, category_id, field, request)
SELECT '{NOWHERE}', 'correction', %s, %s, min(id), 'phone', '{NOWHERE}' FROM catalogue_category
"""
VALUE_TOLD = f"""
SELECT portal.append_entry('vault.compared', %s, 'staff', %s, 'rights_request', '{NOWHERE}', '', 'portal', NULL, '',
    '{{"opening":"{NOWHERE}"}}')
"""
NEW_REPORT = """
INSERT INTO disclosures_lookreport (id, opening_id, customer_id, concern, reported_by_id, reported_at, due_at, finding)
SELECT gen_random_uuid(), o.id, o.customer_id, 'other', (SELECT user_id FROM people_acting LIMIT 1), {moment},
    {moment} + interval '336 hours', '' FROM disclosures_opening AS o
WHERE o.kind = '{kind}' AND NOT EXISTS (SELECT FROM disclosures_lookreport AS r WHERE r.opening_id = o.id) LIMIT 1
"""
COUNTING = f"""
INSERT INTO disclosures_opening (id, kind, staff_id, category_id, purpose_id)
SELECT '{NOWHERE}', 'statistics', %s, category_id, portal.statistics_purpose() FROM insights_question LIMIT 1
"""
COUNT_TOLD = f"""
SELECT portal.append_entry('vault.counted', NULL, 'portal', '', 'opening', '{NOWHERE}', '', 'job', NULL, '',
    '{{"opening":"{NOWHERE}","insight":"{NOWHERE}"}}')
"""
# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "disclosures_report_known_concern": "concern = 'whim'",
    "disclosures_report_due_later": "due_at = reported_at",
    "disclosures_report_answer_and_when": "answered_at = portal.now(), sealed_answer = NULL",
    "disclosures_report_decided_whole": "finding = CASE finding WHEN '' THEN 'in_order' ELSE '' END",
    "disclosures_opening_of_one_field": "field = 'phone'",
    "disclosures_opening_says_what": "grant_id = NULL",
    "disclosures_looknews_known": "how_often = 'hourly'",
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
    "disclosures_lookreport_of_customer": by_application(lambda s: NEW_REPORT.format(kind="own_copy", moment=NOW)),
    "disclosures_lookreport_frozen": by_application(
        lambda s: (
            "UPDATE disclosures_lookreport SET sealed_answer = '\\x00', answered_at = '2020-01-01Z' WHERE id = %s",
            [s.report],
        )
    ),
    "disclosures_lookreport_on_record": by_application(lambda s: NEW_REPORT.format(kind="grant", moment=NOW)),
    "disclosures_looknews_chosen": by_application(
        lambda s: ("INSERT INTO disclosures_looknews (customer_id, how_often) VALUES (%s, 'never')", [s.ben])
    ),
    "disclosures_looknews_on_record": by_application(lambda s: "UPDATE disclosures_looknews SET how_often = 'each'"),
    "disclosures_opening_on_record": by_application(lambda s: (NEW_OPENING, [s.grant])),
    "disclosures_opening_serves_a_correction": all_by_application(
        lambda s: [(VALUE_TOLD, [s.ada, str(s.pia)]), (VALUE_OPENING, [s.pia, s.ada])]
    ),
    "disclosures_opening_serves_a_request": all_by_application(lambda s: [(COPY_TOLD, [s.ada]), (OWN_COPY, [s.ada])]),
    "disclosures_opening_serves_an_insight": all_by_application(lambda s: [COUNT_TOLD, (COUNTING, [s.sam])]),
}
