"""Keep what one holder of a shared account has agreed to, until every other holder has agreed too."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from consents.core import clock
from consents.core.refusals import Refusal
from consents.people.models import JointAssent
from consents.people.selectors import list_required_holders, select_joint_assents


class HoldersAnswerThemselves(Refusal):
    sentence = _("Several people share this account and must all agree. Each of them signs in to say yes.")


def list_missing_users(customer: UUID, matter: JointAssent.Matter, object: str, saying: UUID | None) -> frozenset[UUID]:
    """List the holders whose yes to this is still missing beside that of `saying`."""
    given = select_joint_assents(customer).filter(matter=matter, object=object)
    return list_required_holders(customer, saying) - set(given.values_list("given_by", flat=True))


def save_joint_assent(customer: UUID, matter: JointAssent.Matter, object: str, holder: UUID) -> JointAssent | None:
    """Keep a holder's yes, inside an act whose one entry, about this object, names it as `assent`. None if it is kept.

    One that has run out gives way.
    """
    own = JointAssent.objects.filter(customer=customer, matter=matter, object=object, given_by=holder, ended_at=None)
    if select_joint_assents(customer).filter(pk__in=own).exists():
        return None
    own.update(ended_at=clock.now())
    return JointAssent.objects.create(customer_id=customer, matter=matter, object=object, given_by_id=holder)


def end_joint_assents(customer: UUID, matter: JointAssent.Matter, objects: Collection[str]) -> list[UUID]:
    """End what holders have said yes to, inside an act: each had a share in the last yes, or one of them said no."""
    standing = JointAssent.objects.filter(customer=customer, matter=matter, object__in=objects, ended_at=None)
    ended = sorted(standing.values_list("pk", flat=True))
    JointAssent.objects.filter(pk__in=ended).update(ended_at=clock.now())
    return ended
