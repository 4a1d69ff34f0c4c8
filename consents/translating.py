"""Catalogs of translations: what people outside the company read, from the sources into `portal/locale`.

English is in the sources. Each other language of `settings.LANGUAGES` has a catalog as text (`.po`, edited by people)
and compiled (`.mo`, read by Django): both are committed, so that nobody needs a tool to run the portal.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import template

DOMAIN = "django"
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
SOURCES = ("consents/**/*.py", "portal/**/*.py", "templates/**/*.html", "templates/**/*.txt")
# Read by staff and by who runs the portal: English.
NOT_FOR_CUSTOMERS = re.compile(
    r"templates/admin/|consents/(backups|management|importing|exports|bench|running|core/embedded)/|.*/migrations/"
    r"|.*/admin\.py|consents/choices/previews\.py|consents/access/(forms|asking_pages|plain_words|staff_words)\.py"
    r"|consents/catalogue/(?!(models|transfers)\.py)|consents/disclosures/(models|services)\.py|consents/ledger/services/"
    r"|consents/notifications/(bounces\.py|services/failing\.py)|consents/vault/|portal/environment\.py"
    r"|consents/people/(finding_forms|staff_words|services/(erasing|holding))\.py"
    r"|consents/rights/(checklist|intake|officer_(acts|forms|pages)|queue|staff_words)\.py"
    r"|consents/(verification|rebuilding|translating)\.py"
)
# Headers of a catalog that change by themselves or name nobody.
NOISE = re.compile(
    r'^"(Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team'
    r"|Generated-By): .*\n",
    re.MULTILINE,
)


def sources() -> Iterator[Path]:
    found = {path for pattern in SOURCES for path in settings.BASE_DIR.glob(pattern)}
    return (path for path in sorted(found) if not NOT_FOR_CUSTOMERS.match(named(path)))


def named(path: Path) -> str:
    return path.relative_to(settings.BASE_DIR).as_posix()


def extracted() -> Catalog:
    """Every message of the sources, with the files it stands in."""
    catalog = Catalog(domain=DOMAIN, fuzzy=False)
    for path in sources():
        for _line, function, words, comments in messages_of(path):
            add(catalog, KEYWORDS[function], words, named(path), comments)
    return catalog


def messages_of(path: Path) -> Iterator[Any]:
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        # Django's own reading of a template leaves calls among blanked-out text; indents mean nothing there.
        text = re.sub(r"^[ \t]+", "", template.templatize(text, origin=named(path)), flags=re.MULTILINE)
    return iter(extract_python(BytesIO(text.encode()), KEYWORDS, ["Translators:"], {"encoding": "utf-8"}))


def add(catalog: Catalog, places: Any, words: Any, where: str, comments: Any) -> None:
    given = list(words) if isinstance(words, (list, tuple)) else [words]
    context = given[places[0][0] - 1] if places and isinstance(places[0], tuple) else None
    chosen = [given[place - 1] for place in places or (1,) if not isinstance(place, tuple)]
    if all(isinstance(word, str) and word for word in chosen):
        catalog.add(tuple(chosen) if len(chosen) > 1 else chosen[0], None, [(where, 0)], (), comments, context=context)


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def text_of(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    with text_of(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def brought_up_to_date(language: str, messages: Catalog) -> Catalog:
    """The language's catalog with exactly these messages: known translations kept, new ones empty, nothing guessed."""
    catalog = read(language)
    catalog.update(messages, no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    return catalog


def as_text(catalog: Catalog) -> str:
    """Sorted, and without line numbers and dates: a moved line is no difference."""
    out = BytesIO()
    write_po(out, catalog, width=120, include_lineno=False, sort_output=True)
    return NOISE.sub("", out.getvalue().decode())


def compiled(catalog: Catalog) -> bytes:
    """The same bytes for the same messages, whenever it is done."""
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def missing(catalog: Catalog) -> list[str]:
    """Messages without a translation in this language."""
    return [str(message.id) for message in catalog if message.id and not is_translated(message)]


def is_translated(message: Any) -> bool:
    words = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return not message.fuzzy and all(words)
