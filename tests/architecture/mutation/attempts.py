"""An attempt for every part of the database that keeps a promise. What is refused here must be allowed, or refused by
something else, once the part is gone; a part without an attempt is a failure of its own.
"""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from psycopg import Connection

from tests.architecture.mutation.parts import Part
from tests.architecture.mutation.speaking import Statement, outcome
from tests.exports import raw as exports
from tests.people.raw import NEW, erasing
from tests.vault.raw import proposing_part

CHECK_VIOLATION = "23514"
NOWHERE = "11111111-2222-4333-8444-555555555555"
# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "access_request_answer_by_later": "answer_by = filed_at",
    "access_request_ended_when_not_pending": "state = 'denied', ended_at = NULL",
    "access_request_known_state": "state = 'granted', ended_at = portal_now()",
    "access_request_says_why": "sentence = ''",
    "access_answer_known_decision": "decision = 'some'",
    "access_grant_end_says_why": """ended_at = portal_now(), "end" = ''""",
    "access_grant_not_empty": "ends_at = starts_at",
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
    "choices_choice_rests_by_a_rule": "rests_until = portal_now()",
    "choices_mark_known_kind": "kind = 'wish', purpose_id = NULL",
    "choices_mark_only_objections_of_a_purpose": "kind = 'restriction', purpose_id = (SELECT id FROM catalogue_purpose"
    " LIMIT 1)",
    "catalogue_version_storage": """storage = '["Mars"]'""",
    "catalogue_version_two_officers": "drafted_by_id = published_by_id",
    "disclosures_opening_says_what": "grant_id = NULL",
    "exports_export_chosen": "chosen = '[]'",
    "exports_export_personal_has_officer": "personal = true, made_by_id = NULL",
    "exports_export_version_check": "version = -1",
    "exports_export_known_dataset": "dataset = 'people'",
    "exports_export_known_format": "format = 'doc'",
    "exports_export_period_not_empty": "until_date = from_date",
    "exports_export_says_why": "reason = ''",
    "exports_result_counts": "rows = -1",
    "exports_result_digest": "sha256 = 'none'",
    "ledger_entry_details_are_an_object": "details = '[]'",
    "ledger_restoration_journal_before_opening": "journal = NULL",
    "ledger_restoration_states_what_is_lost": "lost_size = 5",
    "notifications_failingaddress_known_how": "how = 'guessed'",
    "notifications_message_done_or_not": "outcome = 'lost', sent_at = portal_now()",
    "notifications_message_tries_check": "tries = -1",
    "notifications_preference_known": "digests = 'daily'",
    "notifications_message_one_recipient": "user_id = (SELECT id FROM people_user LIMIT 1),"
    " customer_id = (SELECT id FROM people_customer LIMIT 1)",
    "people_acting_known_capacity": "capacity = 'friend'",
    "people_claimcode_known_capacity": "capacity = 'agent'",
    "people_user_closed_is_bare": "closed_at = portal_now(), is_active = true",
    "people_customer_address_both_or_neither": "sealed_address = NULL",
    "people_customer_reference_not_empty": "reference = ''",
    "people_customer_unlinked_when_erased": "language = 'en', erased_at = portal_now()",
    "people_erasure_cancelled_by_and_at": "cancelled_at = portal_now(), cancelled_by_id = NULL",
    "people_erasure_confirmed_and_done": "done_at = portal_now(), confirmed_by_id = NULL, cancelled_at = NULL,"
    " cancelled_by_id = NULL",
    "people_erasure_is_proposed": "proposed_by_id = NULL",
    "people_erasure_known_reason": "reason = 'whim'",
    "people_erasure_two_officers": "confirmed_by_id = proposed_by_id, done_at = portal_now(), cancelled_at = NULL,"
    " cancelled_by_id = NULL",
    "people_legalhold_known_reason": "reason = 'whim'",
    "people_legalhold_lifted_by_and_at": "lifted_at = portal_now(), lifted_by_id = NULL",
    "people_legalhold_names_its_document": "document = ''",
    "people_legalhold_placed_by_somebody": "placed_by_id = NULL",
    "people_staffmember_known_role": "role = 'superuser'",
    "rights_request_answer_has_a_form": "response_format = ''",
    "rights_request_answered_with_outcome": "responded_at = NULL",
    "rights_request_appeal_by_another_officer": "appeal_outcome ="
    " CASE appeal_outcome WHEN 'pending' THEN 'upheld' ELSE appeal_outcome END",
    "rights_request_appeal_is_of_an_answer": "appeal_at = coalesce(appeal_at, responded_at)",
    "rights_request_due_later": "due_at = received_at",
    "rights_request_extended_in_time_with_reason": "extended_to = due_at",
    "rights_request_fee_has_currency": "fee_currency = 'EUR'",
    "rights_request_fee_has_its_ground": "fee_reason = 'excessive'",
    "rights_request_jurisdiction_is_iso_3166": "jurisdiction = 'Mars'",
    "rights_request_known_channel": "channel = 'pigeon'",
    "rights_request_known_is_no_stranger": "denial_reason = CASE WHEN verified_at IS NULL OR denial_reason = ''"
    " THEN denial_reason ELSE 'no_match' END, denial_metric_group = CASE WHEN verified_at IS NULL OR"
    " denial_reason = '' THEN denial_metric_group ELSE 'not_verifiable' END",
    "rights_request_known_level": "identity_needed = 'session_reauth'",
    "rights_request_known_regime": "regime = 'lgpd'",
    "rights_request_known_state": "state = CASE state WHEN 'answered' THEN state ELSE 'lost' END",
    "rights_request_known_type": "request_type = 'A99'",
    "rights_request_law_is_a_provision": "denial_legal_basis ="
    " CASE denial_legal_basis WHEN '' THEN '' ELSE 'Ada Lovelace, 12' END",
    "rights_request_a_sale_is_allowed_here": "request_type = 'sale:opt_in', channel = 'phone'",
    "rights_request_part_of_an_objection": """granted = '["support"]'""",
    "rights_request_others_prove_their_part": "submitted_by = 'guardian', agent_proof = ''",
    "rights_request_reason_has_its_group": "denial_metric_group = CASE denial_reason WHEN '' THEN '' ELSE 'other' END",
    "rights_request_refused_with_reason_law_and_remedies": "remedies_told = NOT remedies_told",
    "rights_request_pieces_for_the_surely_known": "request_type = 'access:specific',"
    " verification_level = CASE outcome WHEN 'complied_whole' THEN 'reasonable' ELSE verification_level END,"
    " verified_at = CASE outcome WHEN 'complied_whole' THEN received_at ELSE verified_at END",
    "rights_request_scope_not_empty": "scope_from = '2026-02-01', scope_until = '2026-01-01'",
    "rights_request_under_its_law": "received_at = '2017-01-01Z'",
    "rights_request_unit": "due_unit = 'week'",
    "rights_request_verified_is_whose": "verification_level = 'reasonable', verified_at = NULL",
    "rights_request_waits_for_something": "waiting_for = 'godot'",
    "rights_rightsrequest_waited_days_check": "waited_days = -1",
    "rights_search_names_the_system": "system = ''",
    "rights_correction_refused_with_reason": "why_not = 'whim', is_accepted = false",
    "rights_correction_place_check": "place = -1",
    "rights_collectioncode_handed_by_somebody": "way = 'handed', made_by_id = NULL",
    "rights_collectioncode_tries_check": "tries = -1",
    "rights_collectioncode_works_or_ended": "ended_at = NULL, \"end\" = 'stopped'",
    "rights_download_by_account_or_code": "taken_by_id = NULL, code_id = NULL",
    "rights_download_known_part": "part = 'all'",
    "rights_package_whole_or_removed": "sealed_page = NULL, removed_at = NULL",
    "rights_told_known_reason": "why_not = 'whim'",
    "rights_words_known_kind": "kind = 'sung'",
    "vault_parterasure_cancelled_or_done": "cancelled_at = portal_now(), done_at = portal_now(),"
    " confirmed_by_id = cancelled_by_id, original = '\\x00'",
    "vault_parterasure_confirmed_and_done": "done_at = portal_now(), confirmed_by_id = NULL, original = NULL",
    "vault_parterasure_deletes_something": "deleted = '[]'",
    "vault_parterasure_is_proposed": "proposed_by_id = NULL",
    "vault_parterasure_keeps_by_law": "kept = '[\"orders\"]', law = ''",
    "vault_parterasure_two_officers": "confirmed_by_id = proposed_by_id, done_at = portal_now()",
}
# A second row that differs from the first in nothing but this, where more than one rule would refuse a plain copy.
DIFFERING = {
    "people_acting_one_self_per_customer": {"user_id": NOWHERE},
    "people_acting_once": {"capacity": "guardian"},
    "people_erasure_one_per_customer": {"cancelled_at": None, "cancelled_by_id": None},
    "access_grant_one_per_category": {"staff_id": NOWHERE},
    "access_grant_no_overlap": {"request_id": NOWHERE},
    "rights_collectioncode_code_hash_key": {"ended_at": "2026-01-01Z", "end": "stopped"},
    "rights_collectioncode_one_works": {"code_hash": r"\x01"},
    "rights_rightsrequest_number_key": {"token": None},
    "rights_rightsrequest_token_key": {"number": "RQ-2"},
}


# Which row is copied, where not any of them breaks the rule.
COPIED = {"rights_rightsrequest_token_key": "token IS NOT NULL"}


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
        return f'INSERT INTO {table} ("{part.name}") SELECT "{part.name}" FROM {table} WHERE false'
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
    """One row that points to nothing."""
    column, kind = owner.execute(
        "SELECT a.attname, a.atttypid::regtype::text FROM pg_constraint AS o"
        " JOIN pg_attribute AS a ON a.attrelid = o.conrelid AND a.attnum = o.conkey[1] WHERE o.conname = %s",
        [part.name],
    ).fetchone()
    target = NOWHERE if kind == "uuid" else "-1"
    one = f"ctid = (SELECT ctid FROM {part.table} WHERE {column} IS NOT NULL LIMIT 1)"
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
    '', duration, portal_now() + interval '7 days', portal_now(), digest, gen_random_uuid(), 'pending'
FROM access_accessrequest WHERE id = %s
"""
NEW_ANSWER = """
INSERT INTO access_answer (request_id, decision, answered_by_id, capacity, duration, shown_digest, token, answered_at)
SELECT id, 'all', %s, 'self', duration, digest, gen_random_uuid(), {moment} FROM access_accessrequest WHERE id = %s
"""
NEW_GRANT = """
INSERT INTO access_grant (id, request_id, staff_id, customer_id, category_id, purpose_id, starts_at, ends_at, "end")
SELECT gen_random_uuid(), r.id, r.staff_id, r.customer_id, q.category_id, r.purpose_id, {moment},
    {moment} + r.duration, '' FROM access_accessrequest AS r JOIN access_requestedcategory AS q ON q.request_id = r.id
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
NEW_VERSION = """
INSERT INTO catalogue_purposeversion (purpose_id, number, legal_basis, dpv_purpose, sale, storage, material,
    lost, drafted_by_id, published_by_id, published_at)
SELECT purpose_id, 99, legal_basis, dpv_purpose, sale, storage, material, lost, drafted_by_id, published_by_id,
    portal_now()
FROM catalogue_purposeversion WHERE id = %s
"""
PUBLISH = "UPDATE catalogue_purposeversion SET published_at = portal_now(), published_by_id = %s WHERE id = %s"
NOW, LONG_AGO = "portal_now()", "'2020-01-01Z'::timestamptz"


NEW_RIGHT = """
INSERT INTO rights_rightsrequest SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'number',
    'RQ-3', 'token', NULL, 'due_at', '2099-01-01Z'))).* FROM rights_rightsrequest AS r WHERE id = %s
"""
OBJECT = """
INSERT INTO rights_rightsrequest SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'number',
    'RQ-4', 'token', NULL, 'request_type', 'A21', 'scope', '["support"]'::jsonb, 'identity_needed', 'not_required',
    'verification_level', 'not_required', 'channel', 'phone', 'state', 'received', 'acknowledged_at', NULL,
    'handler_id', NULL, 'received_at', portal_now(), 'filed_at', portal_now()))).*
    FROM rights_rightsrequest AS r WHERE id = %s
"""
ANSWER_RIGHT = """
UPDATE rights_rightsrequest SET state = 'answered', outcome = 'no_data_held', response_format = 'email',
    responded_at = portal_now(), retain_until = current_date + 800, handler_id = %s WHERE id = %s
"""
# All that an answer needs, but for a mark.
GRANT_PAUSE = """
UPDATE rights_rightsrequest SET state = 'answered', outcome = 'complied_whole', response_format = 'email',
    verification_level = 'reasonable', verified_at = portal_now(),
    responded_at = portal_now(), retain_until = current_date + 800, handler_id = %s WHERE id = %s
"""
REFUSE_RIGHT = """
UPDATE rights_rightsrequest SET state = 'answered', outcome = 'denied', response_format = 'email',
    denial_reason = 'other', denial_metric_group = 'other', denial_legal_basis = 'GDPR Art 21', remedies_told = true,
    responded_at = portal_now(), retain_until = current_date + 800, handler_id = %s WHERE id = %s
"""
DONE_TOLD = """
SELECT ledger_append('rights_request.answered', %s, 'staff', '', 'rights_request', %s, '', 'admin', NULL,
    'complied_whole', '{}')
"""
SEARCH = "INSERT INTO rights_search (request_id, system, found, searched_by_id) VALUES (%s, 'crm', false, %s)"


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
TOLD = "SELECT ledger_append('vault.stored', NULL, 'portal', '', 'vault', 'records', '', 'job', NULL, '', '{}')"
TOLD_ELSEWHERE = TOLD.replace("NULL", f"'{NOWHERE}'", 1)
STORE = (
    "SELECT vault_store(ARRAY[gen_random_uuid()],"
    " ARRAY(SELECT id FROM people_customer WHERE erased_at IS NULL LIMIT 1),"
    " ARRAY(SELECT id FROM catalogue_category LIMIT 1), ARRAY[0], ARRAY['{}'::jsonb])"
)
CHANGE = STORE.replace("ARRAY[gen_random_uuid()]", "ARRAY(SELECT record FROM vault_fingerprint LIMIT 1)")
# Even the owner sees no row of the vault to change: its foreign keys are tried by the function that writes.
STRAY = {
    "people_customer_id": STORE.replace(
        "ARRAY(SELECT id FROM people_customer WHERE erased_at IS NULL LIMIT 1)", f"ARRAY['{NOWHERE}'::uuid]"
    ),
    "catalogue_category_id": STORE.replace("ARRAY(SELECT id FROM catalogue_category LIMIT 1)", "ARRAY[-1::bigint]"),
}


# An entry about something else than what is done besides it.
TELL = "SELECT ledger_append(%(event)s, %(customer)s::uuid, 'portal', '', 'x', %(object)s, '', 'job', NULL, '', '{}')"
AS_THE_FIRST = "SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(r) || %s)).* FROM {table} AS r LIMIT 1"
NEW_CATEGORY = """
INSERT INTO catalogue_category (id, code, words, term, sensitive, special, "order", published)
VALUES (987654, 'x', '{{}}', '', false, false, 1, {published})
"""


def told(event: str, object: Any, customer: Any = None) -> Statement:
    return TELL, {"event": event, "object": str(object), "customer": customer}


def as_the_first(table: str, **changes: str) -> Statement:
    """One more row like the first."""
    return f"INSERT INTO {table} {AS_THE_FIRST.format(table=table)}", [json.dumps(changes)]


def all_by_application(make: Callable[[SimpleNamespace], list[Statement]]) -> Callable[..., str]:
    return lambda application, owner, scene: outcome(application, *make(scene))


def new_of_erased(table: str) -> Callable[..., str]:
    return by_application(
        lambda s: (f"INSERT INTO {table} {NEW[table]}", {"customer": s.erased, "officer": s.otto}),
    )


NAMED: dict[str, Callable[..., str]] = {
    "exports_approval_second_officer": lambda application, owner, scene: outcome(
        application, *exports.approving(scene.personal_export, scene.otto)
    ),
    "exports_approval_on_record": by_application(lambda s: (exports.APPROVE, [s.personal_export, s.olga])),
    "exports_export_on_record": by_application(lambda s: exports.MAKE),
    "exports_exportresult_agreed_to": lambda application, owner, scene: outcome(
        application, *exports.finishing(scene.personal_export)
    ),
    "exports_exportresult_on_record": by_application(lambda s: (exports.FINISH, [s.export])),
    "vault_record_read gone": lambda application, owner, scene: f"allowed {scene.look()}",
    "vault_record_read open": vault_of("application"),
    "vault_record_write gone": lambda application, owner, scene: outcome(application, TOLD, STORE),
    "vault_record_stored_on_record": lambda application, owner, scene: outcome(application, TOLD_ELSEWHERE, STORE),
    "vault_record_changed_on_record": lambda application, owner, scene: outcome(application, TOLD_ELSEWHERE, CHANGE),
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
    "choices_choice_follows": by_application(
        lambda s: (NEW_CHOICE.format(status="ConsentWithdrawn", moment=NOW), [s.ben, s.version])
    ),
    "choices_mark_frozen": by_application(lambda s: "UPDATE choices_mark SET kind = 'restriction', purpose_id = NULL"),
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
            ("UPDATE catalogue_purpose SET retired_at = portal_now() WHERE id = %s", [s.purpose]),
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
        lambda s: ("UPDATE people_claimcode SET used_at = portal_now() WHERE customer_id = %s", [s.addressless])
    ),
    "people_customer_facts_on_record": by_application(
        lambda s: ("UPDATE people_customer SET born_on = '2020-01-01' WHERE id = %s", [s.ada])
    ),
    "notifications_preference_on_record": by_application(
        lambda s: ("INSERT INTO notifications_preference (customer_id, digests) VALUES (%s, 'never')", [s.ben])
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
    "access_accessrequest_on_record": by_application(lambda s: (NEW_REQUEST, [s.pending])),
    "access_accessrequest_ends_on_record": by_application(
        lambda s: (
            "UPDATE access_accessrequest SET state = 'cancelled', ended_at = portal_now() WHERE id = %s",
            [s.pending],
        )
    ),
    "access_requestedcategory_when_filed": by_application(
        lambda s: (
            "INSERT INTO access_requestedcategory (request_id, category_id) VALUES (%s, %s)",
            [s.pending, s.health],
        )
    ),
    "access_answer_is_now": by_application(lambda s: (NEW_ANSWER.format(moment=LONG_AGO), [s.ben_user, s.pending])),
    "access_answer_on_record": by_application(lambda s: (NEW_ANSWER.format(moment=NOW), [s.ben_user, s.pending])),
    "access_grant_is_now": by_application(lambda s: (NEW_GRANT.format(moment=LONG_AGO), [s.pending])),
    "access_grant_has_its_yes": by_application(lambda s: (NEW_GRANT.format(moment=NOW), [s.pending])),
    "access_grant_frozen": by_application(
        lambda s: ("UPDATE access_grant SET ends_at = ends_at + interval '1 hour' WHERE id = %s", [s.grant])
    ),
    "access_grant_ends_on_record": by_application(
        lambda s: ("""UPDATE access_grant SET ended_at = portal_now(), "end" = 'stopped' WHERE id = %s""", [s.grant])
    ),
    "rights_rightsrequest_begins": by_application(lambda s: (NEW_RIGHT, [s.right])),
    "rights_rightsrequest_objects": by_application(lambda s: (OBJECT, [s.right])),
    "rights_rightsrequest_found_of_erased": by_application(
        lambda s: ("UPDATE rights_rightsrequest SET customer_id = %s WHERE id = %s", [s.erased, s.strangers_right])
    ),
    "rights_rightsrequest_frozen": by_application(
        lambda s: ("UPDATE rights_rightsrequest SET request_type = 'A16' WHERE id = %s", [s.right])
    ),
    "rights_rightsrequest_clock": by_application(
        lambda s: (
            "UPDATE rights_rightsrequest SET due_at = due_at + interval '1 day' WHERE id = %s",
            [s.right],
        )
    ),
    "rights_rightsrequest_steps": by_application(
        lambda s: ("UPDATE rights_rightsrequest SET handler_id = %s WHERE id = %s", [s.sam, s.right])
    ),
    "rights_rightsrequest_answer_checked": by_application(lambda s: (ANSWER_RIGHT, [s.otto, s.right])),
    "rights_rightsrequest_has_effect": by_application(lambda s: (GRANT_PAUSE, [s.otto, s.pause])),
    "rights_rightsrequest_on_record": by_application(
        lambda s: ("UPDATE rights_rightsrequest SET handler_id = %s WHERE id = %s", [s.otto, s.right])
    ),
    "rights_rightsrequest_done": lambda application, owner, scene: outcome(
        application,
        (ANSWER_RIGHT.replace("no_data_held", "complied_whole"), [scene.otto, scene.unerased_right]),
        (DONE_TOLD, [scene.ben, str(scene.unerased_right)]),
    ),
    "rights_rightsrequest_sale_allowed": lambda application, owner, scene: outcome(
        application,
        (ANSWER_RIGHT.replace("no_data_held", "complied_whole"), [scene.otto, scene.opt_in]),
        (DONE_TOLD, [scene.cal, str(scene.opt_in)]),
    ),
    "rights_rightsrequest_use_by_use": lambda application, owner, scene: outcome(
        application,
        (REFUSE_RIGHT, [scene.otto, scene.objection]),
        (DONE_TOLD.replace("complied_whole", "denied"), [scene.ben, str(scene.objection)]),
    ),
    "rights_search_on_record": by_application(lambda s: (SEARCH, [s.right, s.otto])),
    "rights_search_before_answer": by_application(lambda s: (SEARCH, [s.answered_right, s.otto])),
    "rights_told_on_record": by_application(
        lambda s: (
            "INSERT INTO rights_told (request_id, recipient_id, why_not, told_by_id)"
            " SELECT %s, max(recipient_id), '', %s FROM rights_told",
            [s.right, s.otto],
        )
    ),
    "rights_rightsrequest_kept": lambda application, owner, scene: outcome(owner, "DELETE FROM rights_rightsrequest"),
    "rights_package_kept": lambda application, owner, scene: outcome(owner, "DELETE FROM rights_package"),
    "rights_package_frozen": by_application(
        lambda s: "UPDATE rights_package SET ends_at = ends_at + interval '1 day' WHERE removed_at IS NULL"
    ),
    "rights_package_on_record": by_application(
        lambda s: (
            "INSERT INTO rights_package (id, request_id, made_at, ends_at, sealed_page, sealed_data) VALUES"
            " (gen_random_uuid(), %s, portal_now(), portal_now() + interval '14 days', '', '')",
            [s.granted_right],
        )
    ),
    "rights_collectioncode_kept": lambda application, owner, scene: outcome(owner, "DELETE FROM rights_collectioncode"),
    "rights_collectioncode_frozen": by_application(lambda s: "UPDATE rights_collectioncode SET made_at = portal_now()"),
    "rights_collectioncode_on_record": by_application(lambda s: "UPDATE rights_collectioncode SET tries = tries + 1"),
    "rights_download_on_record": by_application(
        lambda s: (
            "INSERT INTO rights_download (package_id, part, taken_by_id) SELECT id, 'page', %s FROM rights_package",
            [s.sam],
        )
    ),
    "rights_correction_on_record": by_application(
        lambda s: (
            "INSERT INTO rights_correction (request_id, place, category_id, field, is_accepted, why_not, decided_by_id)"
            " SELECT %s, 7, id, 'phone', true, '', %s FROM catalogue_category LIMIT 1",
            [s.right, s.otto],
        )
    ),
    "rights_meant_on_record": by_application(
        lambda s: ("INSERT INTO rights_meant (request_id, entry) VALUES (%s, gen_random_uuid())", [s.right])
    ),
    "rights_late_on_record": by_application(
        lambda s: ("INSERT INTO rights_late (request_id, due_at) VALUES (%s, portal_now())", [s.right])
    ),
    "rights_words_frozen": by_application(lambda s: "DELETE FROM rights_words"),
    "disclosures_opening_on_record": by_application(lambda s: (NEW_OPENING, [s.grant])),
    "ledger_entry_closing": lambda application, owner, scene: outcome(
        application,
        "SELECT ledger_append('staff.ended', NULL, 'portal', '', 'user', '', '', 'job', NULL, '', '{}')",
        "SELECT count(*) FROM ledger_unjournalled",
    ),
    "ledger_entry_binding": lambda application, owner, scene: outcome(
        application,
        "SELECT ledger_append('legal_hold.placed', NULL, 'portal', '', 'legal_hold', '', '', 'job', NULL, '', '{}')",
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
        lambda s: ("UPDATE people_staffmember SET role = 'compliance_officer' WHERE user_id = %s", [s.sam])
    ),
    "people_staffmember_on_record": by_application(
        lambda s: ("UPDATE people_staffmember SET ended_at = portal_now() WHERE user_id = %s", [s.sam])
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
            "UPDATE people_legalhold SET lifted_by_id = %s, lifted_at = portal_now() WHERE lifted_at IS NULL",
            [s.otto],
        )
    ),
    "vault_record_kept": by_application(lambda s: ("SELECT vault_remove(%s)", [s.ada])),
    "vault_parterasure_frozen": by_application(lambda s: "UPDATE vault_parterasure SET law = 'AO 148' WHERE law <> ''"),
    "vault_parterasure_on_record": by_application(
        lambda s: (
            "UPDATE vault_parterasure SET cancelled_at = portal_now(), cancelled_by_id = %s WHERE request = %s"
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
            "UPDATE choices_choice AS c SET status = 'ConsentGiven', since = portal_now(), valid_until ="
            " (portal_now() AT TIME ZONE 'UTC' + make_interval(months => v.consent_months)) AT TIME ZONE 'UTC'"
            " FROM catalogue_purposeversion AS v WHERE v.id = c.version_id AND c.customer_id = %s",
            [s.erased],
        )
    ),
} | {f"{table}_not_of_erased": new_of_erased(table) for table in NEW}
