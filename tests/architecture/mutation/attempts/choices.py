"""What the rules of choices forbid, tried."""

from collections.abc import Callable

from tests.architecture.mutation.attempts.statements import LONG_AGO, NOW, all_by_application, by_application
from tests.world.sql.erasing import NEW

NEW_CHOICE = """
INSERT INTO choices_choice (id, customer_id, purpose_id, version_id, language, status, since, valid_until, rest_rule,
    despite_signal)
SELECT gen_random_uuid(), %s, v.purpose_id, v.id, 'en', '{status}', {moment},
    CASE WHEN '{status}' = 'ConsentGiven' THEN {moment} + make_interval(months => v.consent_months) END, '', false
FROM catalogue_purposeversion AS v WHERE v.id = %s
"""
OBJECTION = "kind = 'objection' AND lifted_at IS NULL AND request IS NULL"
END_TOLD = f"""
SELECT portal.append_entry('objection.lift_announced', m.customer_id, 'staff', %s, 'mark', m.id::text, p.code,
    'admin', NULL,
    '', '{{}}') FROM choices_mark AS m JOIN catalogue_purpose AS p ON p.id = m.purpose_id WHERE {OBJECTION}
"""
# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "choices_choice_known_status": "status = 'ConsentAssumed', valid_until = NULL",
    "choices_choice_only_a_yes_despite_signal": "status = 'ConsentRequested', valid_until = NULL,"
    " despite_signal = true",
    "choices_choice_only_a_yes_runs_out": "status = 'ConsentRequested'",
    "choices_choice_rests_by_a_rule": "rests_until = portal.now()",
    "choices_mark_known_kind": "kind = 'wish', purpose_id = NULL",
    "choices_mark_only_objections_of_a_purpose": "kind = 'restriction', purpose_id = (SELECT id FROM catalogue_purpose"
    " LIMIT 1)",
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
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
    "choices_choice_not_given_once_erased": by_application(
        lambda s: (
            "UPDATE choices_choice AS c SET status = 'ConsentGiven', since = portal.now(), valid_until ="
            " (portal.now() AT TIME ZONE 'UTC' + make_interval(months => v.consent_months)) AT TIME ZONE 'UTC'"
            " FROM catalogue_purposeversion AS v WHERE v.id = c.version_id AND c.customer_id = %s",
            [s.erased],
        )
    ),
}
