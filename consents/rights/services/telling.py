"""Mail about a request: its number and the day, never what it is about. Of what is put off or refused also why, by
which law, what one can do, and who hears a complaint."""

from datetime import date, datetime

from django.conf import settings
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from consents.notifications import selectors as mail
from consents.notifications import services as notifications
from consents.people import selectors as people
from consents.rights import words
from consents.rights.models import RightsRequest, Words
from consents.rights.rules import answers
from consents.rights.rules.answers import COMPLAINTS, EXTENSION_LAW, REMEDIES, Extension, Reason
from consents.rights.rules.clocks import day_of
from consents.rights.rules.kinds import Regime, Type
from consents.rights.selectors import is_copied, way_of
from consents.rights.services.recording import authorities_of, received_on, zone
from consents.rights.services.refusals import BadDayOfTelling, NobodyToWriteTo
from consents.vault import selectors as parts_of


def write_to(row: RightsRequest, step: str) -> bool:
    """Queue the mail of a step, once; to the address on file or, where it is not known whose the request is, to the
    one that was typed. False where there is neither."""
    if row.customer is not None:
        if row.customer.address_hash is None:
            return False
        key = f"rights_request.{step}:{row.id}:{row.waited_days}"
        kind = f"rights_request_{step}"
        context = context_of(row, step, people.language_of(row.customer))
        notifications.tell(kind=kind, key=key, user=None, customer=row.customer, **context)
        return True
    said = words.read(row, Words.Kind.ASKED)
    if not said.get("email"):
        return False
    language = said.get("language") or settings.LANGUAGE_CODE
    context = context_of(row, step, language)
    notifications.tell_address(
        to=said["email"], template=f"rights_request_{step}", kind="rights_request", language=language, **context
    )
    return True


def context_of(row: RightsRequest, step: str, language: str) -> dict[str, str]:
    context = {"number": row.number, "answer_by": row.answer_by.isoformat()}
    regime = Regime(row.regime)
    with translation.override(language):
        if step == "extended":
            reason, law, remedies = Extension(row.extension_reason).label, EXTENSION_LAW[regime], COMPLAINTS[regime]
            return context | {"reason": str(reason), "law": law} | what_one_can_do(row, remedies)
        if step == "answered" and row.denial_reason:
            reason, law, remedies = Reason(row.denial_reason).label, row.denial_legal_basis, REMEDIES[regime]
            context |= {"reason": str(reason), "law": law} | what_one_can_do(row, remedies)
            tells = answers.tells_practices(Type(row.request_type), row.outcome, row.denial_reason)
            context["practices"] = "yes" if tells else ""
            context["part"] = "yes" if parts_of.done_for(row.pk) else ""
        if step == "answered" and row.fee_amount:
            context |= what_one_can_do(row, COMPLAINTS[regime]) if not row.denial_reason else {}
            context["fee"] = fee_in_words(row)
    if step == "answered":
        context |= {"format": str(row.response_format), "way": way_of(row).value if is_copied(row) else ""}
    return context


def fee_in_words(row: RightsRequest) -> str:
    """How much, why and by which law."""
    about = {
        "fee": f"{number_format(row.fee_amount, 2)} {row.fee_currency}",
        "reason": Reason(row.fee_reason).label,
        "law": answers.law_of(Regime(row.regime), Type(row.request_type), Reason(row.fee_reason)),
    }
    return _("%(fee)s. %(reason)s (%(law)s)") % about


def what_one_can_do(row: RightsRequest, remedies: object) -> dict[str, str]:
    """With each authority on a line of its own. It tells in which country the person lives, and nothing else about
    them: the law has it told (GDPR Art 12(4), 77)."""
    heard_by = authorities_of(Regime(row.regime), row.jurisdiction)
    return {"remedies": str(remedies), "authorities": "\n".join(one.in_words for one in heard_by)}


def is_reachable(row: RightsRequest) -> bool:
    """A mail would go out, and to an address that takes it."""
    if row.customer is not None:
        return row.customer.address_hash is not None and mail.arrives(row.customer)
    return bool(words.read(row, Words.Kind.ASKED).get("email"))


def needs_letter(row: RightsRequest) -> bool:
    """No mail arrives, and it is known whom to write to in another way: nobody is, of the erased."""
    return not is_reachable(row) and not (row.customer and row.customer.erased_at)


def check_told(row: RightsRequest, told_on: date | None, now: datetime) -> None:
    """What the law has us tell somebody is told: by mail or, where none arrives, by letter or telephone on that day.

    Raises NobodyToWriteTo, BadDayOfTelling.
    """
    if not needs_letter(row):
        return
    if told_on is None:
        raise NobodyToWriteTo
    if not received_on(row) <= told_on <= day_of(now, zone()):
        raise BadDayOfTelling


def told_in_words(row: RightsRequest, told_on: date | None) -> dict[str, str]:
    """For the entry: the day of the letter or call where no mail arrives."""
    return {"told_on": told_on.isoformat()} if told_on and needs_letter(row) else {}
