"""What the rules of data breaches forbid, tried. The scene has one that is closed, and one with words that wait."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.architecture.mutation.attempts.statements import (
    LONG_AGO,
    NOW,
    NOWHERE,
    all_by_application,
    by_application,
)
from tests.architecture.mutation.speaking import Statement

BREACH = f"""
INSERT INTO breaches_breach (id, noticed_at, summary, recorded_by_id, recorded_at)
VALUES ('{NOWHERE}', {{moment}}, 'x', %s, {{moment}})
"""
ASSESSMENT = f"""
INSERT INTO breaches_assessment (id, breach_id, harms, categories, people, records, risk, consequences, measures,
    assessed_by_id, assessed_at)
VALUES ('{NOWHERE}', %s, '["lost"]', '[]', 0, 0, 'high', 'x', 'x', %s, {NOW})
"""
AUTHORITY = f"""
INSERT INTO breaches_authoritynotice (id, breach_id, told_at, authority, reference, why, recorded_by_id, recorded_at)
VALUES ('{NOWHERE}', %s, {{told}}, {{name}}, '', {{why}}, %s, {NOW})
"""
CLOSING = f"""
INSERT INTO breaches_closing (breach_id, why_not_told, lessons, closed_by_id, closed_at)
VALUES (%s, {{why}}, 'x', %s, {NOW})
"""
ANNOUNCEMENT = f"""
INSERT INTO breaches_announcement (id, breach_id, scope, listed, proposed_by_id, proposed_at)
VALUES ('{NOWHERE}', %s, 'listed', 0, %s, {NOW})
"""
TEXT = """
INSERT INTO breaches_announcementtext (announcement_id, language, happened, consequences, measures, contact)
VALUES (%s, 'fr', 'x', 'x', 'x', 'x')
"""
NOTICE = """
INSERT INTO breaches_breachnotice (id, announcement_id, customer_id) VALUES (gen_random_uuid(), %s, %s)
"""
TELL = """
SELECT portal.append_entry(%s, NULL, 'staff', %s::text, 'breach', %s::text, '', 'admin', NULL, %s, %s)
"""


def told(step: str, officer: Any, breach: Any, outcome_of: str = "", details: str = "{}") -> Statement:
    return TELL, [f"breach.{step}", str(officer), str(breach), outcome_of, details]


def stepping(statement: str, step: str, breach: str, officer: str = "pia") -> Callable[..., str]:
    """A step of an officer that is on record."""

    def steps(s: SimpleNamespace) -> list[Statement]:
        whose, of = getattr(s, officer), getattr(s, breach)
        return [told(step, whose, of), (statement, [of, whose])]

    return all_by_application(steps)


BREAKS = {
    "breaches_assessment_harms": "harms = '[1]'",
    "breaches_assessment_categories": "categories = '[1]'",
    "breaches_announcement_decided_whole": "is_agreed = true, decided_by_id = NULL",
    "breaches_announcement_done_if_agreed": "is_agreed = NULL, decided_by_id = NULL, decided_at = NULL,"
    " done_at = now()",
    "breaches_announcement_known_scope": "scope = 'some'",
    "breaches_announcement_listed_check": "listed = -1",
    "breaches_announcement_two_officers": "is_agreed = true, decided_by_id = proposed_by_id, decided_at = now()",
    "breaches_assessment_in_words": "measures = ''",
    "breaches_assessment_known_risk": "risk = 'none'",
    "breaches_assessment_people_check": "people = -1",
    "breaches_assessment_records_check": "records = -1",
    "breaches_assessment_says_what": "harms = '[]'",
    "breaches_authority_told_or_why_not": "told_at = NULL",
    "breaches_breach_noticed_first": "noticed_at = recorded_at + interval '1 day'",
    "breaches_breach_says_what": "summary = ''",
    "breaches_closing_known_reason": "why_not_told = 'none'",
    "breaches_closing_says_what_was_learnt": "lessons = ''",
    "breaches_notice_read_once_told": "told_at = NULL, read_at = now()",
    "breaches_text_whole": "measures = ''",
}
DIFFERING: dict[str, dict[str, Any]] = {}
NAMED: dict[str, Callable[..., str]] = {
    "breaches_breach_in_time": all_by_application(
        lambda s: [told("recorded", s.pia, NOWHERE), (BREACH.format(moment=LONG_AGO), [s.pia])]
    ),
    "breaches_breach_on_record": by_application(lambda s: (BREACH.format(moment=NOW), [s.pia])),
    "breaches_assessment_in_time": stepping(ASSESSMENT, "assessed", "closed_breach"),
    "breaches_assessment_on_record": by_application(lambda s: (ASSESSMENT, [s.open_breach, s.pia])),
    "breaches_authoritynotice_in_time": stepping(
        AUTHORITY.format(told=NOW, name="'x'", why="'x'"), "authority_settled", "closed_breach"
    ),
    "breaches_authoritynotice_on_record": by_application(
        lambda s: (AUTHORITY.format(told=NOW, name="'x'", why="'x'"), [s.open_breach, s.pia])
    ),
    "breaches_authoritynotice_told": stepping(
        AUTHORITY.format(told="NULL", name="''", why="'x'"), "authority_settled", "open_breach"
    ),
    "breaches_closing_in_time": stepping(CLOSING.format(why="'published'"), "closed", "silent_breach", "sam"),
    "breaches_closing_on_record": by_application(
        lambda s: (CLOSING.format(why="'published'"), [s.silent_breach, s.pia])
    ),
    "breaches_closing_settled": stepping(CLOSING.format(why="'published'"), "closed", "open_breach"),
    "breaches_announcement_in_time": all_by_application(
        lambda s: [
            told("announcement_proposed", s.sam, s.open_breach, "listed", f'{{"announcement":"{NOWHERE}"}}'),
            (ANNOUNCEMENT, [s.open_breach, s.sam]),
        ]
    ),
    "breaches_announcement_on_record": by_application(lambda s: (ANNOUNCEMENT, [s.open_breach, s.pia])),
    "breaches_announcement_frozen": all_by_application(
        lambda s: [
            told("announcement_decided", s.otto, s.open_breach, "agreed", f'{{"announcement":"{s.waiting_words}"}}'),
            (
                "UPDATE breaches_announcement SET listed = 9, is_agreed = true, decided_by_id = %s,"
                f" decided_at = {NOW} WHERE id = %s",
                [s.otto, s.waiting_words],
            ),
        ]
    ),
    "breaches_announcementtext_when_proposed": by_application(lambda s: (TEXT, [s.waiting_words])),
    "breaches_breachnotice_frozen": all_by_application(
        lambda s: [
            told("announcement_proposed", s.pia, s.open_breach, "listed", f'{{"announcement":"{s.waiting_words}"}}'),
            (NOTICE, [s.waiting_words, s.ben]),
        ]
    ),
    "breaches_breachnotice_on_record": by_application(
        lambda s: f"UPDATE breaches_breachnotice SET read_at = {NOW} WHERE told_at IS NOT NULL AND read_at IS NULL"
    ),
}
