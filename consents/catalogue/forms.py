"""Drafts of the catalogue, as officers write them."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Purpose
from consents.core.durations import STEPS
from consents.core.fields import LengthField

ANSWER_TIMES = [timedelta(hours=1), timedelta(hours=4), *(step for step in STEPS if step >= timedelta(days=1))]


class PurposeForm(forms.ModelForm):
    answer_within = LengthField(label=_("The customer answers within"), lengths=ANSWER_TIMES, initial=timedelta(days=7))
    access_default = LengthField(label=_("Access for, at first"), lengths=STEPS, initial=timedelta(hours=2))
    access_most = LengthField(label=_("Access for, at most"), lengths=STEPS, initial=timedelta(days=30))

    class Meta:
        model = Purpose
        fields = ("code", "usage", "answer_within", "access_default", "access_most")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, most = cleaned.get("access_default"), cleaned.get("access_most")
        if first and most and first > most:
            self.add_error("access_default", _("This is longer than the most this purpose allows."))
        return cleaned
