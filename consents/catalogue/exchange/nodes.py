"""Read YAML as a tree that knows its line numbers, so that every error says where. No tags, aliases or duplicate keys.

Scalars are read as plain text, so that the country NO is Norway and not "false".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import yaml
from django.utils.translation import gettext as _

from consents.core.refusals import Refusal

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
