"""What exists and is not for this reader answers as what does not exist: every admin address that holds an id."""

import re
from uuid import uuid4

import pytest
from django.contrib import admin
from django.urls import reverse

from consents.rights.models import QuestionTemplate
from consents.rights.services.clarifying import save_question_template
from tests.world.cast import ask, signed_in
from tests.world.rights_requests import by_staff, file

UNKNOWN = {"UUIDField": str(uuid4()), "OneToOneField": str(uuid4())}
FILE = str(uuid4())
ONE_RECORD = re.compile(r"<(?:\w+:)?(?:object_id|id)>")


def list_address(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def list_addresses(model, model_admin) -> list[str]:
    """The addresses of one record, with a place for its id."""
    routes = [str(address.pattern) for address in model_admin.get_urls()]
    routes = [route.replace("<slug:act>", "x").replace("<uuid:file>", FILE) for route in routes]
    return [list_address(model) + ONE_RECORD.sub("{id}", route) for route in routes if "id>" in route]


@pytest.fixture
def records(world) -> list[tuple[type, str]]:
    """(model, id) of a record of each model that the world has one of."""
    ask(world)
    file(world.ada)
    template = QuestionTemplate(code="which", about="scope", texts={"en": "Which one?"})
    save_question_template(template=template, by=by_staff(world.pia))
    first = [(model, model._default_manager.first()) for model in admin.site._registry]
    return [(model, str(record.pk)) for model, record in first if record]


@pytest.mark.parametrize("who", ["sam", "pia", "otto"])
def test_what_is_not_for_the_reader_answers_as_what_is_not_there(world, records, who, subtests):
    client = signed_in(getattr(world, who).user)
    for model, existing in records:
        model_admin = admin.site._registry[model]
        unknown = UNKNOWN.get(type(model._meta.pk).__name__, "987654321")
        if client.get(f"{list_address(model)}{existing}/change/").status_code == 200:
            continue
        for address in list_addresses(model, model_admin):
            for send in (client.get, client.post):
                known, other = send(address.format(id=existing)), send(address.format(id=unknown))
                with subtests.test(address=address, by=send.__name__):
                    assert known.status_code == other.status_code in (302, 404)
