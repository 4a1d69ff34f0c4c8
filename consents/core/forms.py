"""Reach into forms and their addresses."""

from django import forms
from django.http import HttpRequest


def get_choice_field(form: forms.BaseForm, name: str) -> forms.ChoiceField:
    """Return the form's field of this name, whose choices are known only once there is a form."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} offers no choices.")
    return field


def build_page_query(request: HttpRequest) -> str:
    """Return the query of this address for links to its other pages: everything but the page's number."""
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()
