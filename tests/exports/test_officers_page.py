"""The officer's page: last month in one click, any other period by form, and what was taken out before."""

import hashlib

import pytest

from consents.exports.models import Export, ExportResult
from tests.cast import signed_in
from tests.exports.scene import days_around_now, make, play, rows_of

LIST = "/admin/exports/export/"
MAKE = LIST + "make/"


def filled(**changes) -> dict[str, str]:
    period = days_around_now()
    return {"from_date": str(period.from_date), "until_date": str(period.until_date), "reason": "Audit"} | changes


def test_it_streams_the_period_as_a_download(real_world):
    play(real_world)

    response = signed_in(real_world.otto.user).post(MAKE, filled())
    content = b"".join(response.streaming_content)

    export = Export.objects.get()
    assert len(rows_of(content)) == 9
    assert response["Content-Disposition"] == f'attachment; filename="{export.filename}"'
    assert response["Content-Type"].startswith("text/csv")
    assert "no-store" in response["Cache-Control"]
    assert export.result.sha256 == hashlib.sha256(content).hexdigest()
    assert (export.reason, export.made_by) == ("Audit", real_world.otto.user)


def test_last_month_takes_one_click(real_world, settings):
    settings.PORTAL_TIME_ZONE = "America/New_York"

    response = signed_in(real_world.otto.user).post(MAKE, {"last_month": "1"})

    assert rows_of(b"".join(response.streaming_content)) == []
    export = Export.objects.get()
    assert (export.from_date.day, export.until_date.day, export.time_zone) == (1, 1, "America/New_York")


def test_one_that_the_browser_drops_is_shown_as_unfinished(real_world):
    otto = signed_in(real_world.otto.user)

    otto.post(MAKE, filled()).close()

    assert not ExportResult.objects.exists()
    assert "unfinished" in otto.get(LIST).text


def test_it_lists_earlier_exports_with_rows_digest_and_who(real_world):
    play(real_world)
    export, content = make(real_world)
    digest = hashlib.sha256(b"".join(content)).hexdigest()
    otto = signed_in(real_world.otto.user)

    for page in (otto.get(LIST), otto.get(f"{LIST}{export.pk}/change/")):
        assert page.status_code == 200
        for words in (digest, "Otto (Compliance)", "For the yearly audit", ">9<"):
            assert words in page.text


def test_a_record_of_an_export_has_nothing_to_change(real_world):
    export, _ = make(real_world)
    otto = signed_in(real_world.otto.user)

    assert 'name="_save"' not in otto.get(f"{LIST}{export.pk}/change/").text
    assert otto.post(f"{LIST}{export.pk}/change/", {"reason": "x"}).status_code == 403
    assert otto.get(f"{LIST}add/").status_code == 403
    assert otto.post(f"{LIST}{export.pk}/delete/", {"post": "yes"}).status_code == 403


BAD = {
    "turned": ({"until_date": "2000-01-01"}, "after the first day"),
    "future": ({"until_date": "9999-12-31"}, "lies in the future"),
    "no day": ({"from_date": ""}, "required"),
    "not a day": ({"from_date": "2026-02-30"}, "valid date"),
    "NUL": ({"reason": "a\0b"}, "Null characters"),
    "NUL in a day": ({"from_date": "2026-01-01\0"}, "valid date"),
    "endless": ({"reason": "x" * 5000}, "at most 200"),
    "empty reason": ({"reason": "   "}, "required"),
    "nothing": ({"from_date": "", "until_date": "", "reason": ""}, "required"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_a_sentence_and_exports_nothing(world, name):
    changes, sentence = BAD[name]

    response = signed_in(world.otto.user).post(MAKE, filled(**changes))

    assert response.status_code == 422
    assert sentence in response.text
    assert not Export.objects.exists()


@pytest.mark.parametrize("who", ["sam", "pia"])
def test_it_is_shut_for_other_staff(world, who):
    client = signed_in(getattr(world, who).user)
    assert client.get(LIST).status_code == 403
    assert client.post(MAKE, filled()).status_code == 403
    assert not Export.objects.exists()


def test_it_is_shut_for_customers_and_strangers(world, client):
    for visitor in (client, signed_in(world.ada.user)):
        assert visitor.post(MAKE, filled()).status_code == 302
    assert not Export.objects.exists()


def test_nothing_is_exported_by_a_link(world):
    assert signed_in(world.otto.user).get(MAKE).status_code == 405
    assert not Export.objects.exists()
