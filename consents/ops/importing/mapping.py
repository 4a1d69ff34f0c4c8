"""The mapping: which column of a file is what. TOML in, checked dataclasses out, every fault one sentence.

    customers = true                  # each line is one customer: new ones are recorded, known ones updated
    reference = "CustomerId"          # the column of the company's own number
    changed = "UpdatedAt"             # with --since: when a row last changed, a moment or a number that grows
    empty = ["NULL", "n/a"]           # what stands in a cell where nothing is known, letter for letter
    email = "Email"                   # these six only where customers = true
    region = "State"
    born_on = "BirthDate"             # YYYY-MM-DD; tells who is too young to consent alone
    [country]
    column = "Country"                # two letters (ISO 3166) are kept; others through `values`, or left empty
    values = { Germany = "DE" }
    [language]
    column = "Language"               # both may be left out
    default = "en"
    [yes_of]
    column = "JointSignature"         # of several holders: "all" must agree, or "any" one; all where it says neither
    values = { either = "any" }

    [[category]]
    key = "orders"
    title = { en = "Orders", de = "Bestellungen" }  # or one text alone, in the first of PORTAL_LANGUAGES
    sensitive = false
    special = false                   # health, beliefs and the like (GDPR Art 9)
    term = "pd:Transactional"         # what it is in DPV; may be chosen later, before it is published
    record = "InvoiceId"              # tells the records of one customer apart; left out: one record each.
                                      # Where it takes several columns: ["InvoiceId", "Line"]
    fields = { InvoiceDate = "Date" } # column = label, in the order people read them

A file without a customer column is joined through another one in the same folder, instead of `reference`
(`column = "…"` beside them where this file names the key otherwise):

    via = { file = "invoices.csv", key = "InvoiceId", reference = "CustomerId" }

Instead of a file, a database whose address is in PORTAL_IMPORT_DATABASE (postgresql+psycopg://…, mysql+pymysql://…);
`:since` stands for the newest change of the last import:

    query = "SELECT CustomerId, Email, UpdatedAt FROM customers WHERE UpdatedAt >= :since"
"""

import re
import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from consents.catalogue.terms import PERSONAL_DATA
from consents.core.refusals import Refusal
from consents.ops.importing.databases import normalize_text

CATEGORY_KEY = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
KEY_LONGEST, LABEL_LONGEST, FIELD_LONGEST, QUERY_LONGEST = 40, 80, 60, 10_000


class BadMapping(Refusal):
    """The mapping cannot be used; nothing was done."""


@dataclass(frozen=True)
class CodeColumn:
    """A column whose values stand for codes. `default` where neither the value nor `values` gives one."""

    column: str = ""
    values: dict[str, str] = field(default_factory=dict)
    default: str = ""


@dataclass(frozen=True)
class CategoryMap:
    """`titles` by language. `record`: the columns that together tell records apart. `fields`: column, key in the vault,
    labels by language."""

    key: str
    titles: dict[str, str]
    sensitive: bool
    special: bool
    term: str
    record: tuple[str, ...]
    fields: list[tuple[str, str, dict[str, str]]]


@dataclass(frozen=True)
class JoinedFile:
    """`column` of this file is `key` of the other one, whose `reference` names the customer."""

    file: str
    column: str
    key: str
    reference: str


@dataclass(frozen=True)
class Mapping:
    is_customers: bool
    reference: str
    email: str
    region: str
    born_on: str
    country: CodeColumn
    language: CodeColumn
    yes_of: CodeColumn
    via: JoinedFile | None
    categories: list[CategoryMap]
    empty: frozenset[str] = frozenset()
    changed: str = ""
    query: str = ""

    @property
    def columns(self) -> list[str]:
        """List every column of the imported file that the mapping names, once."""
        named = [
            self.via.column if self.via else self.reference,
            *[*self.facts, self.changed],
            *[column for category in self.categories for column in category.record],
            *[column for category in self.categories for column, _key, _labels in category.fields],
        ]
        return list(dict.fromkeys(filter(None, named)))

    @property
    def facts(self) -> list[str]:
        """List the columns of what is known of a customer; empty where the mapping names none."""
        codes = [self.country.column, self.language.column, self.yes_of.column]
        return [self.email, self.region, self.born_on, *codes]


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping. Raises BadMapping with one sentence."""
    try:
        return parse_mapping(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError:
        fault = "it cannot be read"
    except UnicodeDecodeError:
        fault = "it is not UTF-8 text"
    except tomllib.TOMLDecodeError as error:
        fault = f"it is not TOML: {error}"
    except BadMapping as refusal:
        fault = str(refusal)
    raise BadMapping(f"The mapping {path} does not work: {fault.rstrip('.')}.")


def parse_mapping(table: Table[str, Any]) -> Mapping:
    facts = {"email", "region", "born_on", "country", "language", "yes_of"}
    known = {"customers", "reference", "via", "category", "empty", "changed", "query", *facts}
    check_known_names(table, known, "the mapping")
    mapping = Mapping(
        is_customers=get_flag(table, "customers"),
        reference=get_text(table, "reference"),
        email=get_text(table, "email"),
        region=get_text(table, "region"),
        born_on=get_text(table, "born_on"),
        country=parse_codes(table, "country", re.compile("[A-Z]{2}")),
        language=parse_codes(table, "language", re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,6})?"), default="en"),
        yes_of=parse_codes(table, "yes_of", re.compile("all|any")),
        via=parse_via(table),
        categories=[parse_category(one) for one in list_tables(table, "category")],
        empty=frozenset(list_words(table, "empty")),
        changed=get_text(table, "changed"),
        query=" ".join(get_query(table).split()),
    )
    check_mapping(mapping)
    return mapping


def check_mapping(mapping: Mapping) -> None:
    if bool(mapping.reference) == bool(mapping.via):
        raise BadMapping("name the column of the customer’s reference, either as “reference” or through “via”")
    if mapping.is_customers and mapping.via:
        raise BadMapping("a file of customers has a reference of its own, so “via” does not belong in it")
    if any(mapping.facts) and not mapping.is_customers:
        raise BadMapping(
            "email, region, born_on, country, language and yes_of belong to a file of customers: add “customers = true”"
        )
    if not mapping.is_customers and not mapping.categories:
        raise BadMapping("it names no data category, so there is nothing to import")
    keys = [category.key for category in mapping.categories]
    if len(keys) != len(set(keys)):
        raise BadMapping("two data categories have the same key")


def parse_category(table: Table[str, Any]) -> CategoryMap:
    check_known_names(table, {"key", "title", "sensitive", "special", "term", "record", "fields"}, "a data category")
    key = get_text(table, "key", longest=KEY_LONGEST)
    if not CATEGORY_KEY.fullmatch(key):
        raise BadMapping("a data category needs a “key” of small letters, digits and hyphens")
    titles = get_texts(table, "title")
    if not titles:
        raise BadMapping(f"the data category “{key}” needs a title")
    term = get_text(table, "term")
    if term not in ["", *PERSONAL_DATA]:
        raise BadMapping(f"“{term}” is not a kind of personal data in DPV that the portal knows")
    special = get_flag(table, "special")
    sensitive = special or get_flag(table, "sensitive")
    return CategoryMap(key, titles, sensitive, special, term, list_record_columns(table), parse_fields(table, key))


def list_record_columns(table: Table[str, Any]) -> tuple[str, ...]:
    """List the columns that together tell the records of one customer apart; none where there is one record each."""
    columns = table.get("record", "")
    if isinstance(columns, str):
        return tuple(filter(None, [get_text(table, "record")]))
    named = list_words(table, "record")
    if not named or len(set(named)) != len(named):
        raise BadMapping("“record” must name each of its columns once")
    return tuple(named)


def list_words(table: Table[str, Any], name: str) -> list[str]:
    """Return a list of texts, none of them empty."""
    value = table.get(name, [])
    words = [get_text({name: word}, name) for word in value] if isinstance(value, list) else [""]
    if not all(words):
        raise BadMapping(f'“{name}” must be a list: ["…", "…"]')
    return words


def parse_fields(table: Table[str, Any], category: str) -> list[tuple[str, str, dict[str, str]]]:
    found = [
        (normalize_text(column), build_field_key(column), get_texts({column: label}, column))
        for column, label in get_table(table, "fields").items()
    ]
    if not found or not all(column and key and labels for column, key, labels in found):
        raise BadMapping(f"the data category “{category}” needs “fields”: each column with its label")
    if len({key for _column, key, _labels in found}) != len(found):
        raise BadMapping(f"two columns of “{category}” have all but the same name")
    return found


def build_field_key(column: str) -> str:
    """FirstName and "First name" are first_name in the vault."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", normalize_text(column))
    return re.sub(r"\W+", "_", spaced).strip("_").lower()[:FIELD_LONGEST]


def parse_via(table: Table[str, Any]) -> JoinedFile | None:
    if "via" not in table:
        return None
    found = get_table(table, "via")
    check_known_names(found, {"file", "key", "reference", "column"}, "via")
    file, key, reference = get_text(found, "file"), get_text(found, "key"), get_text(found, "reference")
    if not (file and key and reference):
        raise BadMapping("“via” needs “file”, “key” and “reference”")
    return JoinedFile(file, get_text(found, "column") or key, key, reference)


def parse_codes(table: Table[str, Any], name: str, code: re.Pattern[str], default: str = "") -> CodeColumn:
    """Parse a column's name, or a table of column, values and default."""
    if isinstance(table.get(name, ""), str):
        return CodeColumn(get_text(table, name), {}, default)
    found = get_table(table, name)
    check_known_names(found, {"column", "values", "default"}, name)
    values = {
        normalize_text(value).casefold(): get_text({value: to}, value)
        for value, to in get_table(found, "values").items()
    }
    default = get_text(found, "default") or default
    for one in [*values.values(), *filter(None, [default])]:
        if not code.fullmatch(one):
            raise BadMapping(f"“{one}” is not a code for {name}")
    return CodeColumn(get_text(found, "column"), values, default)


def get_text(table: Table[str, Any], name: str, longest: int = 200) -> str:
    value = table.get(name, "")
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise BadMapping(f"“{name}” must be text of at most {longest} characters")
    return normalize_text(value)


def get_query(table: Table[str, Any]) -> str:
    query = table.get("query", "")
    if not isinstance(query, str) or len(query) > QUERY_LONGEST:
        raise BadMapping(f"“query” must be text of at most {QUERY_LONGEST} characters")
    return query


def get_texts(table: Table[str, Any], name: str) -> dict[str, str]:
    """Return a text for each language, or one text alone, in the portal's first language."""
    value = table.get(name, "")
    languages = [code for code, _name in settings.LANGUAGES]
    words = value if isinstance(value, dict) else {settings.PORTAL_LANGUAGES[0]: value}
    check_known_names(words, set(languages), f"“{name}”")
    found = {code: get_text({name: word}, name, longest=LABEL_LONGEST) for code, word in words.items()}
    return {code: word for code, word in found.items() if word}


def get_flag(table: Table[str, Any], name: str) -> bool:
    value = table.get(name, False)
    if not isinstance(value, bool):
        raise BadMapping(f"“{name}” must be true or false")
    return value


def get_table(table: Table[str, Any], name: str) -> dict[str, Any]:
    value = table.get(name, {})
    if not isinstance(value, dict):
        raise BadMapping(f"“{name}” must be a table")
    return value


def list_tables(table: Table[str, Any], name: str) -> list[dict[str, Any]]:
    value = table.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise BadMapping(f"write each data category under a line [[{name}]]")
    return value


def check_known_names(table: Table[str, Any], known: set[str], where: str) -> None:
    for name in table:
        if name not in known:
            raise BadMapping(f"{where} knows no “{name}”, only: {', '.join(sorted(known))}")
