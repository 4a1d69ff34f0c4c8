"""The gallery shows every component, and exists in the demo alone."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, reverse

COMPONENTS = settings.BASE_DIR / "templates" / "components"
# On every page already, or nothing to look at.
ELSEWHERE = {"authorities", "htmx", "languages", "live", "once", "pager", "session_end", "skip", "errors", "day"}
# Drawn by others.
PARTS = {"button", "choices", "done", "field_error", "look_columns", "tag", "time", "type_again"}


@pytest.mark.urls("tests.demo.urls")
def test_it_shows_every_component_in_light_and_dark(client, db):
    page = client.get(reverse("demo:gallery")).text
    source = Path(settings.BASE_DIR / "templates" / "demo" / "gallery.html").read_text(encoding="utf-8")

    shown = set(re.findall(r'"components/(\w+)\.html"', source))
    assert shown == {path.stem for path in COMPONENTS.glob("*.html")} - ELSEWHERE - PARTS
    assert page.count('class="card ask"') == 2 and "gallery-light" in page and "gallery-dark" in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert [id for id, count in Counter(ids).items() if count > 1] == []


def test_there_is_none_outside_the_demo(client, db):
    assert client.get("/demo/gallery/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("demo:gallery")
