"""Inputs and lists to choose from are written as Django's templates write them."""

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from portal.form_parts import QuickRenderer

ODD = "<b>'\"&"
CHOICES = [("", gettext_lazy("Everybody")), (1, ODD), (ODD, mark_safe("<i>safe</i>"))]


class EveryPart(forms.Form):
    words = forms.CharField(max_length=100, help_text="Said once.")
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date", "data-odd": ODD, "disabled": False}))
    email = forms.EmailField(widget=forms.EmailInput(attrs={"autofocus": True, "size": 30}))
    number = forms.IntegerField(min_value=1)
    password = forms.CharField(widget=forms.PasswordInput)
    hidden = forms.CharField(widget=forms.HiddenInput)
    tick = forms.BooleanField()
    one = forms.ChoiceField(choices=CHOICES)
    group = forms.ChoiceField(choices=[("first", "First"), (ODD, CHOICES)])
    several = forms.MultipleChoiceField(choices=CHOICES)
    radio = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect)
    ticks = forms.MultipleChoiceField(choices=CHOICES, widget=forms.CheckboxSelectMultiple)
    text = forms.CharField(widget=forms.Textarea)


SENT = {"words": ODD, "day": "2026-11-28", "number": "1234", "tick": "on", "one": "1", "group": ODD, "radio": ODD}


def write_parts(renderer: TemplatesSetting, sent: dict | None) -> list[str]:
    form = EveryPart(sent and {**sent, "several": ["1"], "ticks": ["1", ODD]}, renderer=renderer)
    options = [option.tag(wrap_label=wrap) for name in ("radio", "ticks") for option in form[name] for wrap in (0, 1)]
    return [*(str(field) for field in form), *options]


@pytest.mark.parametrize("sent", [None, SENT], ids=["empty", "sent"])
def test_it_writes_each_part_as_the_templates_do(sent):
    assert write_parts(QuickRenderer(), sent) == write_parts(TemplatesSetting(), sent)
