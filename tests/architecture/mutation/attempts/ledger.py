"""What the rules of ledger forbid, tried."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.architecture.mutation.attempts.statements import TELL, by_application
from tests.architecture.mutation.speaking import Statement, outcome


def publishing(month: str, told: Mapping[str, Any]) -> Statement:
    """Put the numbers of a month on record."""
    return TELL, {
        "event": "figures.published",
        "object": month,
        "customer": None,
        "kind": "portal",
        "actor": "",
        "details": json.dumps(told),
    }


# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "ledger_entry_details_are_an_object": "details = '[]'",
    "ledger_entry_names_its_person": "actor_kind = 'staff', actor = 'sam'",
    "ledger_restoration_journal_before_opening": "journal = NULL",
    "ledger_restoration_states_what_is_lost": "lost_size = 5",
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
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
}
