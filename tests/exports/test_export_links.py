"""Links to an export are of one session, one officer and one day; a download goes on where it was cut."""

from datetime import timedelta

import pytest

from consents.exports import sealed_files
from consents.ledger.rules import PORTAL
from consents.people.services import staff_members
from tests.exports.officers import LIST, link_on, page_of, received
from tests.world.cast import signed_in
from tests.world.exports import long_ago, taken


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
