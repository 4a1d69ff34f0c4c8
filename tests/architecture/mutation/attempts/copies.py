"""What the rules of copies forbid, tried."""

from collections.abc import Callable

from tests.architecture.mutation.attempts.rights import DONE_TOLD, step
from tests.architecture.mutation.attempts.statements import NOWHERE, all_by_application, by_application
from tests.architecture.mutation.speaking import outcome

NEW_FILE = f"""
INSERT INTO copies_addedfile
    (id, rights_request_id, customer_id, system, kind, size, left_out, sealed_about, added_by_id)
SELECT '{NOWHERE}', rights_request_id, customer_id, %s, '', 0, 'whole', '', added_by_id FROM copies_addedfile
WHERE rights_request_id = %s LIMIT 1
"""
FILE_TOLD = f"""
SELECT portal.append_entry('rights_request.file_added', %s, 'staff', '{NOWHERE}', 'rights_request', %s, '',
    'portal', NULL,
    'whole', '{{"file":"{NOWHERE}"}}')
"""
# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "copies_collectioncode_handed_by_somebody": "way = 'handed', made_by_id = NULL",
    "copies_collectioncode_tries_check": "tries = -1",
    "copies_collectioncode_works_or_ended": "ended_at = NULL, \"end\" = 'stopped'",
    "copies_download_by_account_or_code": "taken_by_id = NULL, code_id = NULL",
    "copies_download_known_part": "part = 'none'",
    "copies_addedfile_is_there_or_left_out": "left_out = 'whole'",
    "copies_filechunk_number_check": "number = -1",
    "copies_filedecision_known_outcome": "outcome = 'other'",
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
    "copies_addedfile_append_only": lambda application, owner, scene: outcome(
        owner, "DELETE FROM copies_filedecision", "DELETE FROM copies_addedfile"
    ),
    "copies_addedfile_from_search": all_by_application(
        lambda s: [(FILE_TOLD, [s.ada, str(s.file_request)]), (NEW_FILE, ["Nowhere", s.file_request])]
    ),
    "copies_addedfile_on_record": by_application(lambda s: (NEW_FILE, [s.file_system, s.file_request])),
    "copies_filechunk_kept": by_application(lambda s: "DELETE FROM copies_filechunk"),
    "copies_filedecision_append_only": lambda application, owner, scene: outcome(
        owner, "DELETE FROM copies_filedecision"
    ),
    "copies_filedecision_on_record": by_application(
        lambda s: (
            "INSERT INTO copies_filedecision (file_id, customer_id, outcome, decided_by_id)"
            " SELECT id, customer_id, 'taken_out', added_by_id FROM copies_addedfile WHERE rights_request_id = %s",
            [s.file_request],
        )
    ),
    "rights_answer_waits_for_files": lambda application, owner, scene: outcome(
        application,
        step("answer", scene.file_request, scene.otto),
        (DONE_TOLD, [scene.ada, str(scene.file_request)]),
    ),
    "copies_download_on_record": by_application(
        lambda s: (
            "INSERT INTO copies_download (package_id, customer_id, part, taken_by_id)"
            " SELECT id, customer_id, 'page', %s FROM copies_package",
            [s.sam],
        )
    ),
}
