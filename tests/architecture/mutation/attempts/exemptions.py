"""What the rules of exemptions forbid, tried."""

from collections.abc import Callable
from types import SimpleNamespace

from tests.architecture.mutation.attempts.statements import LONG_AGO, by_application
from tests.architecture.mutation.speaking import Statement
from tests.world.sql import exemptions, own_matters

FILE_EXEMPTION = exemptions.in_full(exemptions.FILE, ordered="current_date")
NOTED = {"event": "conflict.noted", "kind": "staff", "object_type": "conflict"}
EXEMPTED_GRANT = exemptions.GRANT.replace("coalesce(x.decided_at, x.filed_at)", "portal.now()")


def exempting(statement: str, **changes: str) -> Callable[..., str]:
    """Something about an exemption, past the services. `changes`: names in the scene, by term."""

    def statement_of(s: SimpleNamespace) -> Statement:
        terms = {"ada": s.ada, "sam": s.sam, "pia": s.pia, "health": s.health} | vars(s)
        values = exemptions.build_terms_of(s.ada, s.sam, s.pia, s.version, s.health)
        return statement, values | {term: terms[name] for term, name in changes.items()}

    return by_application(statement_of)


# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "exemptions_delay_says_why": "law = ''",
    "exemptions_exemption_asked_or_why_not": "why_unasked = ''",
    "exemptions_exemption_decided_by_and_at": "state = 'allowed'",
    "exemptions_exemption_no_foreign_order_alone": "is_foreign = true",
    "exemptions_exemption_says_why": "sentence = ''",
    "exemptions_exemption_two_people": "decided_by_id = staff_id",
    "exemptions_exemption_whole_ground": "kind = 'whim'",
}
# A second row that differs from the first in nothing but this, where more than one rule would refuse a plain copy.
DIFFERING = {
    "exemptions_alert_once": {"sequence": 987_654_321},
    "exemptions_conflict_once": {"sequence": 987_654_321},
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
    "exemptions_exemption_frozen": exempting(
        "UPDATE exemptions_exemption SET decision_words = 'Else.' WHERE id = %(id)s", id="granted_exemption"
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
    "exemptions_entry_tells_case": by_application(
        lambda s: (own_matters.ENTRY, NOTED | {"customer": s.ben, "officer": s.otto})
    ),
    "exemptions_grant_has_exemption": exempting(EXEMPTED_GRANT, id="filed_exemption", holder="quinn"),
}
