"""Keep the yes of one holder of a shared account until every other holder has said yes too."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from consents.access.models import AccessRequest, Assent
from consents.access.rules import AnswerDecision
from consents.access.rules.sharing import AllowedTerms, AlreadyAssented, narrow_to_common
from consents.access.rules.telephone import CHANNEL, TELEPHONE
from consents.access.selectors.assents import build_allowance
from consents.access.services.telling import append_request_entry
from consents.ledger.rules import Actor
from consents.notifications.services.confirming import confirm_act
from consents.people.models import Acting
from consents.people.services.assenting import HoldersAnswerThemselves

ASSENTED = _(
    "You or someone who shares your account said yes to the request of %(team)s. They see nothing until all of you "
    "have agreed."
)


@dataclass(frozen=True)
class Speaker:
    """Say whose answer it is: that of `user`, who acts for the customer, or of the caller whom `caller_code` proved and
    whose words `user` records."""

    user: UUID
    capacity: str
    caller_code: UUID | None = None


@dataclass(frozen=True)
class Reply:
    """The customer's decision, with the digest of the request as their page displayed it.

    categories and duration matter for `part` alone. `token` makes answering once-only. `language` and `interface`:
    in which words and by which pages it was asked.
    """

    decision: AnswerDecision
    digest: str
    token: UUID
    categories: frozenset[int] = frozenset()
    duration: timedelta = timedelta(0)
    message: str = ""
    language: str = ""
    interface: str = ""


def join_holders(
    access_request: AccessRequest, reply: Reply, allowed: AllowedTerms, speaker: Speaker, needed: frozenset[UUID]
) -> tuple[frozenset[UUID], AllowedTerms]:
    """Return the holders whose yes is still missing, and what those who have said yes allow together with this one.

    `needed`: the other holders who must agree. A holder's second yes (another token) is taken only once nobody is
    missing, because the missing holder has left. Raises AlreadyAssented, NothingInCommon, HoldersAnswerThemselves.
    """
    if not needed:
        return needed, allowed
    if speaker.caller_code or speaker.capacity not in Acting.HOLDING:
        raise HoldersAnswerThemselves
    given = list(access_request.assents.filter(given_by__in=needed))
    missing = needed - {assent.given_by_id for assent in given}
    own = access_request.assents.filter(given_by=speaker.user).exclude(token=reply.token)
    if missing and own.exists():
        raise AlreadyAssented
    return missing, narrow_to_common(allowed, [build_allowance(assent, access_request) for assent in given])


def record_assent(
    access_request: AccessRequest, reply: Reply, allowed: AllowedTerms, speaker: Speaker, now: datetime, by: Actor
) -> AccessRequest:
    """Keep a holder's yes until every other holder has said yes too. Repeating it changes nothing."""
    if access_request.assents.filter(given_by=speaker.user).exists():
        return access_request
    codes = list_codes(access_request, allowed)
    assent = Assent.objects.create(
        access_request=access_request,
        given_by_id=speaker.user,
        categories=codes,
        duration=allowed.duration,
        shown_digest=reply.digest,
        token=reply.token,
        given_at=now,
    )
    append_request_entry(
        access_request,
        event="access_request.assented",
        by=by,
        details={"assent": str(assent.pk)} | build_answer_details(access_request, reply, speaker, allowed),
    )
    confirm_act(
        customer=access_request.customer_id,
        act=ASSENTED,
        key=f"access_request.assented:{assent.pk}",
        actor=by,
        team=access_request.asked_team,
    )
    return access_request


def build_answer_details(
    access_request: AccessRequest, reply: Reply, speaker: Speaker, allowed: AllowedTerms
) -> dict[str, object]:
    """Build what the ledger keeps of a yes or no: to what, in which words, where and in which capacity."""
    notices = {notice.language: notice for notice in access_request.version.notices.all()}
    notice = notices.get(reply.language) or access_request.version.notice
    return {
        "categories": list_codes(access_request, allowed),
        "digest": reply.digest,
        "duration_seconds": int(allowed.duration.total_seconds()),
        "version": access_request.version.number,
        "language": notice.language,
        "notice": notice.hash,
        "method": TELEPHONE if speaker.caller_code else "portal button",
        "interface": reply.interface,
        "capacity": speaker.capacity,
        **build_caller_facts(speaker),
    }


def list_codes(access_request: AccessRequest, allowed: AllowedTerms) -> list[str]:
    requested = [each for each in access_request.requested.all() if each.category_id in allowed.categories]
    return sorted(each.category.code for each in requested)


def build_caller_facts(speaker: Speaker) -> dict[str, str]:
    """Build what the entry says of an answer by telephone, as of everything that customers say in that way."""
    if speaker.caller_code is None:
        return {}
    return {"caller_code": str(speaker.caller_code), "channel": CHANNEL, "submitted_by": "self"}
