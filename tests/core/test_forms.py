"""What a form says and what it can offer, told from what it says only by the way."""

import pytest
from django import forms

from consents.core.admin import is_text_changed
from consents.core.forms import get_choice_field


class Words(forms.Form):
    title = forms.CharField(required=False)
    text = forms.CharField(required=False)
    team = forms.ChoiceField(choices=[("a", "A"), ("b", "B")])


def sent(**typed: str) -> Words:
    form = Words({"title": "", "text": "one\r\ntwo", "team": "a"} | typed, initial={"text": "one\ntwo", "team": "a"})
    assert form.is_valid()
    return form


def test_line_ends_of_a_browser_change_no_text():
    assert sent().changed_data == ["text"] and not is_text_changed(sent())


@pytest.mark.parametrize("typed", [{"text": "one\r\nthree"}, {"title": "New"}, {"team": "b"}])
def test_another_word_or_choice_does(typed):
    assert is_text_changed(sent(**typed))


def test_a_field_of_no_choices_is_no_field_of_choices():
    assert get_choice_field(sent(), "team").choices == [("a", "A"), ("b", "B")]
    with pytest.raises(TypeError, match="title offers no choices"):
        get_choice_field(sent(), "title")
