"""Parse and check a catalogue file: terms, languages, references between entries. Raises BadFile."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from consents.catalogue import terms
from consents.catalogue.display import WORDS
from consents.catalogue.exchange.nodes import Node, parse_yaml
from consents.catalogue.models import LegalBasis, Notice, Party, Usage
from consents.core.countries import is_country
from consents.core.refusals import Refusal
from consents.law import transfers
from consents.law.transfers import Safeguard

MAX_LENGTHS = {field.name: field.max_length or 0 for field in Notice._meta.fields if field.name in WORDS}
MAY_BE_EMPTY = {"if_no", "objection"}
SETTINGS = {"usage", "answer_within", "access_default", "access_most"}
FACTS = {
    "legal_basis", "dpv_purpose", "sale", "consent_months", "retention_months", "storage", "material",
    "needs_agreement",
}  # fmt: skip
MAX_MONTHS = 1200
FORMAT = 1
UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}

# One kind of data, recipient or purpose: names and checked values as in the file, lengths of time as timedelta.
type Entry = dict[str, Any]
# "categories", "recipients" and "purposes", each as entries by code.
type Catalogue = dict[str, dict[str, Entry]]


def parse_catalogue(text: str) -> Catalogue:
    root = parse_yaml(text).fields({"format", "categories", "recipients", "purposes"})
    if root["format"].number(9999) != FORMAT:
        raise root["format"].fault(_("this portal reads format %(format)d.") % {"format": FORMAT})
    categories = {code: parse_category(node) for code, node in iterate_codes(root["categories"], 40)}
    recipients = {code: parse_recipient(node) for code, node in iterate_codes(root["recipients"], 40)}
    known = sorted(categories), sorted(recipients)
    purposes = {code: parse_purpose(node, *known) for code, node in iterate_codes(root["purposes"], 60)}
    return {"categories": categories, "recipients": recipients, "purposes": purposes}


def iterate_codes(node: Node, longest: int) -> Iterable[tuple[str, Node]]:
    """Yield the entries of a mapping whose names are codes, sorted."""
    for name, inner in sorted(node.items(), key=lambda item: item[0]):
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) or len(name) > longest:
            raise inner.fault(_("a code is made of small letters, digits and hyphens."))
        yield name, inner


def parse_category(node: Node) -> Entry:
    fields = node.fields({"term", "sensitive", "special", "order", "words", "fields"})
    special = fields["special"].flag()
    if special and not fields["sensitive"].flag():
        raise fields["sensitive"].fault(_("a special category is sensitive too."))
    return {
        "term": fields["term"].one_of(terms.PERSONAL_DATA),
        "sensitive": fields["sensitive"].flag(),
        "special": special,
        "order": fields["order"].number(32767),
        "words": parse_languages(fields["words"], parse_title_and_description),
        "fields": parse_fields(fields["fields"]),
    }


def parse_title_and_description(node: Node) -> dict[str, str]:
    fields = node.fields({"title", "description"}, optional={"source"})
    source = {"source": fields["source"].text(300)} if "source" in fields else {}
    return {
        "title": fields["title"].text(80),
        "description": fields["description"].text(300, may_be_empty=True),
    } | source


def parse_fields(node: Node) -> list[Entry]:
    """Parse the fields of a category, each key once."""
    by_key: dict[str, Entry] = {}
    for entry in node.entries():
        fields = entry.fields({"key", "labels"})
        key = fields["key"].text(60)
        if key in by_key:
            raise fields["key"].fault(_("it appears twice."))
        by_key[key] = {"key": key, "labels": parse_languages(fields["labels"], lambda label: label.text(80))}
    return list(by_key.values())


def parse_languages[T](node: Node, one: Callable[[Node], T]) -> dict[str, T]:
    """Parse one value for each language: every required one, and no unknown one."""
    known = {code for code, _name in settings.LANGUAGES}
    by_language = {code: one(inner) for code, inner in node.fields(set(), known).items()}
    missing = [code for code in settings.PORTAL_LANGUAGES if code not in by_language]
    if missing:
        raise node.fault(_("a language is missing: %(languages)s.") % {"languages": ", ".join(missing)})
    return order_by_language(by_language)


def order_by_language[T](words: dict[str, T]) -> dict[str, T]:
    """Order a mapping by the portal's order of languages."""
    return {language: words[language] for language, _name in settings.LANGUAGES if language in words}


def parse_recipient(node: Node) -> Entry:
    fields = node.fields({"name", "kind", "address", "contact", "country"}, {"safeguard"})
    return {
        "name": fields["name"].text(120),
        "kind": fields["kind"].one_of(Party.values),
        "address": fields["address"].text(300),
        "contact": fields["contact"].text(200),
        **parse_place(fields),
    }


def parse_place(fields: dict[str, Node]) -> dict[str, str]:
    """Parse the country and, outside the EEA, the safeguard for data there."""
    where, written = parse_country(fields["country"]), fields.get("safeguard")
    safeguard = written.one_of(Safeguard.values, may_be_empty=True) if written else ""
    try:
        transfers.check_safeguard(where, safeguard, home=settings.PORTAL_COUNTRY)
    except Refusal as refusal:
        raise (written or fields["country"]).fault(str(refusal)) from None
    return {"country": where} | ({"safeguard": safeguard} if safeguard else {})


def parse_country(node: Node) -> str:
    code = node.text(2)
    if not is_country(code):
        raise node.fault(_("a country is two capital letters, as in ISO 3166."))
    return code


def parse_purpose(node: Node, categories: list[str], recipients: list[str]) -> Entry:
    fields = node.fields(SETTINGS | FACTS | {"categories", "recipients", "notices"})
    facts = {"usage": fields["usage"].one_of(Usage.values), **parse_lengths(fields), **parse_facts(fields)}
    return dict(sorted(facts.items())) | {
        "categories": parse_codes(fields["categories"], categories),
        "recipients": parse_codes(fields["recipients"], recipients),
        "notices": parse_languages(fields["notices"], parse_notice),
    }


def parse_lengths(fields: dict[str, Node]) -> dict[str, timedelta]:
    answer_within = parse_bounded_length(fields["answer_within"], timedelta(hours=1), timedelta(days=30))
    most = parse_bounded_length(fields["access_most"], timedelta(minutes=1), timedelta(days=30))
    default = parse_bounded_length(fields["access_default"], timedelta(minutes=1), most)
    return {"answer_within": answer_within, "access_default": default, "access_most": most}


def parse_bounded_length(node: Node, least: timedelta, most: timedelta) -> timedelta:
    value = parse_length(node.text(40))
    if value is None:
        raise node.fault(_("a length is a number of days, hours or minutes: “2 hours”."))
    if not least <= value <= most:
        raise node.fault(_("this length is too short or too long."))
    return value


def parse_length(words: str) -> timedelta | None:
    """Parse "7 days" or "90 minutes"; return None for anything else."""
    count, _, unit = words.partition(" ")
    size = UNITS.get(unit.removesuffix("s"))
    return int(count) * size if size and count.isascii() and count.isdigit() and len(count) < 7 else None


def parse_facts(fields: dict[str, Node]) -> dict[str, Any]:
    return {
        "legal_basis": fields["legal_basis"].one_of(LegalBasis.values),
        "dpv_purpose": fields["dpv_purpose"].one_of(terms.PURPOSES),
        "sale": fields["sale"].flag(),
        "consent_months": parse_months(fields["consent_months"]),
        "retention_months": parse_months(fields["retention_months"]),
        "storage": sorted({parse_country(country) for country in fields["storage"].entries()}),
        "material": fields["material"].flag(),
        "needs_agreement": fields["needs_agreement"].flag(),
    }


def parse_months(node: Node) -> int | None:
    value = None if node.is_null else node.number(MAX_MONTHS)
    if value == 0:
        raise node.fault(_("zero is not a length; write null for no end."))
    return value


def parse_codes(node: Node, known: list[str]) -> list[str]:
    """Parse a list of codes of this file, each once."""
    codes: list[str] = []
    for entry in node.entries():
        code = entry.one_of(known)
        if code in codes:
            raise entry.fault(_("it appears twice."))
        codes.append(code)
    return sorted(codes)


def parse_notice(node: Node) -> dict[str, str]:
    fields = node.fields(set(WORDS))
    return {word: fields[word].text(MAX_LENGTHS[word], may_be_empty=word in MAY_BE_EMPTY) for word in WORDS}
