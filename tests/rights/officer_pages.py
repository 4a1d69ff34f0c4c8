"""What an officer presses and reads on a request's record."""

import time

from allauth.account.internal.flows import login
from django.test import Client

from consents.rights.models import RightsRequest
from tests.forms import ask_first, forms_on, sent
from tests.world.cast import PASSWORD, signed_in

LIST = "/admin/rights/rightsrequest/"


def record(request) -> str:
    return f"{LIST}{request.pk}/change/"


def text(response) -> str:
    return " ".join(response.content.decode().split())


def buttons(client, request) -> set[str]:
    forms = forms_on(client.get(record(request)))
    return {value for form in forms for name, value in form.buttons if name == "CHANGE_FORM-action"}


def press(client, request, act: str, **said):
    """The button, then the page that asks, filled in and sent."""
    asked = first_press(client, request, act)
    assert asked.status_code == 200, asked
    (form,) = forms_on(asked, "confirm")
    return sent(client, form, path=record(request), **{"CHANGE_FORM-action": act}, **said)


def first_press(client, request, act: str):
    return ask_first(
        client, client.post(record(request), {"CHANGE_FORM-action": act, "_selected_action": str(request.pk)})
    )


def fresh(request) -> RightsRequest:
    return RightsRequest.objects.get(pk=request.pk)


def give(client, request, **said):
    (form,) = forms_on(press(client, request, "answer", **said), "is_read")
    return sent(client, form, path=record(request), **{"CHANGE_FORM-action": "answer"})


def freshly(person) -> Client:
    """Signed in by password, and proved by a code a moment ago: so their session says; `tests/people` tries the way."""
    person.user.set_password(PASSWORD)
    person.user.save(update_fields=["password"])
    client, now = signed_in(person.user), time.time()
    proofs = [{"method": "password", "at": now}, {"method": "code", "at": now, "reauthenticated": True}]
    session = client.session
    session[login.AUTHENTICATION_METHODS_SESSION_KEY] = proofs
    session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(person.user.pk)
    session.save()
    return client
