"""Parse and check a catalogue file: terms, languages, references between entries. Raises BadFile."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any

import yaml
from django.conf import settings
from django.utils.translation import gettext as _

from consents.catalogue import terms
from consents.catalogue.display import WORDS
from consents.catalogue.models import LegalBasis, Notice, Party, Usage
from consents.core.countries import is_country
from consents.core.refusals import Refusal
from consents.law import transfers
from consents.law.transfers import Safeguard

# Read YAML as a tree that knows its line numbers, so that every error says where. No tags, aliases or duplicate keys.
#
# Scalars are read as plain text, so that the country NO is Norway and not "false".

MAX_DEPTH = 12
# libyaml reads a catalogue fifteen times as fast; not every build of PyYAML has it.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadFile(Refusal):
    """The file cannot be used; nothing was done."""


@dataclass(frozen=True)
class Node:
    """A value in the file. `where` is the path to it: "purposes → send-offers → notices"."""

    raw: yaml.Node
    where: str

    def fault(self, sentence: str) -> BadFile:
        place = {"line": self.raw.start_mark.line + 1, "where": self.where, "fault": sentence}
        return BadFile(_("Line %(line)d, %(where)s: %(fault)s") % place)

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Yield the keys and values of a mapping, refusing duplicate keys."""
        if not isinstance(self.raw, yaml.MappingNode):
            raise self.fault(_("expected names, each with a value."))
        lines: dict[str, int] = {}
        for key, value in self.raw.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.fault(_("a name is plain text."))
            named = Node(key, f"{self.where} → {key.value}" if self.where else key.value)
            if key.value in lines:
                raise named.fault(_("it appears twice, first on line %(line)d.") % {"line": lines[key.value]})
            lines[key.value] = key.start_mark.line + 1
            yield key.value, Node(value, named.where)

    def fields(self, needed: set[str], optional: set[str] = frozenset()) -> dict[str, "Node"]:  # type: ignore[assignment]
        """Return the values of a mapping that has exactly these names."""
        values = dict(self.items())
        for name, node in values.items():
            if name not in needed | optional:
                raise node.fault(describe_unknown(name, needed | optional))
        for name in sorted(needed - set(values)):
            raise self.fault(_("“%(name)s” is missing.") % {"name": name})
        return values

    def entries(self) -> list["Node"]:
        if not isinstance(self.raw, yaml.SequenceNode):
            raise self.fault(_("expected a list."))
        return [Node(value, f"{self.where} → {number}") for number, value in enumerate(self.raw.value, start=1)]

    @property
    def is_null(self) -> bool:
        return isinstance(self.raw, yaml.ScalarNode) and self.raw.tag == "tag:yaml.org,2002:null"

    def text(self, longest: int, *, may_be_empty: bool = False) -> str:
        if not isinstance(self.raw, yaml.ScalarNode):
            raise self.fault(_("expected text."))
        value: str = "" if self.is_null else self.raw.value.strip()
        if not value and not may_be_empty:
            raise self.fault(_("it is empty."))
        if len(value) > longest:
            raise self.fault(_("it is longer than %(longest)d letters.") % {"longest": longest})
        return value

    def one_of(self, known: list[str], *, may_be_empty: bool = False) -> str:
        value = self.text(200, may_be_empty=may_be_empty)
        if value and value not in known:
            raise self.fault(describe_unknown(value, set(known)))
        return value

    def flag(self) -> bool:
        return self.one_of(["true", "false"]) == "true"

    def number(self, most: int) -> int:
        value = self.text(20)
        if not re.fullmatch("[0-9]{1,9}", value) or int(value) > most:
            raise self.fault(_("expected a whole number of at most %(most)d.") % {"most": most})
        return int(value)


def describe_unknown(value: str, known: set[str]) -> str:
    near = get_close_matches(value, sorted(known), n=1)
    if near:
        return _("“%(value)s” is not known here. Did you mean “%(near)s”?") % {"value": value[:80], "near": near[0]}
    return _("“%(value)s” is not known here.") % {"value": value[:80]}


def parse_yaml(text: str) -> Node:
    """Parse the single document of a file. Raises BadFile."""
    try:
        check_events(text)
        root = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        fault = {"line": mark.line + 1 if mark else 1, "fault": error.problem or ""}
        raise BadFile(_("Line %(line)d: this is not YAML (%(fault)s).") % fault) from None
    except (yaml.YAMLError, UnicodeEncodeError):
        raise BadFile(_("This is not YAML text.")) from None
    if root is None:
        raise BadFile(_("The file is empty."))
    return Node(root, "")


def check_events(text: str) -> None:
    """Refuse aliases (a few lines could expand to millions), tags and deep nesting before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        line = {"line": event.start_mark.line + 1 if event.start_mark else 1}
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BadFile(_("Line %(line)d: write it out in full; anchors and aliases are not allowed.") % line)
        if getattr(event, "tag", None):
            raise BadFile(_("Line %(line)d: tags (“!…”) are not allowed.") % line)
        if depth > MAX_DEPTH:
            raise BadFile(_("Line %(line)d: this is nested too deeply.") % line)


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
