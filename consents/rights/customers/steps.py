"""The questions of each right, and what the answers come to. Answers travel in the form itself: nothing is stored
before it is sent, and nothing stands in an address."""

from collections.abc import Callable, Mapping
from functools import wraps
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from consents.catalogue import selectors as catalogue
from consents.catalogue.models import MAY_BE_OBJECTED_TO, LegalBasis
from consents.law.kinds import Type, find_nearest_right
from consents.ledger.models import Entry
from consents.ledger.rules import describe_for_customer, get_event_words
from consents.people.proof_codes import is_recently_authenticated
from consents.people.visitors import Visitor, get_form_token
from consents.rights import recipients, selectors
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
from consents.rights.customers.presenting import BY_SLUG, Law, build_slug
from consents.rights.fulfilment.registry import BY_TYPE
from consents.rights.models import Clarification, RightsRequest
from consents.rights.rules import OF_CAPACITY, Channel, NewRequest, State, SubmittedBy

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


MOST_SHOWN = 5
UNREPLIED = "unreplied_questions"
UNCONFIRMED = "unconfirmed_requests"


def select_unreplied_questions(customer: Any) -> QuerySet[Clarification]:
    questions = Clarification.objects.filter(rights_request__customer=customer, reply=None)
    unreplied = questions.exclude(rights_request__state=State.ANSWERED).select_related("rights_request")
    return unreplied.order_by("-id")[:MOST_SHOWN]


def select_unconfirmed_requests(customer: Any) -> QuerySet[RightsRequest]:
    """Select the requests that were made here and wait until it is confirmed who made them."""
    unconfirmed = RightsRequest.objects.filter(recipients.UNCONFIRMED, customer=customer)
    return unconfirmed.exclude(state=State.ANSWERED).order_by("-received_at", "pk")[:MOST_SHOWN]


def list_open_questions(*, beside: Mapping[str, list[Any]], **_kwargs: Any) -> list[dict[str, str]]:
    """List what waits for the customer's reply, by signal, for the home page, which has read it: of each request the
    newest question, which is the one its page shows.
    """
    newest = {question.rights_request_id: question for question in reversed(beside[UNREPLIED])}
    return [
        {
            "title": _("We have a question for you"),
            "text": _("It is about your privacy request %(number)s.") % {"number": question.rights_request.number},
            "url": reverse("rights:reply", args=[question.rights_request.number, question.pk]),
            "link": _("Read and answer it"),
            "tone": "wait",
        }
        for question in newest.values()
    ]


def list_unconfirmed_requests(*, beside: Mapping[str, list[Any]], reader: str, **_kwargs: Any) -> list[dict[str, str]]:
    """List what cannot begin before it is confirmed, by signal, like `list_open_questions`. Only who asked can."""
    requesters = recipients.find_requesters(beside[UNCONFIRMED])
    return [
        {
            "title": _("One step is left"),
            "text": words % {"number": rights_request.number},
            "url": reverse("rights:sent", args=[rights_request.number]),
            "link": link % {"number": rights_request.number},
            "tone": "wait",
        }
        for rights_request in beside[UNCONFIRMED]
        for words, link in [get_words_to_confirm(is_readers=requesters.get(rights_request.pk) == reader)]
    ]


def get_words_to_confirm(*, is_readers: bool) -> tuple[str, str]:
    """Return the sentence and the link, in which `number` is to be filled in."""
    if is_readers:
        return (
            _("We cannot start on the privacy request %(number)s before you have confirmed that it was you who asked."),
            _("Confirm request %(number)s"),
        )
    return (
        _("We cannot start on the privacy request %(number)s before the person who asked has confirmed it."),
        _("See request %(number)s"),
    )


def freshly_signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Require a proof before the page: second factor where there is one, an emailed code elsewhere."""

    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_recently_authenticated(request):
            return view(request, *args, **kwargs)
        way = get_adapter().get_reauthentication_methods(request.user)[0]
        return redirect(f"{way['url']}?{urlencode({'next': request.path})}")

    return gate


def read_linked_right(request: HttpRequest) -> Type | None:
    """Return the right that the address names, by our word or by the code of DPV and of the Data Rights Protocol."""
    asked = request.GET.get("ask", "")
    return BY_SLUG.get(asked) or next((type for type in Type if type.value == asked), None)


def find_linked_page(request: HttpRequest, visitor: Visitor | None, law: Law | None) -> str:
    """Return the address that the link leads to: the request of this right that runs, else its first question.

    A right of another law leads to the nearest one of theirs. '' while we do not know which law holds, and for a right
    that does not exist.
    """
    linked = read_linked_right(request)
    type = find_nearest_right(law.regime, linked) if law and linked else None
    if law is None or type is None:
        return ""
    if visitor and (number := find_running_number(visitor, type)):
        return reverse("rights:request", args=[number])
    query = None if visitor else {"where": law.where}
    return reverse("rights:ask", args=[build_slug(type)], query=query)


def find_running_number(visitor: Visitor, type: Type) -> str:
    """Return the number of the visitor's newest unanswered request of this right; '' if none runs."""
    asked = selectors.list_customer_requests(visitor.customer.pk)
    running = [one for one in asked if one.request_type == type and not one.is_answered]
    return running[0].number if running else ""


def describe_step(entry: Entry, other: str) -> str:
    """Describe a step in a whole sentence, as a copy of one's data tells it; `other`: who did it, if not the reader."""
    return describe_for_customer(entry, other).rstrip(".") + "."


def build_timeline(entries: list[Entry], others: Mapping[str, str]) -> list[dict[str, Any]]:
    """Build lines for components/timeline.html. `others`: names of everybody but the reader who acts for the customer,
    by user id.
    """
    shown = [entry for entry in entries if not get_event_words(entry).is_in_copy_only]
    return [line for _, same in groupby(shown, is_search) for line in build_step_lines(list(same), others)]


def is_search(entry: Entry) -> bool:
    return entry.event == "rights_request.system_searched"


def build_step_lines(entries: list[Entry], others: Mapping[str, str]) -> list[dict[str, Any]]:
    """Build a line for each entry, but one for systems searched one after the other: which they are, is not said."""
    if len(entries) > 1 and is_search(entries[0]):
        words = ngettext(
            "We searched %(n)d system for your data", "We searched %(n)d systems for your data", len(entries)
        )
        return [{"at": max(entry.occurred_at for entry in entries), "text": words % {"n": len(entries)}}]
    return [
        {"at": entry.occurred_at, "text": describe_for_customer(entry, others.get(entry.actor, ""))}
        for entry in entries
    ]
