"""What the rules of training forbid, tried."""

from collections.abc import Callable

from tests.architecture.mutation.attempts.statements import NOWHERE, all_by_application, by_application, told

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
# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "training_module_titles": """words = '{"en": {"title": 1, "questions": []}}'""",
    "training_module_answers": """words = '{"en": {"title": "x", "questions": [{"answers": [1]}]}}'""",
    "training_module_solution": """solution = '["x"]'""",
    "training_attempt_answers": """answers = '["x"]'""",
    "training_module_pass": "pass_mark = 49",
    "training_module_published_whole": "published_at = portal.now(), published_by_id = NULL",
    "training_module_time": "valid_months = 0",
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
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
            told("training.tried", NOWHERE, by=("staff", s.sam)),
            (TRY.format(answers="solution"), [s.sam]),
            (ATTEST, [NOWHERE]),
        ]
    ),
}
