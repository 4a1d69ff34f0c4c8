"""Templates are folded for each language and for nobody in particular."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.template import Engine, engines
from django.template.base import TextNode
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from consents.breaches.rules import BreachState
from consents.breaches.staff.pages import STATES
from consents.core.represented_words import speak_about

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


def test_what_rows_have_in_common_is_rendered_once_for_each_kind_and_page(tmp_path, settings):
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    (tmp_path / "rows.html").write_text(
        "{% load alike %}{% for row in rows %}{{ row.name }}{% alike row.kind %}{{ row.word }}{% endalike %}"
        "{% alike row.kind %}{{ row.kind }}{% endalike %};{% endfor %}"
    )
    names = [("a", 1), ("b", 1), ("c", 2)]

    with translation.override("en"):
        for word in ("first page", "second page"):
            rows = [{"name": name, "kind": kind, "word": f"{word} of {name} <"} for name, kind in names]
            assert engines["django"].engine.render_to_string("rows.html", {"rows": rows}) == (
                f"a{word} of a &lt;1;b{word} of a &lt;1;c{word} of c &lt;2;"
            )


def test_a_button_and_a_state_say_what_stands_beside_them():
    """Both ways to save begin with the same word; one breach is open in the singular, the filter's requests are not."""
    for language in ("de", "es"):
        with translation.override(language):
            assert all(gettext(f"Save and {how}").startswith(gettext("Save")) for how in ("continue editing", "view"))
    with translation.override("es"):
        assert (str(STATES[BreachState.OPEN][0]), gettext("Open")) == ("Abierta", "Abiertas")
