"""The application role cannot get round the second officer, nor take anything out off the record, in plain SQL."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from consents.exports.models import Approval
from consents.exports.rules import RETENTION, Dataset
from consents.exports.services import delivering
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Role
from consents.people.services import staff_members
from tests.world.cast import make_staff
from tests.world.exports import make
from tests.world.sql.exports import APPROVE, FINISH, FINISHED, MAKE, approving, finishing


def run(*statements: tuple[str, list]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values)


@pytest.fixture
def export(real_world):
    return make(real_world, dataset=Dataset.REQUESTS, personal=True)


@pytest.fixture
def olga(real_world):
    return make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")


def test_another_officer_agrees_on_record(export, olga):
    run(*approving(export.pk, olga.pk))
    assert Approval.objects.get().approved_by_id == olga.pk


def test_who_asked_does_not_agree(export, real_world):
    with pytest.raises(IntegrityError, match="another compliance officer"):
        run(*approving(export.pk, real_world.otto.pk))


@pytest.mark.parametrize("who", ["pia", "sam"])
def test_who_is_no_compliance_officer_does_not_agree(export, real_world, who):
    with pytest.raises(IntegrityError, match="another compliance officer"):
        run(*approving(export.pk, getattr(real_world, who).pk))


def test_a_former_officer_does_not_agree(export, olga):
    staff_members.end_staff_membership(member=olga, by=PORTAL)
    with pytest.raises(IntegrityError, match="another compliance officer"):
        run(*approving(export.pk, olga.pk))


def test_nobody_agrees_to_what_is_not_personal(real_world, olga):
    with pytest.raises(IntegrityError, match="another compliance officer"):
        run(*approving(make(real_world).pk, olga.pk))


def test_nothing_is_finished_long_after_the_agreement(export, olga, later):
    run(*approving(export.pk, olga.pk))
    later(RETENTION + timedelta(minutes=31))
    with pytest.raises(IntegrityError, match="once a second officer agreed"):
        run(*finishing(export.pk))
    later(RETENTION + timedelta(minutes=29))
    run(*finishing(export.pk))


def test_nobody_agrees_off_the_record(export, olga):
    with pytest.raises(IntegrityError, match="with their ledger entry"):
        run((APPROVE, [export.pk, olga.pk]))


def test_nothing_personal_is_taken_out_before_the_agreement(export):
    with pytest.raises(IntegrityError, match="once a second officer agreed"):
        run(*finishing(export.pk))


def test_nothing_is_taken_out_off_the_record(real_world):
    with pytest.raises(IntegrityError, match="with their ledger entry"):
        run((FINISH, [make(real_world).pk]))


def test_nothing_is_asked_for_off_the_record(real_world):
    with pytest.raises(IntegrityError, match="with their ledger entry"):
        run((MAKE, []))


def test_an_entry_that_says_otherwise_does_not_count(real_world):
    entry = FINISHED.replace('"rows":1', '"rows":2')
    export = make(real_world)
    with pytest.raises(IntegrityError, match="with their ledger entry"):
        run((entry, [str(export.pk)]), (FINISH, [export.pk]))


def test_personal_columns_have_an_officer(real_world):
    with pytest.raises(IntegrityError, match="personal_has_officer"):
        run((MAKE.replace("false", "true"), []))


def test_only_a_register_leaves_as_a_document(real_world):
    with pytest.raises(IntegrityError, match="document_of_register"):
        run((MAKE.replace("'csv'", "'pdf'"), []))


@pytest.mark.parametrize("table", ["exports_export", "exports_approval", "exports_exportresult"])
@pytest.mark.parametrize("deed", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET export_id = export_id"])
def test_it_stays_on_record(export, olga, table, deed):
    delivering.approve_export(export=export.pk, officer=olga, by=Actor("staff", str(olga.pk)))
    with pytest.raises(Exception, match=r"permission denied|does not exist"):
        run((deed.format(table), []))


@pytest.mark.parametrize("moment", ["'2099-01-01'", "portal.now() - interval '2 minutes'"], ids=["ahead", "back"])
def test_nothing_of_an_export_is_dated_back_or_ahead(export, olga, moment):
    """An agreement of 2099 would count for good."""
    approved, approval = approving(export.pk, olga.pk)
    dated = approval[0].replace("approved_by_id)", "approved_by_id, approved_at)").replace("%s)", f"%s, {moment})")
    with pytest.raises(IntegrityError, match="agreed to and taken out now"):
        run(approved, (dated, approval[1]))
    with pytest.raises(IntegrityError, match="agreed to and taken out now"):
        run((MAKE.replace("filename)", "filename, made_at)").replace("'x')", f"'x', {moment})"), []))
    run(approved, approval)
    finished, result = finishing(export.pk)
    dated = result[0].replace("manifest)", "manifest, finished_at)").replace("')", f"', {moment})")
    with pytest.raises(IntegrityError, match="agreed to and taken out now"):
        run(finished, (dated, result[1]))
