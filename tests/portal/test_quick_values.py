"""Values are looked up sooner, and are the same that Django finds."""

from types import SimpleNamespace
from typing import NamedTuple

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.template import Engine, engines
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy

from consents.access.models import Reason

PATHS = [
    *("text", "text.upper", "none", "none.word", "gone", "gone.word", "7", "new", "template", "lazy.word", "lazy_text"),
    *(
        "parts.a",
        "parts.items",
        "parts.gone",
        "parts.none",
        "letters.1",
        "letters.7",
        "numbers.1",
        "pair.left",
        "pair.0",
    ),
    *("made", "made.word", "thing.word", "thing.gone", "thing.shout", "thing.lost", "thing.parts.a", "thing.dangerous"),
    *(
        "thing.kind.OTHER.label",
        "parts.0",
        "parts.keys",
        "lazy.gone",
        "lazy.lost",
        "none.bit_length",
        "bare.set",
        "bare.gone",
    ),
]
LISTS = ["text", "letters", "parts", "pair", "none", "gone", "thing.gone", "thing.word", "thing.lost", "thing.shout"]
EVERY_WAY = "".join(
    [
        *(f"[{{{{ {path} }}}}{{{{ {path}|default:text|length }}}}" for path in PATHS),
        *(f"{{% if {path} %}}yes{{% elif not {path} or {path} == text %}}no{{% endif %}}]" for path in PATHS),
        *(f"{{% with named={path} %}}{{{{ named }}}}{{% endwith %}}" for path in PATHS),
        *(f"{{% for one in {path} %}}{{{{ one }}}}{{{{ forloop.counter }}}}{{% endfor %}}" for path in LISTS),
    ]
)


class Thing:
    word, kind = "<word>", Reason

    def __init__(self) -> None:
        self.parts = {"a": 1}

    def shout(self) -> str:
        return "loud"

    def dangerous(self) -> str:
        raise AssertionError("A template called what changes something.")

    vars(dangerous)["alters_data"] = True

    @property
    def lost(self) -> str:
        raise ObjectDoesNotExist

    @property
    def broken(self) -> str:
        raise AttributeError("no such column")


class Bare:
    __slots__ = ("set",)

    def __init__(self) -> None:
        self.set = "set"


class Pair(NamedTuple):
    left: str
    right: str


def build_values() -> dict:
    return {
        "text": "x",
        "parts": {"a": "<b>", "items": "mine", "none": None},
        "thing": Thing(),
        "letters": ["p", "q"],
        "numbers": {1: "one"},
        "pair": Pair("l", "r"),
        "lazy": SimpleLazyObject(Thing),
        "lazy_text": gettext_lazy("Sign out"),
        "made": lambda: SimpleNamespace(word="w"),
        "none": None,
        "bare": Bare(),
    }


@pytest.fixture
def quick(tmp_path, settings) -> Engine:
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    return engines["django"].engine


def test_it_finds_what_django_finds(tmp_path, quick):
    (tmp_path / "ways.html").write_text(EVERY_WAY)
    slow = Engine(dirs=[tmp_path], autoescape=True)

    for language in ("en", "de"):
        with translation.override(language):
            found = quick.render_to_string("ways.html", build_values())
            assert found == slow.render_to_string("ways.html", build_values())


def test_a_broken_property_is_no_missing_value(tmp_path, quick):
    (tmp_path / "broken.html").write_text("{{ thing.broken }}")

    with translation.override("en"), pytest.raises(AttributeError, match="no such column"):
        quick.render_to_string("broken.html", {"thing": Thing()})


def test_what_rows_have_in_common_is_rendered_once_for_each_kind_and_page(tmp_path, quick):
    (tmp_path / "rows.html").write_text(
        "{% load alike %}{% for row in rows %}{{ row.name }}{% alike row.kind %}{{ row.word }}{% endalike %}"
        "{% alike row.kind %}{{ row.kind }}{% endalike %};{% endfor %}"
    )
    names = [("a", 1), ("b", 1), ("c", 2)]

    with translation.override("en"):
        for word in ("first page", "second page"):
            rows = [{"name": name, "kind": kind, "word": f"{word} of {name} <"} for name, kind in names]
            assert quick.render_to_string("rows.html", {"rows": rows}) == (
                f"a{word} of a &lt;1;b{word} of a &lt;1;c{word} of c &lt;2;"
            )
