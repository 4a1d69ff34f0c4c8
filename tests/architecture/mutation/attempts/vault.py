"""What the rules of vault forbid, tried."""

from collections.abc import Callable

from tests.architecture.mutation.attempts.statements import NOWHERE, STORE, TOLD, by_application
from tests.architecture.mutation.speaking import outcome
from tests.world.sql.erasing_part import proposing_part


def vault_of(speaker: str) -> Callable[..., str]:
    """How many vault rows somebody sees who names no opening."""
    return lambda application, owner, scene: outcome(
        {"application": application, "owner": owner}[speaker], "SELECT count(*) FROM vault_record"
    )


TOLD_ELSEWHERE = TOLD.replace("NULL", f"'{NOWHERE}'", 1)
CHANGE = STORE.replace("ARRAY[gen_random_uuid()]", "ARRAY(SELECT record FROM vault_fingerprint LIMIT 1)")


def older(statement: str) -> str:
    """With a value that an earlier write stored."""
    return statement.replace("{}", '{"name": "1:x"}')


# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "vault_parterasure_cancelled_or_done": "cancelled_at = portal.now(), done_at = portal.now(),"
    " confirmed_by_id = cancelled_by_id, original = '\\x00'",
    "vault_parterasure_confirmed_and_done": "done_at = portal.now(), confirmed_by_id = NULL, original = NULL",
    "vault_parterasure_deletes_something": "deleted = '[]'",
    "vault_parterasure_is_proposed": "proposed_by_id = NULL",
    "vault_parterasure_keeps_by_law": "kept = '[\"orders\"]', law = ''",
    "vault_parterasure_two_officers": "confirmed_by_id = proposed_by_id, done_at = portal.now()",
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
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
    "vault_record_kept": by_application(lambda s: ("SELECT portal.remove_records(%s)", [s.ada])),
    "vault_parterasure_frozen": by_application(lambda s: "UPDATE vault_parterasure SET law = 'AO 148' WHERE law <> ''"),
    "vault_parterasure_parts": lambda application, owner, scene: outcome(
        application,
        *(
            (sql.replace('["orders"]', '["orders", "contact"]'), facts)
            for sql, facts in proposing_part(scene.unerased_right, scene.ben, scene.otto)
        ),
    ),
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
}
