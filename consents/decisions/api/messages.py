"""Read what a system may say (AuthZEN Authorization API 1.0, sections 5 to 7). Pure: no database, clock or settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from consents.core.canonical import NotStrict, read_strict_json

PATH = "/access/v1/"  # below it everybody is a system
MOST = 500  # questions in one batch
# Of each entity the members that the protocol asks for; others are ignored.
type Members = tuple[str, ...]
MEMBERS: dict[str, Members] = {"subject": ("type", "id"), "action": ("name",), "resource": ("type", "id")}
ALL_MEMBERS = [(name, member) for name, members in MEMBERS.items() for member in members]


class Semantic(StrEnum):
    """Says how far a batch is answered: to its end, or to the first no or yes."""

    EXECUTE_ALL = "execute_all"
    DENY_ON_FIRST_DENY = "deny_on_first_deny"
    PERMIT_ON_FIRST_PERMIT = "permit_on_first_permit"

    def is_last(self, allowed: bool) -> bool:
        """Return True where nothing is answered after this answer."""
        return self == (Semantic.PERMIT_ON_FIRST_PERMIT if allowed else Semantic.DENY_ON_FIRST_DENY)


class Malformed(Exception):
    """`pointer`: to the member that is wrong (RFC 6901); `detail`: what it must be."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer or 'The body'} {detail}.")
        self.pointer, self.detail = pointer, detail


class Sought(StrEnum):
    """Says what a search is for; the members that it must have are those of a question but for this."""

    SUBJECT = "subject"
    ACTION = "action"
    RESOURCE = "resource"

    @property
    def members(self) -> dict[str, Members]:
        rest = {name: members for name, members in MEMBERS.items() if name != self}
        return rest if self == Sought.ACTION else rest | {str(self): ("type",)}


@dataclass(frozen=True)
class Question:
    subject_type: str
    subject: str
    purpose: str
    category: str
    customer: str


@dataclass(frozen=True)
class Search:
    """`token`: of the page before; `limit`: how many results a page has at most, None where nothing is said."""

    question: Question
    token: str
    limit: int | None


@dataclass(frozen=True)
class Batch:
    """`questions`: in their order; what is no question is the error that its answer names."""

    questions: list[Question | Malformed]
    semantic: Semantic


def read_body(body: bytes) -> dict[str, Any]:
    """Read an object. Raises Malformed."""
    try:
        content = read_strict_json(body)
    except NotStrict as reason:
        raise Malformed("", str(reason)) from None
    if not isinstance(content, dict):
        raise Malformed("", "must be an object")
    return content


def read_question(content: Mapping[str, Any], pointer: str = "", members: Mapping[str, Members] = MEMBERS) -> Question:
    """Read a question: a whole evaluation, an item of a batch with its defaults, or a search, which leaves out of
    `members` what it searches for, and is empty there. Raises Malformed."""
    entities = {name: read_entity(content, name, members[name], pointer) for name in members}
    if not isinstance(content.get("context", {}), dict):
        raise Malformed(f"{pointer}/context", "must be an object")
    values = [entities[name][member] if member in members.get(name, ()) else "" for name, member in ALL_MEMBERS]
    return Question(*values)


def read_entity(content: Mapping[str, Any], name: str, members: Members, pointer: str) -> Mapping[str, Any]:
    entity, pointer = content.get(name), f"{pointer}/{name}"
    if not isinstance(entity, dict):
        raise Malformed(pointer, "must be an object")
    for member in members:
        if not isinstance(entity.get(member), str):
            raise Malformed(f"{pointer}/{member}", "must be a string")
        if "\0" in entity[member]:
            raise Malformed(f"{pointer}/{member}", "must not have the character U+0000")
    if not isinstance(entity.get("properties", {}), dict):
        raise Malformed(f"{pointer}/properties", "must be an object")
    return entity


def read_batch(content: Mapping[str, Any]) -> Batch | None:
    """Read a batch; None where nothing is listed: that is a single question. Raises Malformed."""
    items, options = content.get("evaluations", []), content.get("options", {})
    if not isinstance(items, list):
        raise Malformed("/evaluations", "must be a list")
    if not isinstance(options, dict):
        raise Malformed("/options", "must be an object")
    if len(items) > MOST:
        raise Malformed("/evaluations", f"must not have more than {MOST} items")
    try:
        semantic = Semantic(options.get("evaluations_semantic", Semantic.EXECUTE_ALL))
    except ValueError:
        raise Malformed("/options/evaluations_semantic", f"must be one of {', '.join(Semantic)}") from None
    if not items:
        return None
    defaults = {name: content[name] for name in (*MEMBERS, "context") if name in content}
    return Batch([read_item(defaults, item, f"/evaluations/{place}") for place, item in enumerate(items)], semantic)


def read_item(defaults: Mapping[str, Any], item: Any, pointer: str) -> Question | Malformed:
    """Read an item: an entity that it has replaces the default whole."""
    if not isinstance(item, dict):
        return Malformed(pointer, "must be an object")
    try:
        return read_question({**defaults, **item}, pointer)
    except Malformed as error:
        return error


def read_search(content: Mapping[str, Any], sought: Sought) -> Search:
    """Read a search and which page of it is asked for. Raises Malformed."""
    question, page = read_question(content, members=sought.members), content.get("page", {})
    if not isinstance(page, dict):
        raise Malformed("/page", "must be an object")
    token, limit = page.get("token", ""), page.get("limit")
    if not isinstance(token, str):
        raise Malformed("/page/token", "must be a string")
    if "limit" in page and (type(limit) is not int or limit < 0):
        raise Malformed("/page/limit", "must be a whole number, not below 0")
    return Search(question, token, limit)
