"""What the rules of copies forbid, tried."""

from collections.abc import Callable

from tests.architecture.mutation.attempts.statements import by_application
from tests.architecture.mutation.speaking import outcome

# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "copies_collectioncode_handed_by_somebody": "way = 'handed', made_by_id = NULL",
    "copies_collectioncode_tries_check": "tries = -1",
    "copies_collectioncode_works_or_ended": "ended_at = NULL, \"end\" = 'stopped'",
    "copies_download_by_account_or_code": "taken_by_id = NULL, code_id = NULL",
    "copies_download_known_part": "part = 'all'",
    "copies_package_whole_or_removed": "sealed_page = NULL, removed_at = NULL",
}
# A second row that differs from the first in nothing but this, where more than one rule would refuse a plain copy.
DIFFERING = {
    "copies_collectioncode_code_hash_key": {"ended_at": "2026-01-01Z", "end": "stopped"},
    "copies_collectioncode_one_works": {"code_hash": r"\x01"},
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
    "copies_package_kept": lambda application, owner, scene: outcome(owner, "DELETE FROM copies_package"),
    "copies_package_frozen": by_application(
        lambda s: "UPDATE copies_package SET ends_at = ends_at + interval '1 day' WHERE removed_at IS NULL"
    ),
    "copies_package_on_record": by_application(
        lambda s: (
            "INSERT INTO copies_package"
            " (id, rights_request_id, customer_id, made_at, ends_at, sealed_page, sealed_data)"
            " SELECT gen_random_uuid(), id, customer_id, portal.now(), portal.now() + interval '14 days', '', ''"
            " FROM rights_rightsrequest WHERE id = %s",
            [s.granted_right],
        )
    ),
    "copies_collectioncode_kept": lambda application, owner, scene: outcome(owner, "DELETE FROM copies_collectioncode"),
    "copies_collectioncode_frozen": by_application(lambda s: "UPDATE copies_collectioncode SET made_at = portal.now()"),
    "copies_collectioncode_on_record": by_application(lambda s: "UPDATE copies_collectioncode SET tries = tries + 1"),
    "copies_download_on_record": by_application(
        lambda s: (
            "INSERT INTO copies_download (package_id, customer_id, part, taken_by_id)"
            " SELECT id, customer_id, 'page', %s FROM copies_package",
            [s.sam],
        )
    ),
}
