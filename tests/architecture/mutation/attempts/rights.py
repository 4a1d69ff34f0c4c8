"""What the rules of rights forbid, tried."""

from collections.abc import Callable
from typing import Any

from tests.architecture.mutation.attempts.statements import all_by_application, by_application, told
from tests.architecture.mutation.speaking import Statement, outcome
from tests.world.sql.rights_steps import STEPS

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
    "mention": "noted_right",
    "note": "right",
    "pause": "right",
    "pauseend": "paused",
    "recipientnotice": "right",
    "redaction": "noted_right",
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
SELECT portal.append_entry('rights_request.answered', %s, 'portal', '', 'rights_request', %s, '', 'admin', NULL,
    'complied_whole', '{}')
"""


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


# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "rights_request_scope": "scope = '[1]'",
    "rights_request_clocks": "clocks = '[]'",
    "rights_pauseend_clocks": "clocks = '[]'",
    "rights_extension_clock": "clock = '[]'",
    "rights_appeal_clock": "clock = '[]'",
    "rights_answer_granted_codes": "granted = '[1]'",
    "rights_questiontemplate_texts": """texts = '{"en": 1}'""",
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
    "rights_lawchoice_filed_regime": "filed_regime = 'lex'",
    "rights_lawchoice_filed_type": "filed_type = 'A99'",
    "rights_lawchoice_known_reason": "reason = 'whim'",
    "rights_lawchoice_known_regime": "regime = 'lex'",
    "rights_lawchoice_known_type": "request_type = 'A99'",
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
    "rights_recipientnotice_known_reason": "why_not = 'whim', told_on = NULL, way = ''",
    "rights_recipientnotice_says_when_and_how": "way = ''",
    "rights_redaction_decided_whole": "is_agreed = CASE WHEN is_agreed IS NULL THEN true END",
    "rights_draft_bounded": "sealed = decode(repeat('00', 40001), 'hex')",
    "rights_clarification_known_subject": "about = 'whim'",
    "rights_clarificationreply_known_way": "way = 'pigeon'",
    "rights_questiontemplate_known_subject": "about = 'whim'",
    "rights_savedview_has_a_name": "name = ''",
    "rights_savedview_query": "query = '[]'",
    "rights_statement_known_kind": "kind = 'sung'",
}
# A second row that differs from the first in nothing but this, where more than one rule would refuse a plain copy.
DIFFERING = {
    "rights_savedview_once": {"is_first": False},
    "rights_savedview_one_first": {"name": "Another"},
    "rights_rightsrequest_number_key": {"token": None},
    "rights_rightsrequest_token_key": {"number": "RQ-2"},
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
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
        told("rights_request.assigned", scene.objection, scene.ben, officer=str(scene.otto)),
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
    "rights_correction_on_record": by_application(
        lambda s: (
            "INSERT INTO rights_correction"
            " (rights_request_id, place, category_id, field, is_accepted, why_not, decided_by_id)"
            " SELECT %s, 7, id, 'phone', true, '', %s FROM catalogue_category LIMIT 1",
            [s.right, s.otto],
        )
    ),
    "rights_answer_of_every_holder": all_by_application(
        lambda s: [step("assignment", s.joint_copy, s.otto), step("answer", s.joint_copy, s.otto)]
    ),
    "rights_correction_of_every_holder": by_application(
        lambda s: (
            "INSERT INTO rights_correction"
            " (rights_request_id, place, category_id, field, is_accepted, why_not, decided_by_id)"
            " SELECT %s, 7, id, 'phone', true, '', %s FROM catalogue_category LIMIT 1",
            [s.joint_copy, s.otto],
        )
    ),
    "rights_parterasure_of_every_holder": by_application(
        lambda s: (
            "INSERT INTO vault_parterasure (id, customer_id, request, deleted, kept, law, proposed_by_id)"
            " VALUES (gen_random_uuid(), %s, %s, '[\"orders\"]', '[]', '', %s)",
            [s.joint_customer, s.joint_deletion, s.pia],
        )
    ),
    "rights_erasure_of_every_holder": by_application(
        lambda s: (
            "UPDATE people_erasure SET done_at = portal.now(), confirmed_by_id = %s WHERE customer_id = %s",
            [s.otto, s.joint_customer],
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
    "rights_statement_resealed": by_application(
        lambda s: ("UPDATE rights_statement SET sealed = '\\x00' WHERE rights_request_id = %s", [s.strangers_right])
    ),
    "rights_note_worked_on": step_by_application("note", "answered_right"),
    "rights_mention_frozen": by_application(lambda s: "UPDATE rights_mention SET read_at = portal.now()"),
    "rights_mention_kept": lambda application, owner, scene: outcome(owner, "DELETE FROM rights_mention"),
    "rights_redaction_frozen": by_application(
        lambda s: "UPDATE rights_redaction SET decided_at = portal.now() WHERE decided_at IS NOT NULL"
    ),
    "rights_redaction_kept": lambda application, owner, scene: outcome(owner, "DELETE FROM rights_redaction"),
    "rights_answer_waits_for_redaction": all_by_application(
        lambda s: [step("assignment", s.noted_right, s.otto), step("answer", s.noted_right, s.otto)]
    ),
    "rights_statement_frozen": by_application(lambda s: "DELETE FROM rights_statement"),
}
NAMED |= {f"rights_{of}_on_record": step_by_application(of, where) for of, where in ON_RECORD.items()}
NAMED |= {f"rights_{of}_checked": step_by_application(of, where) for of, where in CHECKED.items()}
NAMED |= {f"rights_{of}_before_answer": step_by_application(of, "answered_right") for of in BEFORE_ANSWER}
NAMED |= {f"rights_{of}_derived": derived(of, ON_RECORD[of]) for of in DERIVED}
