"""Forms of statistics: a question as officers write it, and a note that is checked for people."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Field
from consents.core.forms import get_choice_field
from consents.insights import selectors
from consents.insights.models import Question
from consents.insights.rules import STATISTICS

NOTE_LENGTH = 20_000
NOTHING_TO_COUNT = _(
    "Nothing may be counted yet: there is no published purpose with the code “%(code)s” that customers can agree to."
)


class QuestionWords(forms.ModelForm):
    """A question: its category comes with the field it is grouped by."""

    grouped_by = forms.ChoiceField(label=_("Grouped by"))
    dated_by = forms.ChoiceField(label=_("Dated by"), required=False)

    class Meta:
        model = Question
        fields = ("code", "grouping", "measure", "step")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        categories = selectors.list_countable_categories()
        fields = Field.objects.filter(category__in=categories).select_related("category")
        offered = [(f"{field.category_id}.{field.key}", f"{field.category.title}: {field.label}") for field in fields]
        get_choice_field(self, "grouped_by").choices = offered
        if selectors.find_statistics_version() is None:
            self.fields["grouped_by"].help_text = NOTHING_TO_COUNT % {"code": STATISTICS}
        get_choice_field(self, "dated_by").choices = [("", _("No date: everything counts")), *offered]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        category, _dot, key = cleaned.get("grouped_by", "").partition(".")
        dated_category, _dot, date_key = cleaned.get("dated_by", "").partition(".")
        if category:
            self.instance.category_id, self.instance.field = int(category), key
        if date_key and dated_category != category:
            self.add_error("dated_by", _("Choose a date of the same kind of data."))
        if bool(date_key) != bool(cleaned.get("step")):
            self.add_error("step", _("A period needs a date to go by, and a date a period."))
        self.instance.date_field = date_key
        self.instance.words = {code: cleaned.get(f"title_{code}", "") for code, _language in settings.LANGUAGES}
        return cleaned


def build_title_fields() -> dict[str, forms.Field]:
    return {
        f"title_{code}": forms.CharField(label=format_lazy("{}, {}", _("Title"), language), max_length=120)
        for code, language in settings.LANGUAGES
    }


QuestionForm: Any = type("QuestionForm", (QuestionWords,), build_title_fields())


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("The text"),
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("It is checked and forgotten: nothing of it is stored."),
        error_messages={"required": _("Paste the text to check.")},
    )
