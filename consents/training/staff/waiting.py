"""Modules that a member of staff has to read before they may ask or look again."""

from django.urls import reverse
from django.utils.translation import ngettext_lazy

from consents.core import clock
from consents.people.models import StaffMember
from consents.people.work import WaitingWork
from consents.training.selectors import list_missing_training


def list_training_work(member: StaffMember) -> list[WaitingWork]:
    missing = list_missing_training(member.pk, clock.now())
    labels = ngettext_lazy("training to do", "trainings to do", "number")
    return [WaitingWork("training", missing, labels, url=reverse("admin:training_own"), is_own=True)]
