"""Every template and every fragment in it compiles; nothing inline that the policy would block."""

import re
from pathlib import Path

from django.template.loader import get_template

FOLDER = Path(__file__).resolve().parents[2] / "templates"
TEMPLATES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))
FRAGMENTS = [
    f"{name}#{fragment}"
    for name in TEMPLATES
    for fragment in re.findall(r"{%\s*partialdef\s+([\w-]+)", (FOLDER / name).read_text())
]


def test_every_template_compiles(subtests):
    for name in TEMPLATES + FRAGMENTS:
        with subtests.test(name=name):
            get_template(name)


# A mail is no page: mail programs fetch no stylesheet, and no policy of ours reaches them. Nor is a file that
# a customer takes away and opens without a network.
TAKEN_AWAY = {"copies/package.html"}
PAGES = [name for name in TEMPLATES if not name.startswith("email/") and name not in TAKEN_AWAY]


def test_no_template_has_inline_style_or_script(subtests):
    for name in PAGES:
        with subtests.test(name=name):
            text = (FOLDER / name).read_text()
            assert not re.search(r"<[^>]+\s(style|on\w+)\s*=", text)
            assert "<style" not in text
            assert not re.search(r"<script(?![^>]*\ssrc=)", text)
            assert not re.search(r"hx-on|hx-vals=.js:", text)


def test_style_and_script_stay_light():
    """Bytes before compression, of what a page asks for; htmx aside, which is a library's."""
    sizes = {path.name: path.stat().st_size for path in (FOLDER.parent / "static" / "portal").iterdir()}

    assert sizes["portal.css"] < 40_000 and sizes["admin.css"] < 40_000
    assert sizes["portal.js"] + sizes["passkeys.js"] < 12_000


WIDEST = 140


def test_no_line_is_too_wide():
    wide = [
        f"{path.relative_to(FOLDER)}:{number}"
        for path in FOLDER.rglob("*")
        if path.suffix in (".html", ".txt")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > WIDEST
    ]
    assert not wide
