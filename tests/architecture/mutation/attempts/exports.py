"""What the rules of exports forbid, tried."""

from collections.abc import Callable

from tests.architecture.mutation.attempts.statements import LONG_AGO, by_application
from tests.architecture.mutation.speaking import outcome
from tests.world.sql import exports as exports

# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "exports_export_chosen": "chosen = '[]'",
    "exports_export_personal_has_officer": "personal = true, made_by_id = NULL",
    "exports_export_version_check": "version = -1",
    "exports_export_known_dataset": "dataset = 'people'",
    "exports_export_known_format": "format = 'doc'",
    "exports_export_document_of_register": "format = 'pdf', dataset = 'requests'",
    "exports_export_period_not_empty": "until_date = from_date",
    "exports_export_says_why": "reason = ''",
    "exports_result_counts": "rows = -1",
    "exports_result_digest": "sha256 = 'none'",
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
    "exports_approval_second_officer": lambda application, owner, scene: outcome(
        application, *exports.approving(scene.personal_export, scene.otto)
    ),
    "exports_approval_on_record": by_application(lambda s: (exports.APPROVE, [s.personal_export, s.olga])),
    "exports_export_is_now": by_application(
        lambda s: exports.MAKE.replace("filename)", "filename, made_at)").replace("'x')", f"'x', {LONG_AGO})")
    ),
    "exports_approval_is_now": by_application(
        lambda s: (
            f"INSERT INTO exports_approval (export_id, approved_by_id, approved_at) VALUES (%s, %s, {LONG_AGO})",
            [s.personal_export, s.olga],
        )
    ),
    "exports_exportresult_is_now": by_application(
        lambda s: (
            exports.FINISH.replace("manifest)", "manifest, finished_at)").replace("')", f"', {LONG_AGO})"),
            [s.export],
        )
    ),
    "exports_export_on_record": by_application(lambda s: exports.MAKE),
    "exports_exportresult_approved": lambda application, owner, scene: outcome(
        application, *exports.finishing(scene.personal_export)
    ),
    "exports_exportresult_on_record": by_application(lambda s: (exports.FINISH, [s.export])),
}
