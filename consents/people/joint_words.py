"""Words about what the holders of a shared account agree to together, for the pages of the rooms above."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from consents.people.models import Acting, Customer, JointAssent
from consents.people.rules import ASSENT_COUNTS_FOR
from consents.people.selectors import list_holders, name_holder, select_joint_assents


@dataclass(frozen=True)
class JointAgreement:
    """Tell a holder how something stands that every holder must agree to.

    `own`: when they agreed; `given`: who of the others did, and when; `missing`: the names of those who have not.
    """

    others: str
    own: datetime | None
    given: list[dict[str, Any]]
    missing: str

    @property
    def has_begun(self) -> bool:
        return self.own is not None or bool(self.given)

    @property
    def is_complete(self) -> bool:
        return self.own is not None and not self.missing

    @property
    def counts_until(self) -> datetime | None:
        """Return when the holder's own yes to a consent lapses."""
        return self.own and self.own + ASSENT_COUNTS_FOR

    @property
    def is_waiting(self) -> bool:
        """Return True while the holder's own yes waits for others; once whoever was missing has left, it does not."""
        return self.own is not None and bool(self.missing)


def read_agreements(acting: Acting, matter: JointAssent.Matter) -> "Agreements":
    """Read what waits for holders of this account; empty for a representative, and where nobody must agree but one."""
    holders = list_holders(acting.customer_id) if needs_every_holder(acting) else []
    if len(holders) < 2:
        return Agreements(acting, [], [])
    return Agreements(acting, holders, select_joint_assents(acting.customer_id).filter(matter=matter))


def needs_every_holder(acting: Acting) -> bool:
    return acting.is_holding and acting.customer.yes_of == Customer.YesOf.ALL


class Agreements:
    def __init__(self, acting: Acting, holders: Iterable[Acting], assents: Iterable[JointAssent]) -> None:
        self.viewer = acting.user_id
        self.names: dict[UUID, str] = {
            holder.user_id: name_holder(holder) for holder in holders if holder.user_id != self.viewer
        }
        self.assents = [assent for assent in assents if assent.given_by_id in self.names | {self.viewer: ""}]

    def find(self, object: object) -> JointAgreement | None:
        """Return how this stands; None where no other holder is asked."""
        if not self.names:
            return None
        given = {assent.given_by_id: assent.given_at for assent in self.assents if assent.object == str(object)}
        return JointAgreement(
            others=join_holder_names(self.names.values()),
            own=given.get(self.viewer),
            given=[{"who": self.names[user], "at": at} for user, at in given.items() if user != self.viewer],
            missing=join_holder_names(name for user, name in self.names.items() if user not in given),
        )

    def find_begun(self, object: object) -> JointAgreement | None:
        """Return how this stands where a holder has agreed."""
        agreement = self.find(object)
        return agreement if agreement and agreement.has_begun else None


def name_other_holders(acting: Acting) -> str:
    """Name who else holds the account; empty for a representative, and for who holds it alone."""
    holders = list_holders(acting.customer_id) if acting.is_holding else []
    return join_holder_names(name_holder(holder) for holder in holders if holder.user_id != acting.user_id)


def join_holder_names(names: Iterable[str]) -> str:
    return get_text_list(list(names), _("and"))
