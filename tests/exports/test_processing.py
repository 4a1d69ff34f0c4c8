"""A period is whole days of one zone, half-open, and over."""

import io
import json
import zipfile
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from consents.core import signing
from consents.core.canonical import encode_canonical
from consents.exports import manifests, rules, verifying
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.formats import papers
from consents.exports.formats.papers import read_document
from consents.exports.manifests import describe_days
from consents.exports.rules import BadPeriod, Dataset, Format, Period, PeriodInFuture, PeriodTooEarly, ReasonRequired
from consents.exports.verifying import Comparison, count_row_pair
from consents.people.models import Role
from consents.people.services import holding, staff_members
from tests.exports.packages import checked, refused, unpacked
from tests.world.cast import make_purpose, make_recipient, make_staff
from tests.world.colleagues import approve_change, propose_officer
from tests.world.documents import words_of
from tests.world.erasing import actor, erase, hold, propose
from tests.world.exports import exported, long_ago, package_of, taken


@pytest.fixture
def sent_abroad(real_world):
    abroad = [
        make_recipient("partner", country="US", safeguard="A46-2-c"),
        make_recipient("adviser", country="CH", safeguard="A45-3"),
        make_recipient("printer"),
    ]
    return make_purpose(
        "ads",
        "Show you offers",
        [real_world.categories["contact"]],
        real_world.pia.user,
        recipients=abroad,
        storage=["IE", "US"],
    )


def register(world) -> dict[str, dict[str, str]]:
    return {row["purpose"]: row for row in exported(world, dataset=Dataset.PROCESSING)}


def test_each_country_abroad_has_what_protects_the_data_there(real_world, sent_abroad):
    row = register(real_world)["ads"]
    assert row["transfer_country"] == "CH US"
    assert row["transfer_safeguard"] == "A45-3@CH A46-2-c@US"


def test_what_stays_in_the_area_is_no_transfer(real_world, sent_abroad):
    row = register(real_world)["support"]
    assert (row["transfer_country"], row["transfer_safeguard"]) == ("", "")


def test_a_company_outside_the_area_transfers_nothing_to_its_own_country(real_world, settings):
    settings.PORTAL_COUNTRY = "US"
    hosts = [
        make_recipient("host", country="US", safeguard="own-country"),
        make_recipient("adviser", country="CH", safeguard="A45-3"),
        make_recipient("printer"),
    ]
    contact = [real_world.categories["contact"]]
    make_purpose("ads", "Show you offers", contact, real_world.pia.user, recipients=hosts, storage=["US"])

    row = register(real_world)["ads"]

    assert row["transfer_country"] == "CH IE" and row["transfer_safeguard"] == "A45-3@CH"


def test_who_decides_with_the_company_is_named_for_the_purpose(real_world):
    twin = make_recipient("twin", kind="dpv:JointDataControllers", name="Twin Ltd", contact="dpo@twin.example")
    make_purpose("ads", "Show you offers", [real_world.categories["contact"]], real_world.pia.user, recipients=[twin])

    rows = register(real_world)

    assert rows["ads"]["joint_controllers"] == f"Twin Ltd, {twin.address}, dpo@twin.example"
    assert rows["support"]["joint_controllers"] == ""
    document = words_of(taken(real_world, dataset=Dataset.PROCESSING, format=Format.PDF)[1])
    assert "Twin Ltd" in document and "decides with us what it is used for" in document


def test_an_erasure_names_its_ground_and_both_officers(real_world):
    erase(real_world)
    propose(real_world, real_world.ben)

    done, proposed = exported(real_world, dataset=Dataset.ERASURES)

    assert (done["subject_ref"], done["ground"]) == (str(real_world.ada.customer.id), "requested")
    assert (done["proposed_by"], done["confirmed_by"]) == (str(real_world.pia.pk), str(real_world.otto.pk))
    assert done["erased_at"] and done["changed_after_period"] == "false"
    assert (proposed["erased_at"], proposed["confirmed_by"]) == ("", "")
    assert exported(real_world, long_ago(), dataset=Dataset.ERASURES) == []


def test_a_legal_hold_is_there_as_long_as_it_stands(real_world):
    lifted = hold(real_world)
    holding.lift_hold(hold=lifted.pk, officer=real_world.otto, by=actor(real_world.otto))
    hold(real_world, customer=real_world.ben.customer.id)

    first, second = exported(real_world, dataset=Dataset.HOLDS)

    assert (first["reason"], first["document"], first["placed_by"]) == (
        "court_order",
        "Az. 12/26",
        str(real_world.otto.pk),
    )
    assert first["lifted_by"] == str(real_world.otto.pk) and second["lifted_at"] == ""
    assert exported(real_world, long_ago(), dataset=Dataset.HOLDS) == []


def test_rights_of_staff_say_from_when_to_when(real_world):
    leaver = make_staff("lea@example.com", Role.REQUESTER, "Customer Care", "Lea")
    staff_members.end_staff_membership(member=leaver, by=actor(real_world.otto))

    members = {member["handler_ref"]: member for member in exported(real_world, dataset=Dataset.STAFF_RIGHTS)}

    assert members[str(leaver.pk)]["taken_by"] == str(real_world.otto.pk)
    assert members[str(leaver.pk)]["until_moment"] > members[str(leaver.pk)]["from_moment"]
    assert (members[str(real_world.pia.pk)]["role"], members[str(real_world.pia.pk)]["until_moment"]) == (
        "privacy_officer",
        "",
    )


def test_of_an_officer_it_names_the_two_who_made_them(real_world):
    approve_change(real_world.pia, propose_officer(real_world.otto, real_world.sam))

    members = {member["handler_ref"]: member for member in exported(real_world, dataset=Dataset.STAFF_RIGHTS)}

    made, invited = members[str(real_world.sam.pk)], members[str(real_world.pia.pk)]
    officers = (str(real_world.otto.pk), str(real_world.pia.pk))
    assert (made["officer_proposed_by"], made["officer_approved_by"]) == officers
    assert (invited["officer_proposed_by"], invited["officer_approved_by"]) == ("", "")


BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # already the 25th in Berlin


def period(first: str, until: str, zone: ZoneInfo = BERLIN) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(until), zone)


def test_its_bounds_are_midnights_of_its_zone():
    first, last = period("2026-10-01", "2026-11-01").bounds()
    assert first.astimezone(UTC) == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert last.astimezone(UTC) == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_months_meet_without_gap_or_overlap():
    assert period("2026-10-01", "2026-11-01").bounds()[1] == period("2026-11-01", "2026-12-01").bounds()[0]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24T12:00:00+00:00", ("2026-10-01", "2026-11-01")),
        ("2026-01-01T12:00:00+00:00", ("2025-12-01", "2026-01-01")),
        ("2026-10-31T23:30:00+00:00", ("2026-10-01", "2026-11-01")),
    ],
)
def test_last_month_is_the_calendar_month_before_in_its_zone(now, expected):
    assert rules.get_last_month(datetime.fromisoformat(now), BERLIN) == period(*expected)


@pytest.mark.parametrize("days", [("2026-11-01", "2026-11-01"), ("2026-11-02", "2026-11-01")])
def test_it_refuses_an_empty_or_turned_period(days):
    with pytest.raises(BadPeriod) as refusal:
        rules.check_period(period(*days), NOW)
    assert refusal.value.status == 422


def test_today_is_the_last_day():
    rules.check_period(period("2026-11-01", "2026-11-26"), NOW)
    with pytest.raises(PeriodInFuture):
        rules.check_period(period("2026-11-01", "2026-11-27"), NOW)


@pytest.mark.parametrize("reason", ["", "  \t", "x" * 201])
def test_it_refuses_no_reason_and_an_endless_one(reason):
    with pytest.raises(ReasonRequired):
        rules.check_reason(reason)


def test_its_file_name_is_made_of_codes_and_days():
    name = rules.build_file_name(Dataset.ACCESS_LOG, period("2026-10-01", "2026-11-01"), Format.CSV)
    assert name == "access-log_2026-10-01_2026-10-31.csv"


def test_the_first_and_last_days_there_are_do_no_harm():
    first, last = Period(date.min, date.max, BERLIN).bounds()
    assert first < last
    assert last - first > timedelta(days=3_000_000)
    with pytest.raises(PeriodInFuture):
        rules.check_period(Period(rules.FIRST_DAY, date.max, BERLIN), NOW)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles", "UTC"])
def test_1970_is_the_first_year(zone):
    for first in (date.min, date(1969, 12, 31)):
        with pytest.raises(PeriodTooEarly) as refusal:
            rules.check_period(Period(first, date(2026, 1, 1), ZoneInfo(zone)), NOW)
        assert refusal.value.status == 422
    rules.check_period(period("1970-01-01", "2026-01-01", ZoneInfo(zone)), NOW)


def test_days_are_told_by_the_first_and_the_last_of_them():
    assert describe_days(date(2026, 10, 1), date(2026, 10, 2)) == "1 Oct 2026"
    assert describe_days(date(2026, 10, 1), date(2026, 10, 3)) == "1 Oct to 2 Oct 2026"
    assert describe_days(date(2025, 12, 31), date(2026, 1, 2)) == "31 Dec 2025 to 1 Jan 2026"


def test_what_a_dataset_does_not_offer_is_refused(world):
    rules.check_format(Format.PDF, [Format.PDF])
    with pytest.raises(rules.UnknownFormat):
        rules.check_format(Format.PDF, [Format.CSV])
    rules.check_personal(True, True, world.otto)
    rules.check_personal(False, False, None)
    with pytest.raises(rules.NoPersonalColumns):
        rules.check_personal(True, False, world.otto)
    with pytest.raises(rules.OfficersRequired):
        rules.check_personal(True, True, None)


# What a package is judged by, part by part: a document without rows, wrong numbers, another edition of columns.

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KNOWN = signing.KeySet({signing.compute_thumbprint(KEY.public_key()): KEY.public_key()})


def test_what_we_signed_that_is_no_manifest_is_none():
    text = signing.sign_jws(encode_canonical({"format": "another/1"}), typ=manifests.TYPE, key=KEY)
    with pytest.raises(manifests.NotAManifest):
        manifests.verify_manifest(text, KNOWN)


def test_a_document_without_its_rows_has_none_and_a_cut_one_is_no_document():
    assert list(read_document(io.BytesIO(b"%PDF-1.7\n%%EOF\n"))) == []
    with pytest.raises(ValueError, match="no whole document"):
        list(read_document(io.BytesIO(b"%PDF-1.7\n")))


def test_a_name_that_is_there_twice_is_told():
    zip = zipfile.ZipFile(io.BytesIO(), "w")
    zip.writestr(manifests.NAME, "one")
    with pytest.warns(UserWarning, match="Duplicate name"):
        zip.writestr(manifests.NAME, "other")

    faults = list(verifying.find_file_faults(verifying.read_zip(zip), SimpleNamespace(files=[])))

    assert faults == ["It contains two files with the same name."]


@pytest.mark.parametrize(("is_removed", "told"), [(True, (1, 0)), (False, (0, 1))])
def test_a_row_that_was_removed_on_record_is_told_from_one_that_was_changed(is_removed, told):
    result, expected = Comparison(), SimpleNamespace(is_removed=lambda row: is_removed)

    count_row_pair(result, {"a": "1"}, {"a": "2"}, expected)

    assert (result.removed, result.changed) == told


def test_a_number_of_rows_that_is_not_that_of_the_file_is_told(played, tmp_path):
    folder = unpacked(package_of(played), tmp_path / "export")
    content = json.loads((folder / manifests.READABLE).read_text())
    content["files"][0]["rows"] += 1
    text, payload = manifests.sign_manifest(content, signing.load_newest_key(settings.PORTAL_KEYS, "export"))
    (folder / manifests.NAME).write_text(text)
    (folder / manifests.READABLE).write_bytes(manifests.render_manifest(payload))

    assert ": 9; exported: 10." in refused(folder)


def test_columns_that_changed_since_are_compared_with_nothing(played, tmp_path, monkeypatch):
    folder = unpacked(package_of(played), tmp_path / "export")
    newer = DESCRIPTIONS[Dataset.ACCESS_LOG]
    monkeypatch.setitem(DESCRIPTIONS, Dataset.ACCESS_LOG, replace(newer, version=newer.version + 1))

    said = checked(folder)

    assert said.startswith("As exported.") and "the rows cannot be compared with those of now" in said


@pytest.mark.parametrize(
    ("kept", "words"),
    [("P1M", "1 month"), ("P24M", "24 months"), ("until withdrawn", "until withdrawn"), ("P1MT", "P1MT")],
)
def test_months_are_told_in_words_and_anything_else_as_it_is_written(kept, words):
    assert papers.describe_retention(kept) == words


def test_a_purpose_that_does_not_fit_begins_a_new_page_of_the_register(monkeypatch):
    paper = papers.ExportPaper("Register", datetime(2026, 11, 28, tzinfo=UTC), "Example Co")
    pages = []
    monkeypatch.setattr(paper, "write_heading", lambda text: pages.append((text, paper.page)))
    monkeypatch.setattr(paper, "write_facts", lambda facts: list(facts) and paper.set_y(paper.page_break_trigger - 90))
    rows = [defaultdict(str, purpose=code) for code in ("fits", "fits-not")]
    monkeypatch.setattr(
        papers, "list_purpose_facts", lambda purpose, words: paper.set_y(paper.page_break_trigger - 80) or []
    )

    papers.write_register(paper, SimpleNamespace(columns=[]), rows)

    assert pages[1:] == [("fits", 1), ("fits-not", 2)]
