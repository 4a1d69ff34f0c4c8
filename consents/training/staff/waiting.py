"""Modules that a member of staff has to read before they may ask or look again."""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import ngettext_lazy

from consents.core import clock
from consents.people.models import StaffMember
from consents.people.work import WaitingWork
from consents.training.models import ModuleVersion
from consents.training.selectors import list_missing_training


def list_training_work(member: StaffMember) -> list[WaitingWork]:
    labels = ngettext_lazy("training to do", "trainings to do", "number")
    url = reverse("admin:training_own")
    return [WaitingWork("training", list_missing_now, labels, url=url, is_own=True)]


def list_missing_now(member: UUID) -> list[ModuleVersion]:
    return list_missing_training(member, clock.now())
