"""What the rules of access forbid, tried."""

from collections.abc import Callable

from tests.architecture.mutation.attempts.statements import LONG_AGO, NOW, NOWHERE, all_by_application, by_application
from tests.world.sql.erasing import NEW

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
NEW_ASSENT = """
INSERT INTO access_assent (id, access_request_id, given_by_id, categories, duration, shown_digest, token, given_at)
SELECT gen_random_uuid(), id, %s, '["contact"]', duration, digest, gen_random_uuid(), {moment}
FROM access_accessrequest WHERE id = %s
"""
GUARDED = NEW_REQUEST.replace("purpose_id, version_id, reason, sentence", "purpose_id, %s, reason, sentence")
OF_ANOTHER_TEAM = NEW_REQUEST.replace(
    "purpose_id, version_id, reason, sentence",
    "(SELECT v.purpose_id FROM catalogue_purposeversion AS v WHERE v.id = %s), %s, reason, sentence",
)
PROPOSED_BY_ANOTHER_TEAM = """
INSERT INTO access_proposedrequest SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid(),
    'token', gen_random_uuid(), 'version_id', %s, 'proposed_at', portal.now()))).*
FROM access_proposedrequest AS p WHERE id = %s
"""
PROPOSAL_STEP = "UPDATE access_proposedrequest SET state = 'ended', decided_at = {moment} WHERE id = %s"
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
# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "access_sentencetemplate_texts": """texts = '{"en": 1}'""",
    "access_proposal_codes": "categories = '[1]'",
    "access_assent_codes": "categories = '[1]'",
    "access_request_answer_by_later": "answer_by = filed_at",
    "access_request_ended_when_not_pending": "state = 'denied', ended_at = NULL",
    "access_request_known_reason": "reason = 'fun'",
    "access_request_known_state": "state = 'granted', ended_at = portal.now()",
    "access_request_says_why": "sentence = ''",
    "access_answer_known_decision": "decision = 'some'",
    "access_assent_to_something": "categories = '[]'",
    "access_proposal_decided_by_and_at": "state = 'agreed', access_request_id = NULL",
    "access_proposal_filed_when_agreed": "state = 'ended', decided_by_id = NULL, decided_at = portal.now(),"
    f" sealed_reason = NULL, access_request_id = '{NOWHERE}'",
    "access_proposal_known_reason": "reason = 'fun'",
    "access_proposal_not_own_manager": "decided_by_id = staff_id",
    "access_proposal_of_something": "categories = '[]'",
    "access_proposal_reason_of_a_no": "state = 'ended', decided_by_id = NULL, decided_at = portal.now(),"
    " access_request_id = NULL, sealed_reason = '\\x00'",
    "access_callercode_few_tries": "tries = 4",
    "access_callercode_proof_fits": "proof = '\\x01', proved_at = portal.now()",
    "access_callercode_tries_check": "tries = -1",
    "access_enquiry_reply_and_when": "replied_at = portal.now(), sealed_reply = NULL",
    "access_block_names_whom": "team = CASE team WHEN '' THEN 'Returns' ELSE '' END",
    "access_sentencetemplate_known_reason": "reason = 'fun'",
    "access_sentencetemplate_number_check": "number = -1",
    "access_sentencetemplate_published_by_and_at": "published_by_id = NULL, retired_at = NULL, retired_by_id = NULL",
    "access_sentencetemplate_retired_by_and_at": "retired_at = portal.now(), retired_by_id = NULL",
    "access_grant_end_says_why": """ended_at = portal.now(), "end" = ''""",
    "access_grant_not_empty": "ends_at = starts_at",
    "access_grant_one_ground": "access_request_id = NULL, exemption = NULL",
}
# A second row that differs from the first in nothing but this, where more than one rule would refuse a plain copy.
DIFFERING = {
    "access_grant_one_per_category": {"staff_id": NOWHERE},
    "access_grant_one_per_exempted": {"staff_id": NOWHERE},
    "access_grant_no_overlap": {"access_request_id": NOWHERE},
    "access_proposal_one_waiting": {"token": NOWHERE},
    "access_proposedrequest_access_request_id_key": {"token": NOWHERE},
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
    "access_accessrequest_not_blocked": by_application(lambda s: (NEW_REQUEST, [s.blocked])),
    "access_grant_not_blocked": by_application(lambda s: (NEW_GRANT.format(moment=NOW), [s.blocked])),
    "access_block_frozen": by_application(lambda s: "UPDATE access_block SET lifted_at = '2020-01-01Z'"),
    "access_block_on_record": by_application(
        lambda s: (f"INSERT INTO access_block {NEW['access_block']}", {"customer": s.ben})
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
    "access_accessrequest_agreed": by_application(lambda s: (GUARDED, [s.guarded, s.pending])),
    "access_requestedcategory_agreed": all_by_application(
        lambda s: [
            (GUARDED.replace("gen_random_uuid(), customer_id", "%s, customer_id"), [NOWHERE, s.guarded, s.pending]),
            "SET CONSTRAINTS access_requestedcategory_agreed IMMEDIATE",
            (
                "INSERT INTO access_requestedcategory (access_request_id, category_id) VALUES (%s, %s)",
                [NOWHERE, s.health],
            ),
        ]
    ),
    "access_proposedrequest_frozen": by_application(lambda s: (PROPOSAL_STEP.format(moment=LONG_AGO), [s.proposed])),
    "access_proposedrequest_on_record": by_application(lambda s: (PROPOSAL_STEP.format(moment=NOW), [s.proposed])),
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
    "access_assent_waits": by_application(lambda s: (NEW_ASSENT.format(moment=LONG_AGO), [s.ben_user, s.pending])),
    "access_assent_on_record": by_application(lambda s: (NEW_ASSENT.format(moment=NOW), [s.ben_user, s.pending])),
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
    "access_accessrequest_of_trained": by_application(
        lambda s: (NEW_REQUEST.replace("(), customer_id, staff_id", "(), customer_id, %s"), [s.olga, s.pending])
    ),
    "access_sentencetemplate_frozen": by_application(
        lambda s: ("""UPDATE access_sentencetemplate SET texts = '{}' WHERE id = %s""", [s.sentence])
    ),
    "access_sentencetemplate_on_record": by_application(
        lambda s: (
            "UPDATE access_sentencetemplate SET retired_at = portal.now(), retired_by_id = %s WHERE id = %s",
            [s.pia, s.sentence],
        )
    ),
    "access_accessrequest_of_team": by_application(lambda s: (OF_ANOTHER_TEAM, [s.limited, s.limited, s.pending])),
    "access_proposedrequest_of_team": by_application(lambda s: (PROPOSED_BY_ANOTHER_TEAM, [s.limited, s.proposed])),
}
