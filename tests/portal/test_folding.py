"""Templates are folded for each language and for nobody in particular."""

from datetime import UTC, datetime
from unittest.mock import patch
from uuid import UUID

import pytest
from django.template import Engine, engines
from django.template.base import TextNode
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from heroicons.templatetags import heroicons

from consents.core.represented_words import speak_about
from portal.quick_nodes import QuickNodeList

MIXED = (
    '{% load i18n heroicons %}{% translate "Sign out" %} {% url "help" %} {% heroicon_outline "eye" size=20 %}'
    '{% if name %}{% translate "Your rights" %}{{ name }}{% else %}{% url "gone:page" %}{% endif %}'
    "{% blocktranslate %}Who can see your data now{% endblocktranslate %}"
)


@pytest.fixture
def mixed(tmp_path, settings):
    (tmp_path / "mixed.html").write_text(MIXED)
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    return engines["django"].engine


def render(engine, **context) -> str:
    return str(engine.render_to_string("mixed.html", context))


def test_it_says_in_each_language_what_the_template_as_written_says(mixed):
    for language in ("en", "de", "es", "en"):
        with translation.override(language):
            as_written = engines["django"].from_string(MIXED).render({"name": "Ada"})
            assert render(mixed, name="Ada") == as_written


def test_it_keeps_no_name_of_a_represented_customer(mixed):
    with translation.override("en"):
        with speak_about("Nora"):
            assert "Who can see Nora’s data now" in render(mixed, name="Nora")
        with speak_about("Max"):
            assert "Who can see Max’s data now" in render(mixed, name="Max")
        assert "Who can see your data now" in render(mixed, name="Ada")


def test_it_draws_an_icon_once_also_where_a_represented_customer_is_named(tmp_path, settings):
    (tmp_path / "icon.html").write_text("{% load heroicons %}{% heroicon_outline icon size=77 %}")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    engine = engines["django"].engine

    draws = patch.object(heroicons, "_render_icon", wraps=heroicons._render_icon)
    with draws as draw, translation.override("en"), speak_about("Nora"):
        first, second = [engine.render_to_string("icon.html", {"icon": "eye"}) for _time in range(2)]

    assert first == second and first.startswith("<svg")
    assert draw.call_count == 1


def test_it_joins_what_is_the_same_for_everybody(mixed):
    with translation.override("de"):
        first, *_rest = mixed.get_template("mixed.html").nodelist

    assert isinstance(first, TextNode)
    assert "<svg" in first.s


def test_an_included_template_sees_what_it_is_given_and_nothing_else(tmp_path, settings):
    (tmp_path / "outer.html").write_text('{% include "inner.html" with a=b only %}|{{ c }}')
    (tmp_path / "inner.html").write_text("{{ a }}{{ c }}{% with c=1 %}{{ c }}{% endwith %}")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]

    with translation.override("en"):
        assert engines["django"].engine.render_to_string("outer.html", {"b": "<b>", "c": "c"}) == "&lt;b&gt;1|c"


WRITTEN = (
    "{% load i18n %}{% for row in rows %}{{ forloop.counter }} {{ row.name }} {{ row.html }} {{ row.number }}"
    "{{ row.at }}{{ gone }}"
    "{% for letter in row.name %}{{ forloop.parentloop.counter }}{{ letter }}{% empty %}-{% endfor %}"
    '{% url "access:request" row.id %} {% url "help" %} {% url "choices:give" row.code %}'
    '{% translate "j F Y, H:i" context "date and time format" as moment %}{{ row.at|date:moment }}{{ row.gone|date }}'
    '{{ row.at|date }}{{ row.at|date:"c" }}{{ row.day|date:"d.m.Y" }}{{ row.at|date:"DATE_FORMAT" }}'
    '{{ row.at|date:"D" }}'
    "{% blocktranslate with who=row.name at=row.at|date:moment trimmed %}{{ who }} can see your data now{{ at }} %"
    "{{ gone }}{% endblocktranslate %}"
    "{% blocktranslate with who=row.name %}{{ who }} wants to see your data{% endblocktranslate %}"
    "{% autoescape off %}{{ row.name }}{% endautoescape %}\n{% empty %}nobody{% endfor %}"
    "{% block words %}{{ rows|length }}{% endblock %}"
)


def build_rows() -> list[dict]:
    at = datetime(2026, 11, 27, 12, tzinfo=UTC)
    first = {"name": "<a&'b\">", "html": mark_safe("<b>"), "number": 1234.5, "at": at, "id": UUID(int=7)}
    first |= {"code": "choices", "day": at.date()}
    second = first | {"name": "", "number": 12345, "id": UUID(int=8), "code": "a_b-C9"}
    return [first, second, {"name": "x", "id": str(UUID(int=9)), "code": "give"}]


def test_it_writes_every_kind_of_value_as_django_does(tmp_path, settings):
    (tmp_path / "written.html").write_text(WRITTEN)
    (tmp_path / "child.html").write_text(
        '{% extends "written.html" %}{% block words %}{{ block.super }}!{% endblock %}'
    )
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    engine = engines["django"].engine
    slow = Engine(dirs=[tmp_path], libraries=engine.libraries, autoescape=True)

    for language in ("en", "de"):
        with translation.override(language), timezone.override("Europe/Berlin"):
            for rows in (build_rows(), build_rows()[::-1], []):
                for name in ("written.html", "child.html"):
                    quick = engine.render_to_string(name, {"rows": rows})
                    assert quick == slow.render_to_string(name, {"rows": rows})


def test_nothing_is_quickened_where_a_page_of_errors_must_name_the_place(mixed, settings):
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"OPTIONS": settings.TEMPLATES[0]["OPTIONS"] | {"debug": True}}]
    engine = engines["django"].engine

    with translation.override("en"):
        assert isinstance(mixed.get_template("mixed.html").nodelist, QuickNodeList)
        assert not isinstance(engine.get_template("mixed.html").nodelist, QuickNodeList)
        assert render(engine, name="Ada") == render(mixed, name="Ada")
