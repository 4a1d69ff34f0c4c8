"""Describe what systems may ask and are told (JSON Schema), from the tables by which it is read and answered."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from consents.decisions.api import answering, messages
from consents.decisions.api.answering import NO_REASONS, YES_REASONS
from consents.decisions.api.messages import MEMBERS, Members, Semantic, Sought

Schema = dict[str, Any]
OBJECT: Schema = {"type": "object"}
TEXT: Schema = {"type": "string", "pattern": "^[^\\u0000]*$"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
EXAMPLE = {
    "subject": {"type": "system", "id": "newsletter"},
    "action": {"name": "offers"},
    "resource": {"type": "contact", "id": "C-1001"},
}
MEANINGS = {
    "subject": "The system that asks. Staff are no subject.",
    "action": "The code of a purpose.",
    "resource": "The code of a category of data, and the customer’s number with the company.",
}


class Operation(NamedTuple):
    """An address at which systems ask, by its name, and the schemas of question and answer."""

    name: str
    summary: str
    question: str
    answer: str


OPERATIONS = (
    Operation("evaluation", "May this system use this data of this customer now?", "Question", "Answer"),
    Operation("evaluations", f"Ask up to {messages.MOST} questions at once.", "Questions", "Answers"),
    Operation("search_subject", "Is the system that asks among those that may?", "SearchSubject", "Subjects"),
    Operation("search_resource", "Whose data may this system use for this purpose?", "SearchResource", "Resources"),
    Operation("search_action", "For which of its purposes may this system use it?", "SearchAction", "Actions"),
)


def build_object_schema(properties: Mapping[str, Schema], **more: Any) -> Schema:
    """Describe an object that has each of these members."""
    return {"type": "object", "properties": dict(properties), "required": list(properties), **more}


def build_array_schema(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def refer_to(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def build_entity_schema(name: str, members: Members) -> Schema:
    """Describe subject, action or resource. Members besides these are allowed, and change nothing."""
    entity = build_object_schema(dict.fromkeys(members, TEXT), description=MEANINGS[name])
    entity["properties"]["properties"] = OBJECT
    return entity


def build_question_schema(members: Mapping[str, Members]) -> Schema:
    question = build_object_schema({name: build_entity_schema(name, members[name]) for name in members})
    question["properties"]["context"] = OBJECT
    return question


def build_search_schema(sought: Sought) -> Schema:
    search = build_question_schema(sought.members)
    limit = {"type": "integer", "minimum": 0, "default": answering.DEFAULT_LIMIT}
    limit["description"] = f"Results on a page; more than {answering.MOST} are as many."
    token = {"type": "string", "description": "The next_token of the page before, with all else as it was."}
    search["properties"]["page"] = OBJECT | {"properties": {"token": token, "limit": limit}}
    return search


def build_questions_schema() -> Schema:
    """Describe a batch, or where nothing is listed a single question."""
    options = OBJECT | {"properties": {"evaluations_semantic": {"enum": list(Semantic), "default": "execute_all"}}}
    listed = build_object_schema(
        {"evaluations": build_array_schema(refer_to("Item"), minItems=1, maxItems=messages.MOST)}
    )
    listed["properties"] |= {"options": options, **dict.fromkeys(MEMBERS, OBJECT)}
    listed["description"] = "What stands beside the list is the default of each item."
    none_listed = OBJECT | {"properties": {"evaluations": {"type": "array", "maxItems": 0}, "options": options}}
    return {"anyOf": [listed, {"allOf": [refer_to("Question"), none_listed]}]}


def build_decision_schema(*, allowed: bool, times: Mapping[str, Schema]) -> Schema:
    reasons = [str(code) for code in (YES_REASONS if allowed else NO_REASONS)]
    context = build_object_schema({"reason": {"enum": reasons}, **times})
    return build_object_schema({"decision": {"const": allowed}, "context": context})


def build_answer_schema() -> Schema:
    """Describe the answer to a single question: of a yes it says until when it may be used."""
    until = MOMENT | {"description": "Use nothing after it: ask again."}
    yes = build_decision_schema(allowed=True, times={"evaluated_at": MOMENT, "valid_until": until})
    return {"oneOf": [yes, build_decision_schema(allowed=False, times={"evaluated_at": MOMENT})]}


def build_answers_schema() -> Schema:
    """Describe the answers to a batch, without times: what is done on them is done at once."""
    error = build_object_schema({"status": {"const": 400}, "message": {"type": "string"}})
    wrong = build_object_schema({"decision": {"const": False}, "context": build_object_schema({"error": error})})
    each = [build_decision_schema(allowed=allowed, times={}) for allowed in (True, False)]
    answers = build_object_schema({"evaluations": build_array_schema({"oneOf": [*each, wrong]})})
    return {"oneOf": [answers, refer_to("Answer")]}


def build_results_schema(sought: Sought) -> Schema:
    entity = build_object_schema({member: {"type": "string"} for member in MEMBERS[sought]})
    results = build_object_schema({"results": build_array_schema(entity)})
    if sought == Sought.RESOURCE:
        token = {"type": "string", "description": "Empty once the search is over."}
        results["properties"]["page"] = build_object_schema({"next_token": token})
        results["required"].append("page")
    return results


def build_schemas() -> dict[str, Schema]:
    """Describe every question and answer, by the names that OPERATIONS have for them."""
    schemas = {
        "Question": build_question_schema(MEMBERS) | {"examples": [EXAMPLE]},
        "Questions": build_questions_schema(),
        # Of a batch: what is none gets an error of its own, beside the answers to the others.
        "Item": {"type": "object", "properties": build_question_schema(MEMBERS)["properties"]},
        "Answer": build_answer_schema(),
        "Answers": build_answers_schema(),
    }
    for sought in Sought:
        schemas[f"Search{sought.capitalize()}"] = build_search_schema(sought)
        schemas[f"{sought.capitalize()}s"] = build_results_schema(sought)
    return schemas
