"""Keep the catalogs of translations: what people read on pages and in emails, from the sources into `portal/locale`.

English is in the sources. Each other language of `settings.LANGUAGES` has a catalog as text (`.po`, edited by people,
committed) and compiled (`.mo`, read by Django), which the first start of a checkout writes.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from babel import Locale
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
    "ngettext_noop": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
SOURCES = ("consents/**/*.py", "portal/**/*.py", "templates/**/*.html", "templates/**/*.txt")
# Whoever runs the portal reads English.
FOR_OPERATORS = re.compile(r"consents/(ops|management)/|.*/migrations/")
# Headers of a catalog that change by themselves or name nobody.
NOISE = re.compile(
    r'^"(Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team'
    r"|Generated-By): .*\n",
    re.MULTILINE,
)


def list_sources() -> Iterator[Path]:
    paths = {path for pattern in SOURCES for path in settings.BASE_DIR.glob(pattern)}
    return (path for path in sorted(paths) if not FOR_OPERATORS.match(get_source_name(path)))


def get_source_name(path: Path) -> str:
    return path.relative_to(settings.BASE_DIR).as_posix()


def extract_messages() -> Catalog:
    """Extract every message of the sources, with the files it stands in."""
    catalog = Catalog(domain=DOMAIN, fuzzy=False)
    for path in list_sources():
        for _line, function, words, comments in read_messages(path):
            add_message(catalog, KEYWORDS[function], words, get_source_name(path), comments)
    return catalog


def read_messages(path: Path) -> Iterator[Any]:
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        # Django's own reading of a template leaves calls among blanked-out text; indents mean nothing there.
        text = re.sub(r"^[ \t]+", "", template.templatize(text, origin=get_source_name(path)), flags=re.MULTILINE)
    return iter(extract_python(BytesIO(text.encode()), KEYWORDS, ["Translators:"], {"encoding": "utf-8"}))


def add_message(catalog: Catalog, places: Any, words: Any, where: str, comments: Any) -> None:
    given = list(words) if isinstance(words, (list, tuple)) else [words]
    context = given[places[0][0] - 1] if places and isinstance(places[0], tuple) else None
    chosen = [given[place - 1] for place in places or (1,) if not isinstance(place, tuple)]
    if all(isinstance(word, str) and word for word in chosen):
        catalog.add(tuple(chosen) if len(chosen) > 1 else chosen[0], None, [(where, 0)], (), comments, context=context)


def list_target_languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def get_catalog_path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalog(language: str) -> Catalog:
    """Read what is translated into this language; nothing where the language is new."""
    if not get_catalog_path(language).exists():
        header = f"# {Locale.parse(language).english_name} words of the consent portal."
        return Catalog(locale=language, domain=DOMAIN, header_comment=header, fuzzy=False)
    with get_catalog_path(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def update_catalog(language: str, messages: Catalog) -> Catalog:
    """Return the language's catalog with exactly these messages: known translations kept, new ones empty."""
    catalog = read_catalog(language)
    catalog.update(messages, no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    return catalog


def render_catalog(catalog: Catalog) -> str:
    """Sorted, and without line numbers and dates: a moved line is no difference."""
    out = BytesIO()
    write_po(out, catalog, width=120, include_lineno=False, sort_output=True)
    return NOISE.sub("", out.getvalue().decode())


def write_compiled(language: str, catalog: Catalog) -> None:
    """Write the compiled catalog in one step: another program may be reading it."""
    path = get_catalog_path(language).with_suffix(".mo")
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        write_mo(file, catalog)
        Path(file.name).chmod(0o644)
    Path(file.name).replace(path)


def list_untranslated_texts(catalog: Catalog) -> list[str]:
    """List messages without a translation in this language."""
    return [str(message.id) for message in catalog if message.id and not has_translation(message)]


def has_translation(message: Any) -> bool:
    words = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return not message.fuzzy and all(words)
