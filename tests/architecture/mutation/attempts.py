"""An attempt for every part of the database that keeps a promise. What is refused here must be allowed, or refused by
something else, once the part is gone; a part without an attempt is a failure of its own.
"""

import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from psycopg import Connection

from tests.architecture.mutation.parts import Part
from tests.architecture.mutation.speaking import Statement, outcome
from tests.world.sql import exemptions, own_matters
from tests.world.sql import exports as exports
from tests.world.sql.erasing import NEW, erasing
from tests.world.sql.erasing_part import proposing_part
from tests.world.sql.rights_steps import STEPS

CHECK_VIOLATION = "23514"
NOWHERE = "11111111-2222-4333-8444-555555555555"
# On which request of the scene a step could be taken but for its entry, and on which its own check refuses it.
ON_RECORD = {
    "acknowledgement": "unacknowledged",
    "answer": "unanswered",
    "answerdispatch": "denied_right",
    "appeal": "denied_right",
    "appealdecision": "appealed",
    "assignment": "right",
    "clarification": "right",
    "clarificationreply": "paused",
    "deadlineextension": "unanswered",
    "identitycheck": "right",
    "lawchoice": "strangers_right",
    "pause": "right",
    "pauseend": "paused",
    "recipientnotice": "right",
    "search": "right",
}
CHECKED = {
    "answer": "right",
    "answerdispatch": "right",
    "appeal": "answered_right",
    "deadlineextension": "opt_in",
    "identitycheck": "objection",
    "lawchoice": "right",
    "pause": "opt_in",
}
DERIVED = ["acknowledgement", "answer", "assignment", "deadlineextension", "pause", "pauseend"]
BEFORE_ANSWER = [
    "acknowledgement",
    "assignment",
    "clarification",
    "clarificationreply",
    "deadlineextension",
    "identitycheck",
    "lawchoice",
    "pause",
    "pauseend",
    "search",
]
OF_RIGHTS_REQUEST = [
    f"rights_{of}" for of in (*STEPS, "chosenentry", "correction", "draft", "misseddeadline", "statement")
]
# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "access_request_answer_by_later": "answer_by = filed_at",
    "access_request_ended_when_not_pending": "state = 'denied', ended_at = NULL",
    "access_request_known_state": "state = 'granted', ended_at = portal.now()",
    "access_request_says_why": "sentence = ''",
    "access_answer_known_decision": "decision = 'some'",
    "access_callercode_few_tries": "tries = 4",
    "access_callercode_proof_fits": "proof = '\\x01', proved_at = portal.now()",
    "access_callercode_tries_check": "tries = -1",
    "access_enquiry_reply_and_when": "replied_at = portal.now(), sealed_reply = NULL",
    "access_block_names_whom": "team = CASE team WHEN '' THEN 'Returns' ELSE '' END",
    "access_grant_end_says_why": """ended_at = portal.now(), "end" = ''""",
    "access_grant_not_empty": "ends_at = starts_at",
    "access_grant_one_ground": "access_request_id = NULL, exemption = NULL",
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
    "catalogue_purposeversion_consent_months_check": "consent_months = -1",
    "catalogue_purposeversion_number_check": "number = -1",
    "catalogue_purposeversion_retention_months_check": "retention_months = -1",
    "catalogue_recipient_country": "country = 'xx', safeguard = 'A45-3'",
    "catalogue_recipient_known_kind": "kind = 'friend'",
    "catalogue_recipient_known_safeguard": "country = 'US', safeguard = 'a promise'",
    "catalogue_recipient_protected_abroad": "country = 'US'",
    "catalogue_version_lost_is_material": "lost = true",
    "catalogue_version_known_basis": "legal_basis = 'A6-1-z'",
    "catalogue_version_known_term": "dpv_purpose = 'dpv:Fun'",
    "catalogue_version_months_count": "consent_months = 0",
    "catalogue_version_published_by_and_at": "published_by_id = NULL",
    "choices_choice_known_status": "status = 'ConsentAssumed', valid_until = NULL",
    "choices_choice_only_a_yes_despite_signal": "status = 'ConsentRequested', valid_until = NULL,"
    " despite_signal = true",
    "choices_choice_only_a_yes_runs_out": "status = 'ConsentRequested'",
    "choices_choice_rests_by_a_rule": "rests_until = portal.now()",
    "choices_mark_known_kind": "kind = 'wish', purpose_id = NULL",
    "choices_mark_only_objections_of_a_purpose": "kind = 'restriction', purpose_id = (SELECT id FROM catalogue_purpose"
    " LIMIT 1)",
    "catalogue_version_storage": """storage = '["Mars"]'""",
    "catalogue_version_two_officers": "drafted_by_id = published_by_id",
    "disclosures_report_known_concern": "concern = 'whim'",
    "disclosures_report_due_later": "due_at = reported_at",
    "disclosures_report_answer_and_when": "answered_at = portal.now(), sealed_answer = NULL",
    "disclosures_report_decided_whole": "finding = CASE finding WHEN '' THEN 'in_order' ELSE '' END",
    "disclosures_opening_of_one_field": "field = 'phone'",
    "disclosures_opening_says_what": "grant_id = NULL",
    "exemptions_delay_says_why": "law = ''",
    "exemptions_exemption_asked_or_why_not": "why_unasked = ''",
    "exemptions_exemption_decided_by_and_at": "state = 'allowed'",
    "exemptions_exemption_no_foreign_order_alone": "is_foreign = true",
    "exemptions_exemption_says_why": "sentence = ''",
    "exemptions_exemption_two_people": "decided_by_id = staff_id",
    "exemptions_exemption_whole_ground": "kind = 'whim'",
    "exports_export_chosen": "chosen = '[]'",
    "exports_export_personal_has_officer": "personal = true, made_by_id = NULL",
    "exports_export_version_check": "version = -1",
    "exports_export_known_dataset": "dataset = 'people'",
    "exports_export_known_format": "format = 'doc'",
    "exports_export_document_of_register": "format = 'pdf', dataset = 'requests'",
    "exports_export_period_not_empty": "until_date = from_date",
    "exports_export_says_why": "reason = ''",
    "exports_result_counts": "rows = -1",
    "exports_result_digest": "sha256 = 'none'",
    "insights_cell_no_small_number": "number = 4",
    "insights_insight_minimum": "minimum = 4",
    "insights_question_dated_by_a_field": "step = 'year', date_field = ''",
    "insights_question_known_grouping": "grouping = 'thirds'",
    "insights_question_known_measure": "measure = 'people'",
    "insights_question_retired_by_and_at": "retired_at = portal.now(), retired_by_id = NULL",
    "insights_question_words": "words = '[]'",
    "insights_result_known_outcome": "outcome = 'guessed', total = NULL",
    "insights_result_no_small_total": "total = 4",
    "insights_result_total_if_counted": "total = NULL",
    "ledger_entry_details_are_an_object": "details = '[]'",
    "ledger_restoration_journal_before_opening": "journal = NULL",
    "ledger_restoration_states_what_is_lost": "lost_size = 5",
    "notifications_failingaddress_known_how": "how = 'guessed'",
    "notifications_message_done_or_not": "outcome = 'lost', sent_at = portal.now()",
    "notifications_message_tries_check": "tries = -1",
    "notifications_preference_known": "digests = 'daily'",
    "disclosures_looknews_known": "how_often = 'hourly'",
    "notifications_message_one_recipient": "user_id = (SELECT id FROM people_user LIMIT 1),"
    " customer_id = (SELECT id FROM people_customer LIMIT 1)",
    "people_acting_known_capacity": "capacity = 'friend'",
    "people_claimcode_known_capacity": "capacity = 'agent'",
    "people_claimcode_two_officers": "approved_by_id = proposed_by_id",
    "people_claimcode_approved_by_and_at": "approved_by_id = NULL",
    "people_claimcode_printed_once_approved": "approved_by_id = NULL, approved_at = NULL, ends_at = NULL",
    "people_claimcode_used_by_and_at": "used_at = portal.now(), used_by_id = NULL",
    "people_claimcode_cancelled_by_and_at": "cancelled_at = portal.now(), cancelled_by_id = NULL",
    "people_user_new_email_and_when": "new_email = 'x@example.com', new_email_at = NULL",
    "people_user_closed_is_bare": "closed_at = portal.now(), is_active = true",
    "people_customer_address_both_or_neither": "sealed_address = NULL",
    "people_customer_reference_not_empty": "reference = ''",
    "people_customer_unlinked_when_erased": "language = 'en', erased_at = portal.now()",
    "people_erasure_cancelled_by_and_at": "cancelled_at = portal.now(), cancelled_by_id = NULL",
    "people_erasure_confirmed_and_done": "done_at = portal.now(), confirmed_by_id = NULL, cancelled_at = NULL,"
    " cancelled_by_id = NULL",
    "people_erasure_is_proposed": "proposed_by_id = NULL",
    "people_erasure_known_reason": "reason = 'whim'",
    "people_erasure_two_officers": "confirmed_by_id = proposed_by_id, done_at = portal.now(), cancelled_at = NULL,"
    " cancelled_by_id = NULL",
    "people_legalhold_known_reason": "reason = 'whim'",
    "people_legalhold_lifted_by_and_at": "lifted_at = portal.now(), lifted_by_id = NULL",
    "people_legalhold_names_its_document": "document = ''",
    "people_legalhold_placed_by_somebody": "placed_by_id = NULL",
    "people_staffmember_known_role": "role = 'superuser'",
    "people_directorygroup_named": "name = ''",
    "people_directoryperson_named": "name = ''",
    "people_staffproposal_approved_by_and_at": "approved_by_id = NULL, approved_at = portal.now()",
    "people_staffproposal_cancelled_by_and_at": "cancelled_at = portal.now(), cancelled_by_id = NULL",
    "people_staffproposal_known_change": "role = 'requester'",
    "people_staffproposal_two_others": "approved_by_id = proposed_by_id, approved_at = portal.now()",
    "rights_answer_fee_has_currency": "fee_currency = 'EUR'",
    "rights_answer_fee_has_its_ground": "fee_reason = 'excessive'",
    "rights_answer_grants_uses_in_part": """granted = '["support"]'""",
    "rights_answer_has_a_form": "response_format = ''",
    "rights_answer_law_is_a_provision": "denial_legal_basis ="
    " CASE denial_legal_basis WHEN '' THEN '' ELSE 'Ada Lovelace, 12' END",
    "rights_answer_reason_has_its_group": "denial_metric_group = CASE denial_reason WHEN '' THEN '' ELSE 'other' END",
    "rights_answer_refused_with_reason_law_and_remedies": "remedies_told = NOT remedies_told",
    "rights_decision_known_outcome": "outcome = 'pending'",
    "rights_extension_known_reason": "reason = 'whim'",
    "rights_identitycheck_known_level": "level = 'not_required'",
    "rights_lawchoice_known_reason": "reason = 'whim'",
    "rights_pause_waits_for_something": "waiting_for = 'godot'",
    "rights_pauseend_waited_days_check": "waited_days = -1",
    "rights_request_a_sale_is_allowed_here": "request_type = 'sale:opt_in', channel = 'phone'",
    "rights_request_due_later": "due_at = received_at",
    "rights_request_jurisdiction_is_iso_3166": "jurisdiction = 'Mars'",
    "rights_request_known_channel": "channel = 'pigeon'",
    "rights_request_known_level": "identity_needed = 'session_reauth'",
    "rights_request_known_regime": "regime = 'lgpd'",
    "rights_request_known_state": "state = 'lost'",
    "rights_request_known_type": "request_type = 'A99'",
    "rights_request_others_prove_their_part": "submitted_by = 'guardian', agent_proof = ''",
    "rights_request_scope_not_empty": "scope_from = '2026-02-01', scope_until = '2026-01-01'",
    "rights_request_under_its_law": "received_at = '2017-01-01Z'",
    "rights_request_unit": "due_unit = 'week'",
    "rights_search_names_the_system": "system = ''",
    "rights_correction_refused_with_reason": "why_not = 'whim', is_accepted = false",
    "rights_correction_place_check": "place = -1",
    "copies_collectioncode_handed_by_somebody": "way = 'handed', made_by_id = NULL",
    "copies_collectioncode_tries_check": "tries = -1",
    "copies_collectioncode_works_or_ended": "ended_at = NULL, \"end\" = 'stopped'",
    "copies_download_by_account_or_code": "taken_by_id = NULL, code_id = NULL",
    "copies_download_known_part": "part = 'all'",
    "copies_package_whole_or_removed": "sealed_page = NULL, removed_at = NULL",
    "rights_recipientnotice_known_reason": "why_not = 'whim', told_on = NULL, way = ''",
    "rights_recipientnotice_says_when_and_how": "way = ''",
    "rights_draft_bounded": "sealed = decode(repeat('00', 40001), 'hex')",
    "rights_clarification_known_subject": "about = 'whim'",
    "rights_clarificationreply_known_way": "way = 'pigeon'",
    "rights_questiontemplate_known_subject": "about = 'whim'",
    "rights_statement_known_kind": "kind = 'sung'",
    "training_module_pass": "pass_mark = 49",
    "training_module_published_whole": "published_at = portal.now(), published_by_id = NULL",
    "training_module_time": "valid_months = 0",
    "vault_parterasure_cancelled_or_done": "cancelled_at = portal.now(), done_at = portal.now(),"
    " confirmed_by_id = cancelled_by_id, original = '\\x00'",
    "vault_parterasure_confirmed_and_done": "done_at = portal.now(), confirmed_by_id = NULL, original = NULL",
    "vault_parterasure_deletes_something": "deleted = '[]'",
    "vault_parterasure_is_proposed": "proposed_by_id = NULL",
    "vault_parterasure_keeps_by_law": "kept = '[\"orders\"]', law = ''",
    "vault_parterasure_two_officers": "confirmed_by_id = proposed_by_id, done_at = portal.now()",
}
# A second row that differs from the first in nothing but this, where more than one rule would refuse a plain copy.
DIFFERING = {
    "exemptions_alert_once": {"sequence": 987_654_321},
    "exemptions_conflict_once": {"sequence": 987_654_321},
    "people_acting_one_self_per_customer": {"user_id": NOWHERE},
    "people_acting_once": {"capacity": "guardian"},
    "people_directoryperson_once": {"user_id": None},
    "people_directoryperson_user_id_key": {"name": "rosa@example.com"},
    "people_claimcode_one_proposal": {"code_hash": None},
    "people_erasure_one_per_customer": {"cancelled_at": None, "cancelled_by_id": None},
    "access_grant_one_per_category": {"staff_id": NOWHERE},
    "access_grant_one_per_exempted": {"staff_id": NOWHERE},
    "access_grant_no_overlap": {"access_request_id": NOWHERE},
    "copies_collectioncode_code_hash_key": {"ended_at": "2026-01-01Z", "end": "stopped"},
    "copies_collectioncode_one_works": {"code_hash": r"\x01"},
    "rights_rightsrequest_number_key": {"token": None},
    "rights_rightsrequest_token_key": {"number": "RQ-2"},
}


# Which row is copied, where not any of them breaks the rule.
COPIED = {
    "exemptions_alert_once": "object_type = 'bypass_alert'",
    "exemptions_conflict_once": "object_type = 'conflict'",
    "access_answer_caller_code_id_key": "caller_code_id IS NOT NULL",
    "access_enquiry_one_open": "replied_at IS NULL",
    "access_grant_no_overlap": "exemption IS NULL",
    "access_grant_one_per_category": "exemption IS NULL",
    "access_grant_one_per_exempted": "exemption IS NOT NULL",
    "people_claimcode_code_hash_key": "code_hash IS NOT NULL",
    "people_claimcode_one_proposal": "approved_at IS NULL AND cancelled_at IS NULL",
    "rights_rightsrequest_token_key": "token IS NOT NULL",
    "rights_clarification_code_hash_key": "code_hash IS NOT NULL",
    "rights_statement_once": "clarification_id IS NULL",
    "rights_statement_once_in_thread": "clarification_id IS NOT NULL",
}


def attempt(part: Part, application: Connection, owner: Connection, scene: SimpleNamespace) -> Callable[[], str]:
    """Trying what the part forbids, ready to be done. Raises KeyError for a part that nobody has thought of."""
    if part.kind == "trigger" and part.name.endswith(("_append_only", "_no_truncate")):
        statements = as_owner(part)
        return lambda: outcome(owner, *statements)
    if part.kind in ("policy", "security", "trigger"):
        named = NAMED[part.name]
        return lambda: named(application, owner, scene)
    if part.kind in ("privilege", "column", "sequence"):
        plainest = trespass(part, columns_of(owner, part.table))
        return lambda: outcome(application, plainest)
    if part.table == "vault_record":
        return lambda: outcome(application, TOLD, STRAY[part.name.split("_fk_")[1]])
    if part.kind == "check":
        return lambda: row_by_row(part, owner)
    breaking = against(part, owner)
    return lambda: outcome(owner, untriggered(part), breaking)


def as_owner(part: Part) -> list[Statement]:
    if part.name.endswith("_no_truncate"):
        return [f"TRUNCATE {part.table} CASCADE"]
    return [f"DELETE FROM {part.table}"]


def columns_of(owner: Connection, table: str) -> list[str]:
    query = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
    return [name for (name,) in owner.execute(query, [table]).fetchall()]


def trespass(part: Part, columns: list[str]) -> Statement:
    """The plainest statement that needs the privilege."""
    table, first = part.table, f'"{columns[0]}"' if columns else ""
    if part.kind == "column":
        privilege, column = part.name.split()
        if privilege == "UPDATE":
            return f'UPDATE {table} SET "{column}" = "{column}" WHERE false'
        return f'INSERT INTO {table} ("{column}") SELECT "{column}" FROM {table} WHERE false'
    if part.kind == "sequence":
        return f"SELECT nextval('{table}')"
    return {
        "SELECT": f"SELECT count(*) FROM {table}",
        "INSERT": f"INSERT INTO {table} SELECT * FROM {table} WHERE false",
        "UPDATE": f"UPDATE {table} SET {first} = {first} WHERE false",
        "DELETE": f"DELETE FROM {table} WHERE false",
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
        "TRIGGER": f"CREATE TRIGGER mine BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        # No statement of somebody who may create nothing needs these two.
        "REFERENCES": f"SELECT has_table_privilege(current_user, '{table}', 'REFERENCES')",
        "MAINTAIN": f"SELECT has_table_privilege(current_user, '{table}', 'MAINTAIN')",
    }[part.name]


def untriggered(part: Part) -> Statement:
    """So that no trigger refuses first what a constraint is asked about."""
    return f"ALTER TABLE {part.table} DISABLE TRIGGER USER"


def row_by_row(part: Part, owner: Connection) -> str:
    """How a CHECK refuses the first row that it is the one to refuse; else everything that was said to any row.

    One row at a time: all at once would be answered for whichever row happens to lie first on the disk.
    """
    answers = set()
    for (place,) in owner.execute(f"SELECT ctid::text FROM {part.table}").fetchall():
        breaking = f"UPDATE {part.table} SET {BREAKS[part.name]} WHERE ctid = '{place}'"
        answers.add(said := outcome(owner, untriggered(part), breaking))
        if said == f"{CHECK_VIOLATION} {part.name}":
            return said
    return str(sorted(answers))


def against(part: Part, owner: Connection) -> Statement:
    """What breaks a key."""
    if part.kind == "foreign":
        return nowhere(part, owner)
    return copy(owner, part.table, DIFFERING.get(part.name, {}), COPIED.get(part.name, "true"))


def nowhere(part: Part, owner: Connection) -> Statement:
    """One row that points to nothing; none that another row points at by the same column, which would refuse first."""
    column, kind = owner.execute(
        "SELECT a.attname, a.atttypid::regtype::text FROM pg_constraint AS o"
        " JOIN pg_attribute AS a ON a.attrelid = o.conrelid AND a.attnum = o.conkey[1] WHERE o.conname = %s",
        [part.name],
    ).fetchone()
    pointing = owner.execute(
        "SELECT i.conrelid::regclass::text, a.attname FROM pg_constraint AS o"
        " JOIN pg_constraint AS i ON i.contype = 'f' AND i.confrelid = o.conrelid AND i.confkey[1] = o.conkey[1]"
        " JOIN pg_attribute AS a ON a.attrelid = i.conrelid AND a.attnum = i.conkey[1] WHERE o.conname = %s",
        [part.name],
    ).fetchall()
    target = NOWHERE if kind == "uuid" else "-1"
    free = [f"NOT EXISTS (SELECT FROM {table} AS p WHERE p.{by} = t.{column})" for table, by in pointing]
    wanted = " AND ".join([f"t.{column} IS NOT NULL", *free])
    one = f"ctid = (SELECT t.ctid FROM {part.table} AS t WHERE {wanted} LIMIT 1)"
    return f"UPDATE {part.table} SET {column} = '{target}' WHERE {one}"


def copy(owner: Connection, table: str, changes: dict[str, Any], which: str) -> Statement:
    """One more row like one there is, with a primary key of its own."""
    key, kind = owner.execute(
        "SELECT a.attname, a.atttypid::regtype::text FROM pg_constraint AS o"
        " JOIN pg_attribute AS a ON a.attrelid = o.conrelid AND a.attnum = o.conkey[1]"
        " WHERE o.conrelid = %s::regclass AND o.contype = 'p'",
        [table],
    ).fetchone()
    changes = {key: NOWHERE if kind == "uuid" else 987654321} | changes
    populated = f"jsonb_populate_record(NULL::{table}, to_jsonb(r) || %s::jsonb)"
    return f"INSERT INTO {table} SELECT ({populated}).* FROM {table} AS r WHERE {which} LIMIT 1", [json.dumps(changes)]


NEW_REQUEST = """
INSERT INTO access_accessrequest (id, customer_id, staff_id, asked_name, asked_team, purpose_id, version_id, reason,
    sentence, sensitive_reason, case_number, duration, answer_by, filed_at, digest, token, state)
SELECT gen_random_uuid(), customer_id, staff_id, asked_name, asked_team, purpose_id, version_id, reason, sentence, '',
    '', duration, portal.now() + interval '7 days', portal.now(), digest, gen_random_uuid(), 'pending'
FROM access_accessrequest WHERE id = %s
"""
NEW_ANSWER = """
INSERT INTO access_answer
    (access_request_id, decision, answered_by_id, capacity, duration, shown_digest, token, answered_at)
SELECT id, 'all', %s, 'self', duration, digest, gen_random_uuid(), {moment} FROM access_accessrequest WHERE id = %s
"""
REPLY = "UPDATE access_enquiry SET sealed_reply = '\\x00', replied_at = {moment} WHERE id = %s"
WRONG_CODE = "UPDATE access_callercode SET tries = tries + {number} WHERE id = %s"
NEW_GRANT = """
INSERT INTO access_grant
    (id, access_request_id, staff_id, customer_id, category_id, purpose_id, starts_at, ends_at, "end")
SELECT gen_random_uuid(), r.id, r.staff_id, r.customer_id, q.category_id, r.purpose_id, {moment},
    {moment} + r.duration, '' FROM access_accessrequest AS r
JOIN access_requestedcategory AS q ON q.access_request_id = r.id
WHERE r.id = %s
"""
NEW_CHOICE = """
INSERT INTO choices_choice (id, customer_id, purpose_id, version_id, language, status, since, valid_until, rest_rule,
    despite_signal)
SELECT gen_random_uuid(), %s, v.purpose_id, v.id, 'en', '{status}', {moment},
    CASE WHEN '{status}' = 'ConsentGiven' THEN {moment} + make_interval(months => v.consent_months) END, '', false
FROM catalogue_purposeversion AS v WHERE v.id = %s
"""
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
OBJECTION = "kind = 'objection' AND lifted_at IS NULL AND request IS NULL"
END_TOLD = f"""
SELECT portal.append_entry('objection.lift_announced', m.customer_id, 'staff', %s, 'mark', m.id::text, p.code,
    'admin', NULL,
    '', '{{}}') FROM choices_mark AS m JOIN catalogue_purpose AS p ON p.id = m.purpose_id WHERE {OBJECTION}
"""
NEW_REPORT = """
INSERT INTO disclosures_lookreport (id, opening_id, customer_id, concern, reported_by_id, reported_at, due_at, finding)
SELECT gen_random_uuid(), o.id, o.customer_id, 'other', (SELECT user_id FROM people_acting LIMIT 1), {moment},
    {moment} + interval '1 day', '' FROM disclosures_opening AS o
WHERE o.kind = '{kind}' AND NOT EXISTS (SELECT FROM disclosures_lookreport AS r WHERE r.opening_id = o.id) LIMIT 1
"""
NEW_VERSION = """
INSERT INTO catalogue_purposeversion (purpose_id, number, legal_basis, dpv_purpose, sale, storage, material,
    lost, drafted_by_id, published_by_id, published_at)
SELECT purpose_id, 99, legal_basis, dpv_purpose, sale, storage, material, lost, drafted_by_id, published_by_id,
    portal.now()
FROM catalogue_purposeversion WHERE id = %s
"""
PUBLISH = "UPDATE catalogue_purposeversion SET published_at = portal.now(), published_by_id = %s WHERE id = %s"
NOW, LONG_AGO = "portal.now()", "'2020-01-01Z'::timestamptz"


NEW_RIGHT = """
INSERT INTO rights_rightsrequest SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'number',
    'RQ-3', 'token', NULL, 'due_at', '2099-01-01Z'))).* FROM rights_rightsrequest AS r WHERE id = %s
"""
OBJECT = """
INSERT INTO rights_rightsrequest SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'number',
    'RQ-4', 'token', NULL, 'request_type', 'A21', 'scope', '["support"]'::jsonb, 'identity_needed', 'not_required',
    'channel', 'phone', 'state', 'received', 'handler_id', NULL, 'answer_by', r.due_at, 'received_at', portal.now(),
    'filed_at', portal.now()))).*
    FROM rights_rightsrequest AS r WHERE id = %s
"""
RIGHT_ELSEWHERE = """
INSERT INTO rights_rightsrequest SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'number',
    'RQ-5', 'token', NULL, 'customer_id', %s::text, 'channel', 'phone', 'state', 'received', 'handler_id', NULL,
    'answer_by', r.due_at, 'received_at', portal.now(), 'filed_at', portal.now()))).*
    FROM rights_rightsrequest AS r WHERE id = %s
"""
REFUSE_RIGHT = """
INSERT INTO rights_answer (rights_request_id, outcome, response_format, retain_until, denial_reason,
    denial_metric_group, denial_legal_basis, remedies_told)
VALUES (%s, 'denied', 'email', current_date + 800, 'other', 'other', 'GDPR Art 21', true)
"""
DONE_TOLD = """
SELECT portal.append_entry('rights_request.answered', %s, 'staff', '', 'rights_request', %s, '', 'admin', NULL,
    'complied_whole', '{}')
"""


NEW_MODULE = """
INSERT INTO training_moduleversion (code, number, required, words, solution, pass_mark, valid_months, published_at,
    published_by_id)
SELECT 'other', 1, required, words, solution, pass_mark, valid_months, {published}, %s
FROM training_moduleversion LIMIT 1
"""
PUBLISH_MODULE = "UPDATE training_moduleversion SET published_at = portal.now(), published_by_id = %s WHERE id = %s"
TRY = f"""
INSERT INTO training_attempt (id, version_id, member_id, answers) SELECT '{NOWHERE}', id, %s, {{answers}}
FROM training_moduleversion WHERE published_at IS NOT NULL
"""
ATTEST = "INSERT INTO training_attestation (attempt_id) VALUES (%s)"


NEW_QUESTION = """
INSERT INTO insights_question (code, words, category_id, field, grouping, measure, date_field, step, added_by_id)
SELECT 'other', words, category_id, field, grouping, measure, date_field, step, %s FROM insights_question LIMIT 1
"""
NEW_INSIGHT = """
INSERT INTO insights_insight (id, question_id, period, minimum, asked_by_id) VALUES (gen_random_uuid(), %s, '', 11, %s)
"""
NEW_RESULT = "INSERT INTO insights_result (insight_id, outcome, total, has_hidden) VALUES (%s, 'counted', {}, false)"
NEW_CELL = "INSERT INTO insights_cell (result_id, place, label, number) VALUES (%s, 70, 'Lamp', {})"
COUNTING = f"""
INSERT INTO disclosures_opening (id, kind, staff_id, category_id, purpose_id)
SELECT '{NOWHERE}', 'statistics', %s, category_id, portal.statistics_purpose() FROM insights_question LIMIT 1
"""
COUNT_TOLD = f"""
SELECT portal.append_entry('vault.counted', NULL, 'portal', '', 'opening', '{NOWHERE}', '', 'job', NULL, '',
    '{{"opening":"{NOWHERE}","insight":"{NOWHERE}"}}')
"""
FILE_EXEMPTION = exemptions.in_full(exemptions.FILE, ordered="current_date")
EXEMPTED_GRANT = exemptions.GRANT.replace("coalesce(x.decided_at, x.filed_at)", "portal.now()")


def exempting(statement: str, **changes: str) -> Callable[..., str]:
    """Something about an exemption, past the services. `changes`: names in the scene, by term."""

    def statement_of(s: SimpleNamespace) -> Statement:
        terms = {"ada": s.ada, "sam": s.sam, "pia": s.pia, "health": s.health} | vars(s)
        values = exemptions.build_terms_of(s.ada, s.sam, s.pia, s.version, s.health)
        return statement, values | {term: terms[name] for term, name in changes.items()}

    return by_application(statement_of)


NEW_EVIDENCE = """
INSERT INTO people_evidence (id, "user", network, browser, language) VALUES (gen_random_uuid(), %s, '', '', '')
"""
GUARDIAN = "INSERT INTO people_acting (user_id, customer_id, capacity) VALUES ('{user}', '{customer}', 'guardian')"


def by_application(make: Callable[[SimpleNamespace], Statement]) -> Callable[..., str]:
    return lambda application, owner, scene: outcome(application, make(scene))


def vault_of(speaker: str) -> Callable[..., str]:
    """How many vault rows somebody sees who names no opening."""
    return lambda application, owner, scene: outcome(
        {"application": application, "owner": owner}[speaker], "SELECT count(*) FROM vault_record"
    )


# The entry that goes with a writing of the vault, and one that tells of somebody else.
TOLD = "SELECT portal.append_entry('vault.stored', NULL, 'portal', '', 'vault', 'records', '', 'job', NULL, '', '{}')"
TOLD_ELSEWHERE = TOLD.replace("NULL", f"'{NOWHERE}'", 1)
STORE = (
    "SELECT portal.store_records(ARRAY[gen_random_uuid()],"
    " ARRAY(SELECT id FROM people_customer WHERE erased_at IS NULL LIMIT 1),"
    " ARRAY(SELECT id FROM catalogue_category LIMIT 1), ARRAY[0], ARRAY['{}'::jsonb])"
)
CHANGE = STORE.replace("ARRAY[gen_random_uuid()]", "ARRAY(SELECT record FROM vault_fingerprint LIMIT 1)")


def older(statement: str) -> str:
    """With a value that an earlier write stored."""
    return statement.replace("{}", '{"name": "1:x"}')


# Even the owner sees no row of the vault to change: its foreign keys are tried by the function that writes.
STRAY = {
    "people_customer_id": STORE.replace(
        "ARRAY(SELECT id FROM people_customer WHERE erased_at IS NULL LIMIT 1)", f"ARRAY['{NOWHERE}'::uuid]"
    ),
    "catalogue_category_id": STORE.replace("ARRAY(SELECT id FROM catalogue_category LIMIT 1)", "ARRAY[-1::bigint]"),
}


# An entry about something else than what is done besides it.
TELL = (
    "SELECT portal.append_entry(%(event)s, %(customer)s::uuid, 'portal', '', 'x', %(object)s, '', 'job',"
    " NULL, '', '{}')"
)
AS_THE_FIRST = "SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(r) || %s)).* FROM {table} AS r LIMIT 1"
NEW_CATEGORY = """
INSERT INTO catalogue_category (id, code, words, term, sensitive, special, "order", published)
VALUES (987654, 'x', '{{}}', '', false, false, 1, {published})
"""


def told(event: str, object: Any, customer: Any = None) -> Statement:
    return TELL, {"event": event, "object": str(object), "customer": customer}


def publishing(month: str, told: Mapping[str, Any]) -> Statement:
    """Put the numbers of a month on record."""
    return TELL.replace("'{}'", "%(told)s"), {
        "event": "figures.published",
        "object": month,
        "customer": None,
        "told": json.dumps(told),
    }


def as_the_first(table: str, **changes: str) -> Statement:
    """One more row like the first."""
    return f"INSERT INTO {table} {AS_THE_FIRST.format(table=table)}", [json.dumps(changes)]


def all_by_application(make: Callable[[SimpleNamespace], list[Statement]]) -> Callable[..., str]:
    return lambda application, owner, scene: outcome(application, *make(scene))


def new_of_erased(table: str) -> Callable[..., str]:
    return by_application(
        lambda s: (f"INSERT INTO {table} {NEW[table]}", {"customer": s.erased, "officer": s.otto}),
    )


def step(of: str, request: Any, officer: Any, instead: tuple[str, str] = ("", "")) -> Statement:
    """A step of a rights request."""
    return f"INSERT INTO rights_{of} {STEPS[of]}".replace(*instead), {"id": request, "officer": officer}


def step_by_application(of: str, where: str) -> Callable[..., str]:
    return by_application(lambda s: step(of, getattr(s, where), s.otto))


def derived(of: str, where: str) -> Callable[..., str]:
    """What the request says of itself after the step."""
    read = "SELECT state, handler_id, answer_by, waiting_since IS NULL FROM rights_rightsrequest WHERE id = %s"
    return lambda application, owner, scene: outcome(
        owner, step(of, getattr(scene, where), scene.otto), (read, [getattr(scene, where)])
    )


def without_customer(table: str) -> Callable[..., str]:
    """Insert the first row again without its customer."""
    again = f"INSERT INTO {table} SELECT * FROM again"
    read = f"SELECT count(*) FROM {table} WHERE customer_id IS NULL"

    def insert_again(application: Connection, owner: Connection, scene: SimpleNamespace) -> str:
        first = f"CREATE TEMPORARY TABLE again AS SELECT * FROM {table} WHERE customer_id IS NOT NULL LIMIT 1"
        removed = f"DELETE FROM {table} AS t USING again WHERE to_jsonb(t) = to_jsonb(again)"
        silent = (
            "DO $$ DECLARE name text; BEGIN FOR name IN SELECT tgname FROM pg_trigger"
            f" WHERE tgrelid = '{table}'::regclass AND NOT tgisinternal AND tgname <> '{table}_of_customer' LOOP"
            f" EXECUTE format('ALTER TABLE {table} DISABLE TRIGGER %I', name); END LOOP; END $$"
        )
        return outcome(owner, first, silent, removed, "UPDATE again SET customer_id = NULL", again, read)

    return insert_again


NAMED: dict[str, Callable[..., str]] = {
    "exports_approval_second_officer": lambda application, owner, scene: outcome(
        application, *exports.approving(scene.personal_export, scene.otto)
    ),
    "exports_approval_on_record": by_application(lambda s: (exports.APPROVE, [s.personal_export, s.olga])),
    "exports_export_on_record": by_application(lambda s: exports.MAKE),
    "exports_exportresult_approved": lambda application, owner, scene: outcome(
        application, *exports.finishing(scene.personal_export)
    ),
    "exports_exportresult_on_record": by_application(lambda s: (exports.FINISH, [s.export])),
    "vault_record_read gone": lambda application, owner, scene: f"allowed {scene.look()}",
    "vault_record_read open": vault_of("application"),
    "vault_record_count gone": lambda application, owner, scene: f"allowed {scene.count()}",
    "vault_record_count open": vault_of("application"),
    "vault_record_write gone": lambda application, owner, scene: outcome(application, TOLD, STORE),
    "vault_record_stored_on_record": lambda application, owner, scene: outcome(application, TOLD_ELSEWHERE, STORE),
    "vault_record_changed_on_record": lambda application, owner, scene: outcome(application, TOLD_ELSEWHERE, CHANGE),
    "vault_record_stored_under_entry": lambda application, owner, scene: outcome(application, TOLD, older(STORE)),
    "vault_record_changed_under_entry": lambda application, owner, scene: outcome(application, TOLD, older(CHANGE)),
    "ENABLE": vault_of("application"),
    "FORCE": vault_of("owner"),
    "people_acting_on_record": by_application(
        lambda s: (
            "INSERT INTO people_acting (user_id, customer_id, capacity) VALUES (%s, %s, 'agent')",
            [s.sam, s.ada],
        )
    ),
    "people_acting_not_of_closed": by_application(
        lambda s: (f"INSERT INTO people_acting {NEW['people_acting']}", {"customer": s.ben, "officer": s.closed})
    ),
    "people_evidence_not_of_closed": by_application(lambda s: (NEW_EVIDENCE, [s.closed])),
    "people_user_closed_stays": by_application(
        lambda s: ("UPDATE people_user SET email = 'cas@example.com' WHERE id = %s", [s.closed])
    ),
    "people_user_used_stays": all_by_application(
        lambda s: [
            "INSERT INTO people_user (id, password, last_login, email, first_name, last_name, is_active)"
            " VALUES (gen_random_uuid(), '!', now(), 'used@example.com', '', '', true)",
            "DELETE FROM people_user WHERE email = 'used@example.com'",
        ]
    ),
    "people_acting_guards_a_child": by_application(lambda s: GUARDIAN.format(user=s.sam, customer=s.ada)),
    "people_acting_frozen": by_application(
        lambda s: ("UPDATE people_acting SET user_id = %s WHERE customer_id = %s", [s.sam, s.ada])
    ),
    "catalogue_category_frozen": by_application(lambda s: "UPDATE catalogue_category SET published = false"),
    "catalogue_field_frozen": by_application(lambda s: "DELETE FROM catalogue_field"),
    "catalogue_purpose_retired_for_good": by_application(
        lambda s: "UPDATE catalogue_purpose SET retired_at = NULL WHERE retired_at IS NOT NULL"
    ),
    "catalogue_purposeversion_frozen": by_application(lambda s: "UPDATE catalogue_purposeversion SET sale = true"),
    "people_submission_kept": by_application(lambda s: "DELETE FROM people_submission"),
    "catalogue_purposeversion_categories_frozen": by_application(
        lambda s: "DELETE FROM catalogue_purposeversion_categories"
    ),
    "choices_choice_on_record": by_application(
        lambda s: (NEW_CHOICE.format(status="ConsentGiven", moment=NOW), [s.ben, s.version])
    ),
    "choices_choice_is_now": by_application(
        lambda s: (NEW_CHOICE.format(status="ConsentGiven", moment=LONG_AGO), [s.ben, s.version])
    ),
    "choices_choice_transition": by_application(
        lambda s: (NEW_CHOICE.format(status="ConsentWithdrawn", moment=NOW), [s.ben, s.version])
    ),
    "choices_mark_frozen": by_application(lambda s: "UPDATE choices_mark SET kind = 'restriction', purpose_id = NULL"),
    "choices_mark_objection_answered": all_by_application(
        lambda s: [(END_TOLD, [str(s.otto)]), f"UPDATE choices_mark SET lift_announced_at = {NOW} WHERE {OBJECTION}"]
    ),
    "choices_mark_on_record": by_application(
        lambda s: (f"INSERT INTO choices_mark {NEW['choices_mark']}", {"customer": s.ben})
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
    "catalogue_purpose_on_record": by_application(
        lambda s: "UPDATE catalogue_purpose SET access_default = '1 hour' WHERE code = 'support'"
    ),
    "catalogue_purpose_retired_on_record": all_by_application(
        lambda s: [
            told("purpose.changed", s.purpose),
            ("UPDATE catalogue_purpose SET retired_at = portal.now() WHERE id = %s", [s.purpose]),
        ]
    ),
    "catalogue_purposeversion_on_record": by_application(
        lambda s: ("UPDATE catalogue_purposeversion SET sale = true WHERE id = %s", [s.draft])
    ),
    "catalogue_purposeversion_published_on_record": all_by_application(
        lambda s: [
            told("purpose_version.changed", s.draft),
            ("UPDATE catalogue_notice SET hash = repeat('0', 64) WHERE version_id = %s", [s.draft]),
            (PUBLISH, [s.otto, s.draft]),
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
    "disclosures_lookreport_of_customer": by_application(lambda s: NEW_REPORT.format(kind="own_copy", moment=NOW)),
    "disclosures_lookreport_frozen": by_application(
        lambda s: (
            "UPDATE disclosures_lookreport SET sealed_answer = '\\x00', answered_at = '2020-01-01Z' WHERE id = %s",
            [s.report],
        )
    ),
    "disclosures_lookreport_on_record": by_application(lambda s: NEW_REPORT.format(kind="grant", moment=NOW)),
    "people_user_lock_on_record": by_application(
        lambda s: "UPDATE people_user SET locked_at = NULL WHERE locked_at IS NOT NULL"
    ),
    "people_user_locked_keeps_password": by_application(
        lambda s: "UPDATE people_user SET password = 'x' WHERE locked_at IS NOT NULL"
    ),
    "people_user_name_frozen": by_application(
        lambda s: ("UPDATE people_user SET first_name = 'Other' WHERE id = %s", [s.sam])
    ),
    "people_claimcode_frozen": all_by_application(
        lambda s: [
            told("record.claimed", s.addressless, s.addressless),
            (
                "UPDATE people_claimcode SET ends_at = ends_at + interval '1 year' WHERE customer_id = %s",
                [s.addressless],
            ),
        ]
    ),
    "people_claimcode_on_record": by_application(
        lambda s: (
            "UPDATE people_claimcode SET cancelled_at = portal.now(), cancelled_by_id = %s WHERE customer_id = %s"
            " AND cancelled_at IS NULL",
            [s.pia, s.addressless],
        )
    ),
    "people_claimcode_not_about_oneself": lambda application, owner, scene: outcome(
        owner,
        (
            "INSERT INTO people_claimcode (id, customer_id, capacity, proposed_by_id)"
            " VALUES (gen_random_uuid(), %s, 'self', %s)",
            [scene.ben, scene.ben_user],
        ),
    ),
    "rights_answer_by_another_officer": by_application(
        lambda s: (
            "SELECT portal.append_entry('rights_request.answered', %s::uuid, 'staff', %s::text, 'x', 'x', '', 'job',"
            " NULL, '', '{}')",
            [s.addressless, s.pia],
        )
    ),
    "rights_facts_compared_thrice": by_application(
        lambda s: (
            "SELECT count(portal.append_entry('rights_request.facts_compared', %s::uuid, 'staff', %s::text, 'x', 'x',"
            " '', 'job', NULL, 'differs', '{}')) FROM generate_series(1, 4)",
            [s.ada, s.pia],
        )
    ),
    "people_acting_ends_on_record": by_application(
        lambda s: ("UPDATE people_acting SET ends_at = portal.now() WHERE customer_id = %s", [s.ben])
    ),
    "people_acting_needs_a_code": by_application(lambda s: GUARDIAN.format(user=s.ben_user, customer=s.child)),
    "people_customer_facts_on_record": by_application(
        lambda s: ("UPDATE people_customer SET born_on = '2020-01-01' WHERE id = %s", [s.ada])
    ),
    "disclosures_looknews_chosen": by_application(
        lambda s: ("INSERT INTO disclosures_looknews (customer_id, how_often) VALUES (%s, 'never')", [s.ben])
    ),
    "disclosures_looknews_on_record": by_application(lambda s: "UPDATE disclosures_looknews SET how_often = 'each'"),
    "notifications_preference_on_record": by_application(
        lambda s: ("INSERT INTO notifications_preference (customer_id, digests) VALUES (%s, 'never')", [s.ben])
    ),
    "access_accessrequest_not_blocked": by_application(lambda s: (NEW_REQUEST, [s.blocked])),
    "access_grant_not_blocked": by_application(lambda s: (NEW_GRANT.format(moment=NOW), [s.blocked])),
    "access_block_frozen": by_application(lambda s: "UPDATE access_block SET lifted_at = '2020-01-01Z'"),
    "access_block_on_record": by_application(
        lambda s: (f"INSERT INTO access_block {NEW['access_block']}", {"customer": s.ben})
    ),
    "people_staffmember_keeps_teams": lambda application, owner, scene: outcome(
        owner,
        ("UPDATE people_staffmember SET team = 'Money' WHERE user_id = %s", [scene.sam]),
        ("SELECT former_teams FROM people_staffmember WHERE user_id = %s", [scene.sam]),
    ),
    "access_accessrequest_frozen": by_application(
        lambda s: ("UPDATE access_accessrequest SET duration = '30 days' WHERE id = %s", [s.pending])
    ),
    "access_accessrequest_is_now": by_application(
        lambda s: (
            "UPDATE access_accessrequest SET state = 'cancelled', ended_at = '2020-01-01Z' WHERE id = %s",
            [s.pending],
        )
    ),
    "access_accessrequest_extra_time": by_application(
        lambda s: (
            "UPDATE access_accessrequest SET answer_by = answer_by + interval '1 day' WHERE id = %s",
            [s.pending],
        )
    ),
    "access_callercode_frozen": by_application(lambda s: (WRONG_CODE.format(number=2), [s.caller_code])),
    "access_callercode_on_record": by_application(lambda s: (WRONG_CODE.format(number=1), [s.caller_code])),
    "access_enquiry_frozen": by_application(
        lambda s: (REPLY.format(moment=LONG_AGO), [s.enquiry]),
    ),
    "access_enquiry_on_record": by_application(lambda s: (REPLY.format(moment=NOW), [s.enquiry])),
    "access_accessrequest_on_record": by_application(lambda s: (NEW_REQUEST, [s.pending])),
    "access_accessrequest_ends_on_record": by_application(
        lambda s: (
            "UPDATE access_accessrequest SET state = 'cancelled', ended_at = portal.now() WHERE id = %s",
            [s.pending],
        )
    ),
    "access_requestedcategory_when_filed": by_application(
        lambda s: (
            "INSERT INTO access_requestedcategory (access_request_id, category_id) VALUES (%s, %s)",
            [s.pending, s.health],
        )
    ),
    "access_answer_is_now": by_application(lambda s: (NEW_ANSWER.format(moment=LONG_AGO), [s.ben_user, s.pending])),
    "access_answer_on_record": by_application(lambda s: (NEW_ANSWER.format(moment=NOW), [s.ben_user, s.pending])),
    "access_grant_is_now": by_application(lambda s: (NEW_GRANT.format(moment=LONG_AGO), [s.pending])),
    "access_grant_has_answer": by_application(lambda s: (NEW_GRANT.format(moment=NOW), [s.pending])),
    "access_grant_frozen": by_application(
        lambda s: ("UPDATE access_grant SET ends_at = ends_at + interval '1 hour' WHERE id = %s", [s.grant])
    ),
    "access_grant_ends_on_record": by_application(
        lambda s: ("""UPDATE access_grant SET ended_at = portal.now(), "end" = 'stopped' WHERE id = %s""", [s.grant])
    ),
    "rights_rightsrequest_begins": by_application(lambda s: (NEW_RIGHT, [s.right])),
    "rights_rightsrequest_objects": by_application(lambda s: (OBJECT, [s.right])),
    "rights_rightsrequest_found_of_erased": by_application(
        lambda s: ("UPDATE rights_rightsrequest SET customer_id = %s WHERE id = %s", [s.erased, s.strangers_right])
    ),
    "rights_rightsrequest_frozen": by_application(
        lambda s: ("UPDATE rights_rightsrequest SET customer_id = %s WHERE id = %s", [s.ada, s.right])
    ),
    "rights_rightsrequest_law_chosen": by_application(
        lambda s: ("UPDATE rights_rightsrequest SET customer_id = %s WHERE id = %s", [s.briton, s.strangers_right])
    ),
    "rights_rightsrequest_of_place": by_application(lambda s: (RIGHT_ELSEWHERE, [s.briton, s.right])),
    "rights_rightsrequest_derived": lambda application, owner, scene: outcome(
        owner,
        (
            "UPDATE rights_rightsrequest SET customer_id = %s, due_at = due_at + interval '1 day' WHERE id = %s",
            [scene.ben, scene.strangers_right],
        ),
        ("SELECT answer_by = due_at FROM rights_rightsrequest WHERE id = %s", [scene.strangers_right]),
    ),
    "rights_rightsrequest_on_record": by_application(
        lambda s: ("UPDATE rights_rightsrequest SET customer_id = %s WHERE id = %s", [s.ben, s.strangers_right])
    ),
    "rights_assignment_checked": lambda application, owner, scene: outcome(
        application, step("assignment", scene.right, scene.sam)
    ),
    "rights_appealdecision_checked": lambda application, owner, scene: outcome(
        application, step("appealdecision", scene.appealed, scene.sam)
    ),
    "rights_pauseend_checked": lambda application, owner, scene: outcome(
        application, step("pauseend", scene.paused, scene.otto, ("r.waited_days", "99"))
    ),
    "rights_answer_has_effect": lambda application, owner, scene: outcome(
        application, step("answer", scene.pause, scene.otto)
    ),
    "rights_answer_done": lambda application, owner, scene: outcome(
        application, step("answer", scene.unerased_right, scene.otto)
    ),
    "rights_answer_sale_allowed": lambda application, owner, scene: outcome(
        application,
        step("answer", scene.opt_in, scene.otto),
        (DONE_TOLD, [scene.cal, str(scene.opt_in)]),
    ),
    "rights_answer_use_by_use": lambda application, owner, scene: outcome(
        application,
        step("assignment", scene.objection, scene.otto),
        (REFUSE_RIGHT, [scene.objection]),
        (DONE_TOLD.replace("complied_whole", "denied"), [scene.ben, str(scene.objection)]),
    ),
    "rights_rightsrequest_takes_copies": lambda application, owner, scene: outcome(
        owner,
        "ALTER TABLE rights_rightsrequest DISABLE TRIGGER rights_rightsrequest_kept",
        "DELETE FROM rights_rightsrequest WHERE id IN (SELECT p.rights_request_id FROM copies_package AS p"
        " JOIN copies_download AS d ON d.package_id = p.id)",
    ),
    "rights_rightsrequest_matched": lambda application, owner, scene: outcome(
        owner,
        ("UPDATE rights_rightsrequest SET customer_id = %s WHERE id = %s", [scene.ben, scene.strangers_right]),
        "SELECT count(*) FROM rights_statement WHERE customer_id IS NULL",
    ),
    "rights_rightsrequest_kept": lambda application, owner, scene: outcome(owner, "DELETE FROM rights_rightsrequest"),
    "copies_package_kept": lambda application, owner, scene: outcome(owner, "DELETE FROM copies_package"),
    "copies_package_frozen": by_application(
        lambda s: "UPDATE copies_package SET ends_at = ends_at + interval '1 day' WHERE removed_at IS NULL"
    ),
    "copies_package_on_record": by_application(
        lambda s: (
            "INSERT INTO copies_package"
            " (id, rights_request_id, customer_id, made_at, ends_at, sealed_page, sealed_data)"
            " SELECT gen_random_uuid(), id, customer_id, portal.now(), portal.now() + interval '14 days', '', ''"
            " FROM rights_rightsrequest WHERE id = %s",
            [s.granted_right],
        )
    ),
    "copies_collectioncode_kept": lambda application, owner, scene: outcome(owner, "DELETE FROM copies_collectioncode"),
    "copies_collectioncode_frozen": by_application(lambda s: "UPDATE copies_collectioncode SET made_at = portal.now()"),
    "copies_collectioncode_on_record": by_application(lambda s: "UPDATE copies_collectioncode SET tries = tries + 1"),
    "copies_download_on_record": by_application(
        lambda s: (
            "INSERT INTO copies_download (package_id, customer_id, part, taken_by_id)"
            " SELECT id, customer_id, 'page', %s FROM copies_package",
            [s.sam],
        )
    ),
    "rights_correction_on_record": by_application(
        lambda s: (
            "INSERT INTO rights_correction"
            " (rights_request_id, place, category_id, field, is_accepted, why_not, decided_by_id)"
            " SELECT %s, 7, id, 'phone', true, '', %s FROM catalogue_category LIMIT 1",
            [s.right, s.otto],
        )
    ),
    "rights_questiontemplate_on_record": by_application(
        lambda s: "UPDATE rights_questiontemplate SET is_offered = false"
    ),
    "rights_chosenentry_on_record": by_application(
        lambda s: (
            "INSERT INTO rights_chosenentry (rights_request_id, entry) VALUES (%s, gen_random_uuid())",
            [s.right],
        )
    ),
    "rights_misseddeadline_on_record": by_application(
        lambda s: ("INSERT INTO rights_misseddeadline (rights_request_id, due_at) VALUES (%s, portal.now())", [s.right])
    ),
    "rights_statement_frozen": by_application(lambda s: "DELETE FROM rights_statement"),
    "disclosures_opening_on_record": by_application(lambda s: (NEW_OPENING, [s.grant])),
    "disclosures_opening_serves_a_correction": all_by_application(
        lambda s: [(VALUE_TOLD, [s.ada, str(s.pia)]), (VALUE_OPENING, [s.pia, s.ada])]
    ),
    "disclosures_opening_serves_a_request": all_by_application(lambda s: [(COPY_TOLD, [s.ada]), (OWN_COPY, [s.ada])]),
    "ledger_entry_time_goes_on": lambda application, owner, scene: outcome(
        owner,
        "INSERT INTO ledger_entry SELECT (e).* FROM (SELECT jsonb_populate_record(e, jsonb_build_object('id', -1,"
        " 'sequence', e.sequence + 1, 'occurred_at', e.occurred_at - interval '1 second')) AS e FROM ledger_entry AS e"
        " WHERE chain = 'company' ORDER BY e.sequence DESC LIMIT 1) AS earlier",
    ),
    "ledger_entry_no_small_figures": by_application(
        lambda s: publishing("2020-02", {"minimum": 11, "figures": {"asked": 3}})
    ),
    "ledger_leaf_is_next": by_application(lambda s: "INSERT INTO ledger_leaf VALUES (999999, 999999, '')"),
    "ledger_checkpoint_is_of_the_log": by_application(
        lambda s: "INSERT INTO ledger_checkpoint (size, root, frontier, note) VALUES (999999, '', '', '')"
    ),
    "ledger_entry_closing": lambda application, owner, scene: outcome(
        application,
        "SELECT portal.append_entry('staff.ended', NULL, 'portal', '', 'user', '', '', 'job', NULL, '', '{}')",
        "SELECT count(*) FROM ledger_unjournalled",
    ),
    "ledger_entry_binding": lambda application, owner, scene: outcome(
        application,
        "SELECT portal.append_entry('legal_hold.placed', NULL, 'portal', '', 'legal_hold', '', '', 'job',"
        " NULL, '', '{}')",
        "SELECT count(*) FROM ledger_unjournalled",
    ),
    "people_customer_erased_on_record": lambda application, owner, scene: outcome(
        application, *erasing(scene.going, scene.otto, without="acting")
    ),
    "people_customer_address_on_record": by_application(
        lambda s: (
            "UPDATE people_customer SET address_hash = NULL, sealed_address = NULL WHERE id = %s",
            [s.ada],
        )
    ),
    "people_customer_reference_frozen": by_application(
        lambda s: ("UPDATE people_customer SET reference = NULL WHERE id = %s", [s.ada])
    ),
    "people_customer_erased_stays": by_application(
        lambda s: ("UPDATE people_customer SET language = '' WHERE id = %s", [s.erased])
    ),
    "people_customerkey_kept": by_application(
        lambda s: ("DELETE FROM people_customerkey WHERE customer_id = %s", [s.ada])
    ),
    "people_customerkey_rewrapped_on_record": by_application(
        lambda s: ("UPDATE people_customerkey SET wrapped = '' WHERE customer_id = %s", [s.ada])
    ),
    "people_staffmember_frozen": by_application(
        lambda s: ("UPDATE people_staffmember SET number = '9' WHERE user_id = %s", [s.sam])
    ),
    "people_staffmember_on_record": by_application(
        lambda s: ("UPDATE people_staffmember SET ended_at = portal.now() WHERE user_id = %s", [s.sam])
    ),
    "people_staffmember_by_two": all_by_application(
        lambda s: [
            (
                "SELECT portal.append_entry('staff.moved', NULL, 'staff', %s::text, 'x', %s::text, '', 'job', NULL,"
                " 'privacy_officer', '{\"team\": \"x\"}')",
                [s.pia, s.sam],
            ),
            ("UPDATE people_staffmember SET role = 'privacy_officer', team = 'x' WHERE user_id = %s", [s.sam]),
        ]
    ),
    "people_staffproposal_frozen": by_application(
        lambda s: ("UPDATE people_staffproposal SET proposed_at = '2020-01-01Z' WHERE member_id = %s", [s.sam])
    ),
    "people_staffproposal_on_record": by_application(
        lambda s: (
            "UPDATE people_staffproposal SET cancelled_at = portal.now(), cancelled_by_id = %s WHERE member_id = %s",
            [s.pia, s.sam],
        )
    ),
    "people_erasure_frozen": by_application(lambda s: "UPDATE people_erasure SET reason = 'unlawful'"),
    "people_erasure_on_record": by_application(
        lambda s: (
            "INSERT INTO people_erasure (id, customer_id, reason, proposed_by_id)"
            " VALUES (gen_random_uuid(), %s, 'requested', %s)",
            [s.ada, s.otto],
        )
    ),
    "people_legalhold_frozen": by_application(lambda s: "UPDATE people_legalhold SET review_on = review_on + 900"),
    "people_legalhold_on_record": by_application(
        lambda s: (
            "UPDATE people_legalhold SET lifted_by_id = %s, lifted_at = portal.now() WHERE lifted_at IS NULL",
            [s.otto],
        )
    ),
    "access_accessrequest_of_trained": by_application(
        lambda s: (NEW_REQUEST.replace("(), customer_id, staff_id", "(), customer_id, %s"), [s.olga, s.pending])
    ),
    "exemptions_exemption_frozen": exempting(
        "UPDATE exemptions_exemption SET sentence = 'Else.' WHERE id = %(id)s", id="filed_exemption"
    ),
    "exemptions_exemption_decided": exempting(
        exemptions.in_full(exemptions.DECIDE), id="filed_exemption", officer="otto"
    ),
    "exemptions_exemption_is_now": exempting(
        exemptions.in_full(exemptions.DECIDE, moment=LONG_AGO), id="filed_exemption"
    ),
    "exemptions_exemption_filed": exempting(FILE_EXEMPTION, staff="ada"),
    "exemptions_exemption_filed_now": exempting(
        exemptions.in_full(exemptions.FILE, ordered="'2019-01-01'", moment=LONG_AGO)
    ),
    "exemptions_exemption_not_of_erased": exempting(FILE_EXEMPTION, customer="erased"),
    "exemptions_exemption_on_record": exempting(FILE_EXEMPTION),
    "exemptions_exemptedcategory_when_filed": exempting(exemptions.CATEGORY, id="granted_exemption"),
    "exemptions_delay_checked": exempting(exemptions.in_full(exemptions.DELAY), id="granted_exemption"),
    "exemptions_delay_is_now": exempting(
        exemptions.in_full(exemptions.DELAY, moment="portal.now() - interval '1 hour'"),
        id="granted_exemption",
        officer="quinn",
    ),
    "exemptions_delay_on_record": exempting(
        exemptions.in_full(exemptions.DELAY), id="granted_exemption", officer="quinn"
    ),
    "exemptions_grant_has_exemption": exempting(EXEMPTED_GRANT, id="filed_exemption", holder="quinn"),
    "training_moduleversion_frozen": by_application(
        lambda s: "UPDATE training_moduleversion SET pass_mark = 50 WHERE published_at IS NOT NULL"
    ),
    "training_moduleversion_of_officer": by_application(lambda s: (PUBLISH_MODULE, [s.sam, s.module_draft])),
    "training_moduleversion_on_record": by_application(
        lambda s: (NEW_MODULE.format(published="NULL"), [None]),
    ),
    "training_moduleversion_published_on_record": all_by_application(
        lambda s: [
            told("training_module.changed", s.module_draft),
            (PUBLISH_MODULE, [s.pia, s.module_draft]),
        ]
    ),
    "training_attempt_scored": all_by_application(lambda s: [(TRY.format(answers="solution"), [s.ada])]),
    "training_attempt_on_record": by_application(lambda s: (TRY.format(answers="solution"), [s.sam])),
    "training_attestation_earned": by_application(lambda s: (ATTEST, [s.failed_attempt])),
    "training_attestation_on_record": all_by_application(
        lambda s: [
            told("training.tried", NOWHERE),
            (TRY.format(answers="solution"), [s.sam]),
            (ATTEST, [NOWHERE]),
        ]
    ),
    "insights_question_of_officer": by_application(lambda s: (NEW_QUESTION, [s.sam])),
    "insights_question_kept": lambda application, owner, scene: outcome(owner, "DELETE FROM insights_question"),
    "insights_question_on_record": by_application(lambda s: (NEW_QUESTION, [s.pia])),
    "insights_insight_allowed": by_application(lambda s: (NEW_INSIGHT, [s.unasked_question, s.ada_user])),
    "insights_insight_on_record": by_application(lambda s: (NEW_INSIGHT, [s.unasked_question, s.sam])),
    "insights_result_no_small_groups": by_application(lambda s: (NEW_RESULT.format(7), [s.waiting_insight])),
    "insights_result_on_record": by_application(lambda s: (NEW_RESULT.format(30), [s.waiting_insight])),
    "insights_cell_no_small_groups": by_application(lambda s: (NEW_CELL.format(7), [s.counted_insight])),
    "insights_cell_on_record": all_by_application(
        lambda s: [
            told("insight.answered", s.waiting_insight),
            (NEW_RESULT.format(30), [s.waiting_insight]),
            (NEW_CELL.format(30), [s.waiting_insight]),
        ]
    ),
    "disclosures_opening_serves_an_insight": all_by_application(lambda s: [COUNT_TOLD, (COUNTING, [s.sam])]),
    "vault_record_kept": by_application(lambda s: ("SELECT portal.remove_records(%s)", [s.ada])),
    "vault_parterasure_frozen": by_application(lambda s: "UPDATE vault_parterasure SET law = 'AO 148' WHERE law <> ''"),
    "vault_parterasure_on_record": by_application(
        lambda s: (
            "UPDATE vault_parterasure SET cancelled_at = portal.now(), cancelled_by_id = %s WHERE request = %s"
            " AND cancelled_at IS NULL",
            [s.otto, s.parted_right],
        )
    ),
    "vault_parterasure_requested": lambda application, owner, scene: outcome(
        application, *proposing_part(scene.right, scene.ben, scene.otto)
    ),
    "vault_record_not_of_part_erased": lambda application, owner, scene: outcome(
        application,
        TOLD,
        STORE.replace(
            "ARRAY(SELECT id FROM people_customer WHERE erased_at IS NULL LIMIT 1)", f"ARRAY['{scene.parted}'::uuid]"
        ).replace("catalogue_category LIMIT 1", "catalogue_category WHERE code = 'contact'"),
    ),
    "vault_record_not_of_erased": lambda application, owner, scene: outcome(
        application,
        TOLD,
        STORE.replace(
            "ARRAY(SELECT id FROM people_customer WHERE erased_at IS NULL LIMIT 1)", f"ARRAY['{scene.erased}'::uuid]"
        ),
    ),
    "choices_choice_not_given_once_erased": by_application(
        lambda s: (
            "UPDATE choices_choice AS c SET status = 'ConsentGiven', since = portal.now(), valid_until ="
            " (portal.now() AT TIME ZONE 'UTC' + make_interval(months => v.consent_months)) AT TIME ZONE 'UTC'"
            " FROM catalogue_purposeversion AS v WHERE v.id = c.version_id AND c.customer_id = %s",
            [s.erased],
        )
    ),
}
# What is copied from another row of the customer's.
COPYING = [
    "access_answer",
    "access_callercode",
    "access_enquiry",
    "access_requestedcategory",
    "exemptions_exemptedcategory",
]
COPYING += ["exemptions_delay"]
COPYING += OF_RIGHTS_REQUEST
NAMED |= {f"{table}_not_of_erased": new_of_erased(table) for table in NEW}
NAMED |= {f"rights_{of}_on_record": step_by_application(of, where) for of, where in ON_RECORD.items()}
NAMED |= {f"rights_{of}_checked": step_by_application(of, where) for of, where in CHECKED.items()}
NAMED |= {f"rights_{of}_before_answer": step_by_application(of, "answered_right") for of in BEFORE_ANSWER}
NAMED |= {f"rights_{of}_derived": derived(of, ON_RECORD[of]) for of in DERIVED}
NAMED |= {f"{table}_of_customer": without_customer(table) for table in COPYING}


def in_own_matter(statement: str, of: str) -> Callable[..., str]:
    """An officer does it about a customer whom they come to act for, in the same transaction. `of`: the scene's request
    of that customer."""
    acting = "INSERT INTO people_acting (user_id, customer_id, capacity) SELECT %(officer)s, customer_id, 'agent'"
    acting += " FROM rights_rightsrequest WHERE id = %(id)s"
    statement = statement.replace("%(customer)s", "(SELECT customer_id FROM rights_rightsrequest WHERE id = %(id)s)")

    def about(s: SimpleNamespace) -> dict[str, Any]:
        return {"id": getattr(s, of), "officer": s.otto, "kind": "staff"}

    return all_by_application(lambda s: [(acting, about(s)), (statement, about(s))])


def told_by_staff(event: str, object_type: str) -> str:
    return own_matters.ENTRY.replace("%(event)s", f"'{event}'").replace("%(object_type)s", f"'{object_type}'")


# On which request of the scene, where not on any open one.
OWN_REQUESTS = {
    "rights_answerdispatch_own_matter": "denied_right",
    "rights_appealdecision_own_matter": "appealed",
    "vault_parterasure_own_matter": "unerased_right",
}
NAMED |= {
    trigger: in_own_matter(statements[0], OWN_REQUESTS.get(trigger, "right"))
    for trigger, statements in own_matters.ROWS.items()
}
NAMED |= {
    trigger: in_own_matter(told_by_staff(*entries[0]), "right") for trigger, entries in own_matters.ENTRIES.items()
}
