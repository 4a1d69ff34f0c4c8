"""The officer's pages: last month or year in one press, anything else by form, the file, and what was taken before."""

import csv
import hashlib
import html
import io
import re
import time
import zipfile
from datetime import timedelta
from uuid import uuid4

import pytest

from consents.exports import sealed_files
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.models import Export, ExportResult
from consents.exports.rules import Dataset
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL
from consents.people.models import Role
from consents.people.services import staff_members
from tests.exports.officers import LIST, MAKE, filled, link_on, page_of, received
from tests.world.cast import make_staff, signed_in
from tests.world.exports import long_ago, rows_of, taken


def test_the_form_leads_to_the_page_of_the_export_and_its_file(otto, real_world):
    response = otto.post(MAKE, filled())

    export = Export.objects.get()
    assert (response.status_code, response.url) == (302, page_of(export))
    assert re.findall(r'class="button" href="[^"]*/(file|package)/', otto.get(page_of(export)).text) == ["file"]
    file = otto.get(link_on(otto, export))
    content = received(file)
    assert len(rows_of(content)) == 9
    assert file["Content-Disposition"] == f'attachment; filename="{export.filename}"'
    assert file["Content-Type"].startswith("text/csv")
    assert "no-store" in file["Cache-Control"]
    assert export.result.sha256 == hashlib.sha256(content).hexdigest()
    assert (export.reason, export.made_by) == ("Audit", real_world.otto.user)


def test_a_form_counts_once(otto):
    token = str(uuid4())
    first = otto.post(MAKE, filled(token=token))
    assert otto.post(MAKE, filled(token=token)).url == first.url
    assert Export.objects.count() == 1


def test_last_month_and_last_year_take_one_press(otto, settings, subtests):
    settings.PORTAL_TIME_ZONE = "America/New_York"

    for dataset in Dataset:
        with subtests.test(dataset=dataset):
            for name in ("last_month", "last_year"):
                assert otto.post(f"{LIST}make/{dataset}/", {name: "1"}).status_code == 302

            year, month = Export.objects.filter(dataset=dataset).order_by("from_date")
            assert (month.from_date.day, month.until_date.day, month.time_zone) == (1, 1, "America/New_York")
            assert (year.from_date.month, year.until_date - year.from_date >= timedelta(days=365)) == (1, True)
            assert received(otto.get(link_on(otto, month)))


def test_a_filter_narrows_it(otto):
    otto.post(MAKE, filled(only_type="vault.opened"))
    export = Export.objects.get()

    rows = rows_of(received(otto.get(link_on(otto, export))))

    assert {row["event"] for row in rows} == {"vault.opened"} and len(rows) == 2
    assert "What happened: opened data" in otto.get(page_of(export)).text


def test_one_that_the_browser_drops_can_be_taken_when_it_is_written(otto, transactional_db):
    otto.post(MAKE, filled())
    export = Export.objects.get()
    dropped = otto.get(link_on(otto, export))
    next(iter(dropped.streaming_content))

    dropped.close()

    assert ExportResult.objects.get().rows == 9
    assert len(rows_of(received(otto.get(link_on(otto, export))))) == 9


def test_one_that_was_not_taken_is_shown_so(otto):
    otto.post(MAKE, filled())
    assert "Not downloaded yet" in otto.get(LIST).text


def test_one_that_is_being_written_says_how_far_it_is(otto):
    otto.post(MAKE, filled())
    export = Export.objects.get()
    keeper = sealed_files.SealedFileWriter(export.pk)
    keeper.write(b"x" * 3 * sealed_files.CHUNK)
    keeper.file.flush()
    assert "Being written: 512" in otto.get(page_of(export)).text
    keeper.discard()


def test_a_file_that_is_no_longer_stored_is_not_offered(otto, real_world, later):
    otto.post(MAKE, filled())
    export = Export.objects.get()
    received(otto.get(link_on(otto, export)))
    olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    later(timedelta(days=7))

    for user in (real_world.otto.user, olga.user):
        page = signed_in(user).get(page_of(export)).text
        assert "no longer stored" in page and "/file/" not in page and "Check this package" not in page
        assert "can download it" not in page
        for shown in (page, signed_in(user).get(LIST).text):
            assert ">File no longer stored<" in shown and "state-yes" not in shown


def test_it_lists_earlier_exports_with_rows_digest_and_who(otto, real_world):
    export, content = taken(real_world)
    digest = hashlib.sha256(content).hexdigest()

    for page in (otto.get(LIST), otto.get(page_of(export))):
        assert page.status_code == 200
        for words in (digest, "Otto (Compliance)", "For the yearly audit", ">9<", "Finished"):
            assert words in page.text


def test_the_form_says_what_the_columns_mean(otto):
    for dataset, description in DESCRIPTIONS.items():
        page = otto.get(f"{LIST}make/{dataset}/").text
        assert all(f"<code>{name}</code>" in page for name in description.names)
        codes = {value for column in description.columns for value in column.values}
        assert all(f'nowrap" lang="en">{html.escape(str(value))}' in page for value in codes)


def test_a_record_of_an_export_has_nothing_to_change(otto, real_world):
    export, _content = taken(real_world)

    assert 'name="_save"' not in otto.get(page_of(export)).text
    assert otto.post(page_of(export), {"reason": "x"}).status_code == 403
    assert otto.get(f"{LIST}add/").status_code == 403
    assert otto.post(f"{LIST}{export.pk}/delete/", {"post": "yes"}).status_code == 404


BAD = {
    "turned": ({"last_date": "2000-01-01"}, "before the first day"),
    "before 1970": ({"from_date": "0001-01-01"}, "begins before 1970"),
    "future": ({"last_date": "9999-12-31"}, "is in the future"),
    "no day": ({"from_date": ""}, "required"),
    "not a day": ({"from_date": "2026-02-30"}, "valid date"),
    "NUL": ({"reason": "a\0b"}, "Null characters"),
    "NUL in a day": ({"from_date": "2026-01-01\0"}, "valid date"),
    "endless": ({"reason": "x" * 5000}, "at most 200"),
    "empty reason": ({"reason": "   "}, "required"),
    "nothing": ({"from_date": "", "last_date": "", "reason": ""}, "required"),
    "format": ({"format": "doc"}, "not one of the available choices"),
    "filter": ({"only_type": "'; DROP TABLE"}, "not one of the available choices"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_a_sentence_and_exports_nothing(world, name):
    changes, sentence = BAD[name]

    response = signed_in(world.otto.user).post(MAKE, filled(**changes))

    assert response.status_code == 422
    assert sentence in response.text
    assert not Export.objects.exists()


@pytest.mark.parametrize(
    ("days", "field"),
    [({"last_date": "2000-01-01"}, "last_date"), ({"from_date": "0001-01-01"}, "from_date")],
)
def test_a_period_that_cannot_be_is_said_beside_its_day_with_all_else_that_is_missing(world, days, field):
    otto = signed_in(world.otto.user)

    assert set(otto.post(MAKE, filled(**days)).context["form"].errors) == {field}
    if field == "last_date":
        assert set(otto.post(MAKE, filled(reason="", **days)).context["form"].errors) == {field, "reason"}


@pytest.mark.parametrize("name", ["people", "access-log", "ACCESS_LOG", "-"])
def test_a_dataset_that_is_none_is_not_found(world, name):
    otto = signed_in(world.otto.user)
    assert otto.get(f"{LIST}make/{name}/").status_code == 404
    assert otto.post(f"{LIST}make/{name}/", filled()).status_code == 404


@pytest.mark.parametrize("who", ["sam", "pia"])
def test_it_is_shut_for_other_staff(world, who):
    client = signed_in(getattr(world, who).user)
    assert client.get(LIST).status_code == 403
    assert client.get(MAKE).status_code == client.post(MAKE, filled()).status_code == 404
    assert not Export.objects.exists()


def test_it_is_shut_for_customers_and_strangers(world, client):
    for visitor in (client, signed_in(world.ada.user)):
        assert visitor.post(MAKE, filled()).status_code == 302
    assert not Export.objects.exists()


def test_nothing_is_exported_by_opening_the_form(world):
    assert signed_in(world.otto.user).get(MAKE).status_code == 200
    assert not Export.objects.exists()


def test_each_handing_out_of_a_finished_file_is_on_record_before_its_first_byte(otto, real_world):
    export, content = taken(real_world)
    link = link_on(otto, export)
    found = Entry.objects.filter(event="export.downloaded", object=str(export.pk)).order_by("id")
    assert not found.exists()

    otto.get(link)  # and not a byte of it read
    entry = found.get()
    assert entry.actor == str(real_world.otto.pk)
    assert entry.facts == {
        "first": 0,
        "package": False,
        "personal": False,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
    }
    otto.get(link_on(otto, export, "package"), headers={"Range": "bytes=5-9"})
    assert [(each.facts["package"], each.facts["first"], each.facts["size"]) for each in found] == [
        (False, 0, len(content)),
        (True, 5, 5),
    ]
    otto.get(link, headers={"Range": "bytes=99999999-"})
    sealed_files.delete_sealed_files(before=time.time() + 1)
    otto.get(link)
    assert found.count() == 2


def test_the_dictionary_is_in_the_package(otto, real_world):
    export, _content = taken(real_world)
    with zipfile.ZipFile(io.BytesIO(received(otto.get(link_on(otto, export, "package"))))) as zip:
        assert zip.namelist() == [export.filename, "dictionary.csv", "manifest.json", "manifest.jws"]
        rows = list(csv.DictReader(io.StringIO(zip.read("dictionary.csv").decode(), newline="")))
    assert [row["column"] for row in rows] == DESCRIPTIONS[Dataset.ACCESS_LOG].names


@pytest.mark.parametrize("dataset", [Dataset.PROCESSING, Dataset.METRICS])
def test_the_register_of_the_year_is_one_press_away_as_a_document(otto, dataset):
    page = otto.post(f"{LIST}make/{dataset}/", {"document_of_year": "1"}, follow=True)

    export = Export.objects.get()
    assert (export.format, export.from_date.month, export.from_date.day) == ("pdf", 1, 1)
    assert f"1 Jan to 31 Dec {export.from_date.year}" in page.text
    document = otto.get(link_on(otto, export))
    assert document["Content-Type"] == "application/pdf" and received(document).startswith(b"%PDF-")


def test_no_other_records_are_offered_as_a_document(otto):
    response = otto.post(MAKE, filled(format="pdf"))
    assert response.status_code == 422 and "not one of the available choices" in response.text
    assert not Export.objects.exists()


# Links to an export are of one session, one officer and one day; a download goes on where it was cut.


@pytest.mark.parametrize("guess", ["x", "x:y", "1234567890:abcdefghijklmnopqrstuvwxyz"])
def test_a_guessed_link_is_refused(otto, real_world, guess):
    export, _content = taken(real_world)
    assert otto.get(f"{LIST}{export.pk}/file/{guess}/").status_code in (404, 410)


def test_a_link_of_another_export_is_refused(otto, real_world):
    one, other = taken(real_world)[0], taken(real_world, long_ago())[0]
    link = link_on(otto, one).replace(str(one.pk), str(other.pk))
    response = otto.get(link)
    assert response.status_code == 410 and "has expired" in response.text


def test_a_link_is_of_one_session(otto, real_world):
    link = link_on(otto, taken(real_world)[0])
    assert otto.get(link).status_code == 200
    assert signed_in(real_world.otto.user).get(link).status_code == 410


def test_a_link_is_of_one_officer(otto, olga, real_world):
    export, _content = taken(real_world)
    assert olga.get(link_on(otto, export)).status_code == 410
    assert "/file/" not in olga.get(page_of(export)).text


def test_a_link_is_over_after_a_day(otto, real_world, monkeypatch):
    link = link_on(otto, taken(real_world)[0])
    monkeypatch.setattr("consents.exports.staff.admin.LINK_LIFETIME", timedelta(seconds=-1))
    assert otto.get(link).status_code == 410


def test_a_link_outlives_the_rotation_of_the_secret_until_the_older_one_is_dropped(otto, real_world, settings):
    link, older = link_on(otto, taken(real_world)[0]), str(settings.SECRET_KEY)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another secret key " * 4, [older]
    assert otto.get(link).status_code == 200


def test_a_link_is_over_when_the_role_is(otto, real_world):
    link = link_on(otto, taken(real_world)[0])
    staff_members.end_staff_membership(member=real_world.otto, by=PORTAL)
    response = otto.get(link)
    assert response.status_code in (302, 403, 404) and not response.streaming


@pytest.mark.parametrize("part", ["file", "package"])
def test_a_download_is_continued_where_it_was_cut(otto, real_world, part):
    export, _content = taken(real_world)
    link = link_on(otto, export, part)
    whole = otto.get(link)
    content = received(whole)
    assert whole["Accept-Ranges"] == "bytes" and int(whole["Content-Length"]) == len(content)

    rest = otto.get(link, headers={"Range": "bytes=1000-", "If-Range": whole["ETag"]})

    assert rest.status_code == 206
    assert rest["Content-Range"] == f"bytes 1000-{len(content) - 1}/{len(content)}"
    assert received(rest) == content[1000:]


RANGES = {
    "bytes=0-0": (206, slice(0, 1)),
    "bytes=5-9": (206, slice(5, 10)),
    "bytes=-7": (206, slice(-7, None)),
    "bytes=3-99999999": (206, slice(3, None)),
    "bytes=0-": (200, slice(None)),
    "bytes=99999999-": (416, None),
    "bytes=9-5": (416, None),
    "bytes=-0": (416, None),
    "bytes=-": (200, slice(None)),
    "bytes=1-2,5-6": (200, slice(None)),
    "lines=1-2": (200, slice(None)),
    "bytes=٣-": (200, slice(None)),
}


def test_every_range_gets_its_bytes_or_a_no(otto, real_world, subtests):
    export, content = taken(real_world)
    for asked, (status, part) in RANGES.items():
        with subtests.test(asked=asked):
            response = otto.get(link_on(otto, export), headers={"Range": asked.encode().decode("latin-1")})

            assert response.status_code == status
            if part is None:
                assert response["Content-Range"] == f"bytes */{len(content)}"
            else:
                assert received(response) == content[part]


def test_the_rest_of_another_file_is_not_mixed_in(otto, real_world):
    export, content = taken(real_world)
    response = otto.get(link_on(otto, export), headers={"Range": "bytes=1000-", "If-Range": '"other"'})
    assert (response.status_code, received(response)) == (200, content)


def test_a_file_that_is_not_kept_any_more_says_what_to_do(otto, real_world):
    export, _content = taken(real_world)
    link = link_on(otto, export)
    sealed_files.delete_sealed_files(before=sealed_files.get_sealed_path(export.pk).stat().st_mtime + 1)

    response = otto.get(link)

    assert response.status_code == 410 and "Export the same period again" in response.text
