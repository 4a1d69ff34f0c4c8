"""A company's colours and logo are checked before the portal starts, and shown on each page."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from consents.templatetags.portal import link_phone
from portal import brand, public_pages
from portal.environment import read_phone

ROOT = Path(__file__).resolve().parents[2]
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def logo(settings, tmp_path):
    """The settings with a logo."""
    file = tmp_path / "logo.svg"
    file.write_bytes(DRAWING)
    settings.PORTAL_LOGO = brand.check_logo("PORTAL_LOGO", str(file))
    public_pages.read_logo.cache_clear()
    yield settings
    public_pages.read_logo.cache_clear()


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#0b4f6c", "#0b4f6c", 1)]
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    assert brand.compute_contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert brand.compute_contrast(other, one) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORTAL_COLOUR", "blue", "six hexadecimal digits"),
        ("PORTAL_COLOUR", "#ff7a00", r"its contrast with #f3f1eb is 2\.\d, and pages need 7 at least"),
        ("PORTAL_COLOUR_DARK", "#0b4f6c", "its contrast with #12161a|its contrast with #[0-9a-f]{6} is 1"),
        ("PORTAL_LOGO", "/nowhere/logo.svg", "PORTAL_LOGO names cannot be read"),
    ],
)
def test_what_nobody_could_read_is_refused_at_the_start(settings_of, name, value, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence):
        settings_of(**{name: value})


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("logo.svg", b"<svg>" + b" " * brand.LOGO_BYTES, "more than 200 KB"),
        ("logo.png", b"GIF89a", "neither SVG nor PNG"),
        ("logo.svg", b"<html></html>", "neither SVG nor PNG"),
        ("logo.gif", brand.PNG_START, "neither SVG nor PNG"),
    ],
)
def test_a_logo_of_the_wrong_kind_or_size_is_refused(tmp_path, file, content, sentence):
    (tmp_path / file).write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=sentence):
        brand.check_logo("PORTAL_LOGO", str(tmp_path / file))


def test_the_grounds_are_those_of_the_stylesheet():
    style = (ROOT / "static/portal/portal.css").read_text()
    grounds = re.findall(r"--(?:ground|paper|wash|on-brand): light-dark\((#\w+), (#\w+)\)", style)
    light = {"#ffffff" if value == "#fff" else value for value, _dark in grounds}
    assert light == set(brand.ON_LIGHT) and {dark for _light, dark in grounds} == set(brand.ON_DARK)


def test_every_page_has_the_colours(client, db, settings):
    settings.PORTAL_COLOUR = "#123456"
    assert 'href="/brand.css"' in client.get("/help/").text
    answer = client.get("/brand.css")
    assert answer["Content-Type"] == "text/css" and "--brand: light-dark(#123456" in answer.text


def test_without_a_logo_stands_the_first_letter(client, db, settings):
    assert "site-mark" in client.get("/help/").text and client.get("/logo").status_code == 404


def test_a_logo_is_shown_and_runs_nothing(client, db, logo):
    assert '<img class="site-logo" src="/logo" alt="">' in client.get("/help/").text
    answer = client.get("/logo")
    assert answer["Content-Type"] == "image/svg+xml" and answer.content == DRAWING
    assert "sandbox" in answer["Content-Security-Policy"] and "default-src 'none'" in answer["Content-Security-Policy"]


LINE = "Landesbeauftragter, 1 Musterweg, 12345 Musterstadt, +49 30 555 0100"


@pytest.mark.parametrize("line", ["", LINE, f"{LINE}, https://datenschutz.example/beschwerde", "  Ours  "])
def test_a_line_that_can_be_read_is_taken(settings_of, line):
    assert settings_of(PORTAL_AUTHORITY=line)["PORTAL_AUTHORITY"] == line.strip()


@pytest.mark.parametrize(
    "line",
    [
        "https://datenschutz.example",
        f"{LINE}, http://datenschutz.example",
        f"{LINE}, https://datenschutz.example, second floor",
        f"{LINE}, https://one.example https://two.example",
        f"{LINE}\nhttps://datenschutz.example",
    ],
)
def test_any_other_stops_with_a_sentence(settings_of, line):
    with pytest.raises(ImproperlyConfigured, match="PORTAL_AUTHORITY is one line"):
        settings_of(PORTAL_AUTHORITY=line)


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("0800 555 0100", '<a href="tel:08005550100">0800 555 0100</a>'),
        ("+44 (20) 7946-0000", '<a href="tel:+442079460000">+44 (20) 7946-0000</a>'),
        ("the number on your contract", "the number on your contract"),
        ("<b>112</b>", "<b>112</b>"),
    ],
)
def test_it_dials_a_number_and_leaves_words_alone(phone, shown):
    assert link_phone(phone) == shown


def test_a_line_breaks_beside_a_number_only(monkeypatch):
    monkeypatch.setenv("PORTAL_PHONE", "Call 0800 555 0100 at no cost")

    assert read_phone("PORTAL_PHONE") == "Call 0800\u00a0555\u00a00100 at no cost"


SHEETS = Path(settings.BASE_DIR) / "static" / "portal"


@pytest.mark.parametrize("sheet", ["portal.css", "admin.css"])
def test_it_stands_on_white_in_both_houses(sheet):
    rules = re.findall(r"\.qr \{([^}]*)\}", (SHEETS / sheet).read_text())

    assert any("background: #fff" in rule and "padding: 0.75rem" in rule for rule in rules)
