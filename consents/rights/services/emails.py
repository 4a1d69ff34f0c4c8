"""Mail about a request: its number and the day, never what it is about. Of what is put off or refused also why, by
which law, what one can do, and who hears a complaint."""

from datetime import date, datetime

from django.conf import settings
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from consents.core import clock
from consents.core.durations import get_home_day
from consents.law import reasons
from consents.law.kinds import Regime, Type
from consents.law.reasons import COMPLAINTS, EXTENSION_LAW, REMEDIES, Extension, Reason
from consents.notifications import selectors as mail
from consents.notifications.services import queueing
from consents.people import selectors as people
from consents.people.models import StaffMember
from consents.people.services.holding import OFFICERS
from consents.rights import words
from consents.rights.confirmations import awaits_confirmation
from consents.rights.models import Clarification, RightsRequest, Statement
from consents.rights.refusals import BadDayOfTelling, NobodyToWriteTo
from consents.rights.rules.answers import SubmittedBy
from consents.rights.selectors import get_delivery_way, get_question_way, has_copy, has_officer, tells_practices
from consents.rights.services.recording import get_receipt_day, list_authorities
from consents.rights.services.sharing import list_missing_holders
from consents.vault import selectors as vault


def notify_requester(rights_request: RightsRequest, step: str) -> bool:
    """Queue the email of a step, once: to the address on file, or a guardian's; before the match, to the typed one.
    False if there is none.
    """
    if (customer := rights_request.customer) is not None:
        if not people.list_mail_address_hashes(customer):
            return False
        key = f"rights_request.{step}:{rights_request.id}:{rights_request.waited_days}"
        context = build_email_context(rights_request, step, people.get_customer_language(customer))
        queueing.notify(kind=f"rights_request_{step}", key=key, user=None, customer=customer, **context)
        return True
    said = words.open_statement(rights_request, Statement.Kind.ASKED)
    if not said.get("email"):
        return False
    language = said.get("language") or settings.LANGUAGE_CODE
    context = build_email_context(rights_request, step, language)
    queueing.notify_address(
        to=said["email"], template=f"rights_request_{step}", kind="rights_request", language=language, **context
    )
    return True


def notify_of_question(rights_request: RightsRequest, question: Clarification, *, code: str, is_paused: bool) -> None:
    """Tell that a question waits, never what it is; with the code for it where there is one, which stands nowhere else.

    Where no email arrives, the officer has told them (`check_day_told`).
    """
    context = {"number": rights_request.number, "is_paused": "yes" if is_paused else ""}
    customer = rights_request.customer
    if code:
        said = {} if customer else words.open_statement(rights_request, Statement.Kind.ASKED)
        queueing.notify_address(
            to=people.open_address(customer) if customer else said["email"],
            template="rights_request_question_code",
            kind="rights_code",
            language=question.language,
            code=code,
            **context,
        )
    elif customer is not None and is_reachable(rights_request):
        way = get_question_way(rights_request).value
        key = f"rights_request.question:{question.pk}"
        queueing.notify(kind="rights_request_question", key=key, user=None, customer=customer, way=way, **context)


def notify_handler_of_reply(rights_request: RightsRequest, question: Clarification) -> None:
    """Tell the officer who handles the request that the customer has replied; all officers, where that one is none any
    more."""
    key = f"rights_request.replied:{question.pk}"
    if rights_request.handler is not None and has_officer(rights_request):
        readers = {key: rights_request.handler}
    else:
        readers = {f"{key}:{officer.pk}": officer.user for officer in people.select_working(*OFFICERS)}
    for key_of_reader, user in readers.items():
        queueing.notify(kind="rights_request_replied", key=key_of_reader, user=user, number=rights_request.number)


def notify_of_typed_request(rights_request: RightsRequest, member: StaffMember) -> bool:
    """Tell the customer who put a no of theirs on record, and when, so that none is made up in silence."""
    assert rights_request.customer
    message = queueing.notify(
        kind="rights_request_typed_in",
        key=f"rights_request.typed_in:{rights_request.id}",
        customer=rights_request.customer,
        number=rights_request.number,
        who=f"{member.user.get_full_name()}, {member.team}",
        recorded_at=clock.now().isoformat(),
    )
    return message is not None


def build_email_context(rights_request: RightsRequest, step: str, language: str) -> dict[str, str]:
    context = {"number": rights_request.number, "answer_by": rights_request.answer_by.isoformat()}
    if rights_request.customer_id is not None and rights_request.submitted_by != SubmittedBy.SELF:
        context["by_other"] = "yes"
    if step == "filed" and list_missing_holders(rights_request, None):
        context["needs_holders"] = "yes"
    regime = Regime(rights_request.regime)
    if step == "filed" and awaits_confirmation(rights_request):
        return context | {"is_open": "yes"}
    if step == "decided":
        return context | describe_following(rights_request)
    with translation.override(language):
        if step == "law_chosen":
            return context | {"law": str(regime.label)}
        if step == "extended":
            reason, law, remedies = (
                Extension(rights_request.extension_reason).label,
                EXTENSION_LAW[regime],
                COMPLAINTS[regime],
            )
            return context | {"reason": str(reason), "law": law} | build_remedies(rights_request, remedies)
        if step == "answered" and rights_request.denial_reason:
            reason, law, remedies = (
                Reason(rights_request.denial_reason).label,
                rights_request.denial_legal_basis,
                REMEDIES[regime],
            )
            context |= {"reason": str(reason), "law": law} | build_remedies(rights_request, remedies)
            tells = tells_practices(rights_request)
            context["practices"] = "yes" if tells else ""
            context["part"] = "yes" if vault.get_done_erasure(rights_request.pk) else ""
        if step == "answered" and rights_request.fee_amount:
            context |= build_remedies(rights_request, COMPLAINTS[regime]) if not rights_request.denial_reason else {}
            context["fee"] = describe_fee(rights_request)
    if step == "answered":
        context |= {
            "format": str(rights_request.response_format),
            "way": get_delivery_way(rights_request).value if has_copy(rights_request) else "",
        }
    return context


def describe_following(rights_request: RightsRequest) -> dict[str, str]:
    """Name the request that begins again after an appeal, if it waits for those who asked: no check is carried over."""
    following = RightsRequest.objects.filter(follows=rights_request).first()
    if following is None:
        return {}
    is_open, needs_holders = awaits_confirmation(following), bool(list_missing_holders(following, None))
    waits = {"is_open": is_open, "needs_holders": needs_holders}
    return {"following": following.number} | {name: "yes" for name, waits_for in waits.items() if waits_for}


def describe_fee(rights_request: RightsRequest) -> str:
    """Say how much the fee is, why it is taken and by which law."""
    about = {
        "fee": f"{number_format(rights_request.fee_amount, 2)} {rights_request.fee_currency}",
        "reason": Reason(rights_request.fee_reason).label,
        "law": reasons.cite_provision(
            Regime(rights_request.regime), Type(rights_request.request_type), Reason(rights_request.fee_reason)
        ),
    }
    return _("%(fee)s. %(reason)s (%(law)s)") % about


def build_remedies(rights_request: RightsRequest, remedies: object) -> dict[str, str]:
    """Put each authority on a line of its own. That tells in which country the person lives and nothing else about
    them; the law requires it (GDPR Art 12(4), 77)."""
    heard_by = list_authorities(Regime(rights_request.regime), rights_request.jurisdiction)
    return {"remedies": str(remedies), "authorities": "\n".join(authority.in_words for authority in heard_by)}


def is_reachable(rights_request: RightsRequest) -> bool:
    """Return True if an email would go out, to an address that takes it."""
    if rights_request.customer is not None:
        return mail.is_reachable(rights_request.customer)
    return bool(words.open_statement(rights_request, Statement.Kind.ASKED).get("email"))


def needs_letter(rights_request: RightsRequest) -> bool:
    """Return True if no email arrives and it is known whom to write to in another way; never for the erased."""
    return not is_reachable(rights_request) and not rights_request.has_erased_customer


def check_day_told(rights_request: RightsRequest, told_on: date | None, now: datetime) -> None:
    """Require that the person is told: by email or, where none arrives, by letter or telephone on that day.

    Raises NobodyToWriteTo, BadDayOfTelling.
    """
    if not needs_letter(rights_request):
        return
    if told_on is None:
        raise NobodyToWriteTo
    if not get_receipt_day(rights_request) <= told_on <= get_home_day(now):
        raise BadDayOfTelling


def build_telling_details(rights_request: RightsRequest, told_on: date | None) -> dict[str, str]:
    """Return what the entry says of a letter or call, where no email arrives."""
    return {"told_on": told_on.isoformat()} if told_on and needs_letter(rights_request) else {}
