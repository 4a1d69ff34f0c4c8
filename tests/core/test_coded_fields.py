"""A code is shown by its label, as Django shows it."""

from django.apps import apps
from django.db.models import Model
from django.utils import translation

from consents.core.coded_fields import CodedField


def test_every_code_of_every_field_is_called_what_django_calls_it():
    coded = [(model, field) for model in apps.get_models() for field in model._meta.fields if type(field) is CodedField]

    for language in ("en", "de"):
        with translation.override(language):
            for model, field in coded:
                for code in [*(code for code, _label in field.flatchoices), "", "unknown", None]:
                    row = model(**{field.name: code})
                    label = getattr(row, f"get_{field.name}_display")()
                    assert label == Model._get_FIELD_display(row, field)

    assert len(coded) > 40
