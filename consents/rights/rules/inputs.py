"""Inputs of the acts on requests: a new request, and a reply. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.rights.rules.answers import Channel, Format, Outcome, SubmittedBy


@dataclass(frozen=True)
class NewRequest:
    """A request to be filed.

    `customer` None: nobody knows yet whose it is; `jurisdiction` then says where they live. `received_at` None: now.
    `scope`: codes of purposes (withdrawal, objection) or of data categories, empty for all. `said`: what they wrote,
    kept sealed: words, proposals for a correction and, of a stranger, name, email, language. `is_fresh`: they have just
    signed in again. `capacity`: of the user who acts for the customer. `token` makes filing once-only for strangers.
    """

    type: Type
    channel: Channel
    customer: UUID | None = None
    jurisdiction: str = ""
    received_at: datetime | None = None
    submitted_by: SubmittedBy = SubmittedBy.SELF
    proof: str = ""
    scope: tuple[str, ...] = ()
    scope_from: date | None = None
    scope_until: date | None = None
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)
    is_fresh: bool = False
    capacity: str = "self"
    language: str = ""
    token: UUID | None = None


class PlaceReason(models.TextChoices):
    """Say how an officer knows where a person lives."""

    TOLD = "told", _("They confirmed it to us.")
    DOCUMENT = "document", _("A document shows it.")
    KNOWN = "known", _("Our deliveries or bills show it.")


@dataclass(frozen=True)
class PlaceChoice:
    """Choose which place counts, where the request and the record name different ones.

    `jurisdiction`: one of the two, ISO 3166. `right`: what is asked by the law there; empty for the right as filed.
    """

    jurisdiction: str
    reason: PlaceReason
    right: Type | None = None


@dataclass(frozen=True)
class Reply:
    """The content of an answer, and the way it reaches the person.

    `reason` and `law` belong to a refusal, whole or in part; without `law`, it rests on the usual provision. `fee` is
    zero except for unfounded or excessive requests, as `fee_reason` says. `told_on`: the day of the letter or call that
    told a refusal where no email reaches them. `granted`: codes of the uses that stop, for an objection granted in
    part.
    """

    outcome: Outcome
    format: Format
    text: str = ""
    reason: Reason | None = None
    law: str = ""
    fee: Decimal = Decimal(0)
    currency: str = ""
    fee_reason: Reason | None = None
    told_on: date | None = None
    granted: tuple[str, ...] = ()
