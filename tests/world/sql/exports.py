"""Exports spelled out in SQL, as somebody with the application's password would do it."""

from typing import Any

from tests.architecture.mutation.speaking import Statement

APPROVE = "INSERT INTO exports_approval (export_id, approved_by_id) VALUES (%s, %s)"
APPROVED = """SELECT portal.append_entry('export.approved', NULL, 'staff', %s, 'export', %s, '', 'portal', NULL, '',
    %s)"""
FINISH = f"""INSERT INTO exports_exportresult (export_id, rows, size, sha256, manifest)
    VALUES (%s, 1, 1, '{"0" * 64}', '{"0" * 64}')"""
FINISHED = f"""SELECT portal.append_entry('export.finished', NULL, 'portal', '', 'export', %s, '', 'portal', NULL, '',
    '{{"manifest":"{"0" * 64}","rows":1,"sha256":"{"0" * 64}","size":1}}')"""
MAKE = """INSERT INTO exports_export (id, dataset, version, format, from_date, until_date, time_zone, chosen, personal,
    reason, made_by_id, filename)
    VALUES (gen_random_uuid(), 'requests', 1, 'csv', '2026-01-01', '2026-02-01', 'UTC', '{}', false, 'x', NULL, 'x')"""


def approving(export: Any, officer: Any) -> list[Statement]:
    """With its entry."""
    return [(APPROVED, [str(officer), str(export), f'{{"officer":"{officer}"}}']), (APPROVE, [export, officer])]


def finishing(export: Any) -> list[Statement]:
    """With its entry."""
    return [(FINISHED, [str(export)]), (FINISH, [export])]
