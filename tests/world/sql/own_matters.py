"""What officers do about a customer, spelled out in SQL, as somebody with the application's password would do it."""

from tests.world.sql.erasing import NEW
from tests.world.sql.erasing_part import PROPOSE
from tests.world.sql.rights_steps import STEPS

ENTRY = """
SELECT portal.append_entry(%(event)s, %(customer)s::uuid, %(kind)s, %(officer)s::text, %(object_type)s, 'x', '',
    'admin', NULL, '', '{}')
"""
# By the trigger that refuses them: entries of staff, as event and type of object.
ENTRIES = {
    "rights_entry_own_matter": [
        (f"rights_request.{step}", "rights_request")
        for step in (
            *("filed", "matched", "identity_confirmed", "identity_failed", "paused", "extended", "answered"),
            *("system_searched", "appeal_decided", "words_read", "noted", "facts_compared", "law_chosen", "assigned"),
        )
    ],
    "people_entry_own_matter": [("erasure.cancelled", "erasure"), ("acting.ended", "customer")],
    "vault_entry_own_matter": [("part_erasure.cancelled", "part_erasure")],
    "choices_entry_own_matter": [
        (event, "mark") for event in ("restriction.lifted", "objection.lift_announced", "limit.placed")
    ],
    "disclosures_entry_own_matter": [("look_report.words_read", "look_report")],
    "exports_entry_own_matter": [("history.opened", "customer")],
    "exemptions_entry_own_matter": [("conflict.noted", "conflict"), ("conflict.lifted", "conflict")],
}
# Rows that name the officer, by the trigger that refuses them.
ROWS = {
    "people_legalhold_own_matter": [
        f"INSERT INTO people_legalhold {NEW['people_legalhold']}",
        "UPDATE people_legalhold SET lifted_by_id = %(officer)s, lifted_at = portal.now()"
        " WHERE customer_id = %(customer)s AND lifted_at IS NULL",
    ],
    "people_erasure_own_matter": [
        "INSERT INTO people_erasure (id, customer_id, reason, proposed_by_id)"
        " VALUES (gen_random_uuid(), %(customer)s, 'unlawful', %(officer)s)",
    ],
    "vault_parterasure_own_matter": [PROPOSE.replace("%(id)s", "gen_random_uuid()").replace("%(request)s", "%(id)s")],
    "rights_correction_own_matter": [
        "INSERT INTO rights_correction (rights_request_id, place, category_id, field, is_accepted, why_not,"
        " decided_by_id) SELECT %(id)s, 7, min(c.id), 'phone', true, '', %(officer)s FROM catalogue_category AS c",
    ],
    "rights_recipientnotice_own_matter": [
        "INSERT INTO rights_recipientnotice (rights_request_id, recipient_id, why_not, told_on, way, told_by_id)"
        " SELECT %(id)s, max(r.id), '', current_date, 'letter', %(officer)s FROM catalogue_recipient AS r",
    ],
    "rights_mention_own_matter": [f"INSERT INTO rights_mention {STEPS['mention']}"],
    "rights_redaction_own_matter": [f"INSERT INTO rights_redaction {STEPS['redaction']}"],
} | {
    f"rights_{of}_own_matter": [f"INSERT INTO rights_{of} {STEPS[of]}"]
    for of in ("answerdispatch", "appealdecision", "assignment", "clarification", "note", "search")
}
