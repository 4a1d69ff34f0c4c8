"""A catalogue file read and checked: terms, languages, names that point to something. Raises BadFile."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from consents.catalogue import terms, transfers
from consents.catalogue.exchange.form import (
    FORMAT,
    Catalogue,
    CategoryEntry,
    PurposeEntry,
    RecipientEntry,
    length_of,
)
from consents.catalogue.exchange.nodes import Node, read
from consents.catalogue.models import LegalBasis, Notice, Party, Usage
from consents.catalogue.shown import WORDS
from consents.catalogue.transfers import Safeguard
from consents.core.countries import is_country
from consents.core.refusals import Refusal

LONGEST = {field.name: field.max_length or 0 for field in Notice._meta.fields if field.name in WORDS}
MAY_BE_EMPTY = {"if_no", "objection"}
SETTINGS = {"usage", "answer_within", "access_default", "access_most"}
FACTS = {
    "legal_basis", "dpv_purpose", "sale", "consent_months", "retention_months", "storage", "material"
}  # fmt: skip
MOST_MONTHS = 1200


def parse(text: str) -> Catalogue:
    root = read(text).fields({"format", "categories", "recipients", "purposes"})
    if root["format"].number(9999) != FORMAT:
        raise root["format"].fault(_("this portal reads format %(format)d.") % {"format": FORMAT})
    categories = [category(code, node) for code, node in coded(root["categories"], 40)]
    recipients = [recipient(code, node) for code, node in coded(root["recipients"], 40)]
    known = {one.code for one in categories}, {one.code for one in recipients}
    return Catalogue(
        categories, recipients, [purpose(code, node, *known) for code, node in coded(root["purposes"], 60)]
    )


def coded(node: Node, longest: int) -> Iterable[tuple[str, Node]]:
    """A mapping whose names are codes, in their order."""
    for name, inner in sorted(node.items(), key=lambda item: item[0]):
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) or len(name) > longest:
            raise inner.fault(_("a code is made of small letters, digits and hyphens."))
        yield name, inner


def category(code: str, node: Node) -> CategoryEntry:
    found = node.fields({"term", "sensitive", "special", "order", "words", "fields"})
    special = found["special"].flag()
    if special and not found["sensitive"].flag():
        raise found["sensitive"].fault(_("a special category is sensitive too."))
    return CategoryEntry(
        code,
        found["term"].one_of(terms.PERSONAL_DATA),
        found["sensitive"].flag(),
        special,
        found["order"].number(32767),
        in_languages(found["words"], title_and_description),
        [field(one) for one in found["fields"].entries()],
    )


def title_and_description(node: Node) -> dict[str, str]:
    found = node.fields({"title", "description"}, optional={"source"})
    source = {"source": found["source"].text(300)} if "source" in found else {}
    return {
        "title": found["title"].text(80),
        "description": found["description"].text(300, may_be_empty=True),
    } | source


def field(node: Node) -> tuple[str, dict[str, str]]:
    found = node.fields({"key", "labels"})
    return found["key"].text(60), in_languages(found["labels"], lambda label: label.text(80))


def in_languages[T](node: Node, one: Callable[[Node], T]) -> dict[str, T]:
    """Something for each language: all that must be there, and no unknown one."""
    known = {code for code, _name in settings.LANGUAGES}
    found = {code: one(inner) for code, inner in node.fields(set(), known).items()}
    missing = [code for code in settings.PORTAL_LANGUAGES if code not in found]
    if missing:
        raise node.fault(_("a language is missing: %(languages)s.") % {"languages": ", ".join(missing)})
    return found


def recipient(code: str, node: Node) -> RecipientEntry:
    found = node.fields({"name", "kind", "address", "contact", "country"}, {"safeguard"})
    return RecipientEntry(
        code,
        {
            "name": found["name"].text(120),
            "kind": found["kind"].one_of(Party.values),
            "address": found["address"].text(300),
            "contact": found["contact"].text(200),
            **place(found),
        },
    )


def place(found: dict[str, Node]) -> dict[str, str]:
    """The country, and outside the EEA what protects the data there."""
    where, written = country(found["country"]), found.get("safeguard")
    safeguard = written.one_of(Safeguard.values, may_be_empty=True) if written else ""
    try:
        transfers.check(where, safeguard, home=settings.PORTAL_COUNTRY)
    except Refusal as refusal:
        raise (written or found["country"]).fault(str(refusal)) from None
    return {"country": where, "safeguard": safeguard}


def country(node: Node) -> str:
    code = node.text(2)
    if not is_country(code):
        raise node.fault(_("a country is two capital letters, as in ISO 3166."))
    return code


def purpose(code: str, node: Node, categories: set[str], recipients: set[str]) -> PurposeEntry:
    found = node.fields(SETTINGS | FACTS | {"categories", "recipients", "notices"})
    return PurposeEntry(
        code,
        {"usage": found["usage"].one_of(Usage.values), **lengths(found)},
        facts(found),
        named(found["categories"], categories),
        named(found["recipients"], recipients),
        in_languages(found["notices"], notice),
    )


def lengths(found: dict[str, Node]) -> dict[str, timedelta]:
    answer_within = length(found["answer_within"], timedelta(hours=1), timedelta(days=30))
    most = length(found["access_most"], timedelta(minutes=1), timedelta(days=30))
    default = length(found["access_default"], timedelta(minutes=1), most)
    return {"answer_within": answer_within, "access_default": default, "access_most": most}


def length(node: Node, least: timedelta, most: timedelta) -> timedelta:
    value = length_of(node.text(40))
    if value is None:
        raise node.fault(_("a length is a number of days, hours or minutes: “2 hours”."))
    if not least <= value <= most:
        raise node.fault(_("this length is too short or too long."))
    return value


def facts(found: dict[str, Node]) -> dict[str, Any]:
    return {
        "legal_basis": found["legal_basis"].one_of(LegalBasis.values),
        "dpv_purpose": found["dpv_purpose"].one_of(terms.PURPOSES),
        "sale": found["sale"].flag(),
        "consent_months": months(found["consent_months"]),
        "retention_months": months(found["retention_months"]),
        "storage": sorted({country(one) for one in found["storage"].entries()}),
        "material": found["material"].flag(),
    }


def months(node: Node) -> int | None:
    value = node.number_or_null(MOST_MONTHS)
    if value == 0:
        raise node.fault(_("no time at all is not a length; null is without an end."))
    return value


def named(node: Node, known: set[str]) -> list[str]:
    """A list of codes of this file, each once."""
    found: list[str] = []
    for one in node.entries():
        code = one.one_of(sorted(known))
        if code in found:
            raise one.fault(_("it is there twice."))
        found.append(code)
    return sorted(found)


def notice(node: Node) -> dict[str, str]:
    found = node.fields(set(WORDS))
    return {word: found[word].text(LONGEST[word], may_be_empty=word in MAY_BE_EMPTY) for word in WORDS}
