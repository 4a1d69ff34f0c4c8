"""What the rules of insights forbid, tried."""

from collections.abc import Callable

from tests.architecture.mutation.attempts.statements import all_by_application, by_application, told
from tests.architecture.mutation.speaking import outcome

NEW_QUESTION = """
INSERT INTO insights_question (code, words, category_id, field, grouping, measure, date_field, step, added_by_id)
SELECT 'other', words, category_id, field, grouping, measure, date_field, step, %s FROM insights_question LIMIT 1
"""
NEW_INSIGHT = """
INSERT INTO insights_insight (id, question_id, period, minimum, asked_by_id) VALUES (gen_random_uuid(), %s, '', 11, %s)
"""
NEW_RESULT = "INSERT INTO insights_result (insight_id, outcome, total, has_hidden) VALUES (%s, 'counted', {}, false)"
NEW_CELL = "INSERT INTO insights_cell (result_id, place, label, number) VALUES (%s, 70, 'Lamp', {})"
# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
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
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
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
}
