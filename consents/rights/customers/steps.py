"""The questions of each right, and what the answers come to. Answers travel in the form itself: nothing is stored
before it is sent, and nothing stands in an address."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.translation import get_language

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import MAY_BE_OBJECTED_TO, LegalBasis
from consents.law.kinds import Type
from consents.people.visitors import Visitor, get_form_token
from consents.rights.customers.forms import (
    BehalfForm,
    CategoryForm,
    CorrectionForm,
    GroundForm,
    KindsForm,
    PeriodForm,
    PurposesForm,
    Question,
    WhoForm,
    WordsForm,
)
from consents.rights.fulfilment.registry import BY_TYPE
from consents.rights.rules.answers import OF_CAPACITY, Channel, SubmittedBy
from consents.rights.rules.inputs import NewRequest

FORMS: dict[str, type[Question]] = {
    "period": PeriodForm,
    "category": CategoryForm,
    "correction": CorrectionForm,
    "ground": GroundForm,
    "kinds": KindsForm,
    "purposes": PurposesForm,
    "words": WordsForm,
    "who": WhoForm,
    "behalf": BehalfForm,
}
SEVERAL = frozenset({"purposes", "kinds"})  # questions with more than one answer


class Step(NamedTuple):
    """A question, answered or not. `form` is bound where it was."""

    name: str
    form: Question


class QuestionProgress(NamedTuple):
    """The progress through the questions: `here` waits for its answer; None when all are answered."""

    here: Step | None
    done: list[Step]
    status: int = 200


def list_questions(type: Type, visitor: Visitor | None) -> list[str]:
    found = list(BY_TYPE[type].questions)
    if "purposes" in found and not list_stoppable_uses(type):
        found.remove("purposes")
    if BY_TYPE[type].takes_words:
        found.append("words")
    return found if visitor else [*found, "who", "behalf"]


def list_stoppable_uses(type: Type) -> list[tuple[str, str]]:
    """List what can be stopped: uses open to objection, or resting on consent. Nobody knows which a stranger gave; a
    customer sees theirs on their choices, where a withdrawal is made."""
    grounds = {LegalBasis.CONSENT} if type == Type.WITHDRAWAL else MAY_BE_OBJECTED_TO
    return [(one.purpose.code, one.name) for one in catalogue.select_standing() if one.legal_basis in grounds]


def walk_questions(request: HttpRequest, type: Type, visitor: Visitor | None) -> QuestionProgress:
    """Go through the questions in order, up to the first one without a valid answer."""
    sent, back = request.POST, request.POST.get("back", "")
    said, done = set(sent.getlist("done")), list[Step]()
    for name in list_questions(type, visitor):
        is_here = name == back or name not in said
        form = build_question_form(name, type, None if is_here else sent, sent, done)
        if is_here:
            return QuestionProgress(Step(name, form), done)
        if not form.is_valid():
            return QuestionProgress(Step(name, form), done, status=422)
        done.append(Step(name, form))
    return QuestionProgress(None, done)


def build_question_form(name: str, type: Type, data: QueryDict | None, typed: QueryDict, done: list[Step]) -> Question:
    """Build the form of a question; unbound it shows what was typed before."""
    more: dict[str, Any] = {}
    if name == "purposes":
        more["offered"] = list_stoppable_uses(type)
    if name == "correction":
        more["category"] = next(step.form.cleaned_data["category"] for step in done if step.name == "category")
        more["stands"] = {key.removeprefix(STANDS): typed[key] for key in typed if key.startswith(STANDS)}
    form = FORMS[name](data, **more)
    if data is None:
        form.initial = {
            key: typed.getlist(key) if key in SEVERAL else typed[key] for key in form.fields if key in typed
        }
    return form


def list_answered_questions(request: HttpRequest, type: Type, visitor: Visitor | None, here: Step | None) -> list[str]:
    """List the questions that are answered once this page is sent: those after it too, so that a change made on the
    check page leads back to it."""
    said = set(request.POST.getlist("done")) | ({here.name} if here else set())
    return [name for name in list_questions(type, visitor) if name in said]


STANDS = "stands_"  # before category.field: what a value reads now, as the customer saw it
TOKENS = {"token", "csrfmiddlewaretoken", "back", "send", "done", "where"}


def list_carried_fields(request: HttpRequest, here: Step | None) -> list[tuple[str, str]]:
    """List the earlier answers as hidden fields of the next form."""
    own = set(here.form.fields) if here else set()
    known = {field for form in FORMS.values() for field in form.base_fields} | {"which_entry"}
    return [
        (key, value)
        for key in sorted(request.POST)
        if (key in known or key.startswith(("right_", STANDS))) and key not in own and key not in TOKENS
        for value in request.POST.getlist(key)
    ]


def build_new_request(
    request: HttpRequest, type: Type, visitor: Visitor | None, done: list[Step], *, where: str, is_fresh: bool
) -> NewRequest:
    """Put the answers together into a request to file."""
    said: dict[str, Any] = {}
    for step in done:
        said |= step.form.cleaned_data
        if isinstance(step.form, CorrectionForm):
            said["proposals"] = step.form.proposals()
    kept = {
        name: said.get(name) for name in ("words", "ground", "which_entry", "proposals", "name", "email", "reference")
    }
    scope = said.get("purposes") or said.get("kinds") or ([said["category"]] if "category" in said else [])
    about: dict[str, Any] = {
        "scope": tuple(scope),
        "scope_from": said.get("from_day"),
        "scope_until": said.get("until_day"),
        "said": {name: value for name, value in kept.items() if value},
        "language": get_language() or settings.LANGUAGE_CODE,
    }
    if visitor is None:
        by_whom = {"submitted_by": SubmittedBy(said["submitted_by"]), "proof": said["proof"]}
        return NewRequest(type, Channel.WEBFORM, jurisdiction=where, token=get_form_token(request), **about, **by_whom)
    capacity = visitor.acting.capacity
    submitted_by = OF_CAPACITY[capacity]
    return NewRequest(
        type,
        Channel.PORTAL,
        visitor.customer.pk,
        submitted_by=submitted_by,
        proof="" if submitted_by == SubmittedBy.SELF else f"acting {visitor.acting.pk}",
        capacity=capacity,
        is_fresh=is_fresh,
        **about,
    )
