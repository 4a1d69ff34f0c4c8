"""COMMIT is sent and no answer comes: nobody knows whether it counted. Trying again with the same token is safe."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import OperationalError, close_old_connections, connection
from django.test import Client
from django.urls import reverse

from consents.access.models import AccessRequest, Answer, Grant
from consents.choices.services import answering, withdrawing
from consents.disclosures.models import Opening
from consents.disclosures.services import disclose_records
from consents.ledger.models import Entry
from consents.ledger.rules import Actor
from consents.ledger.selectors.chains import ChainFault, find_chain_faults
from consents.notifications.models import Message
from tests.access.asking_form import form_of
from tests.faults.proxy import Proxy
from tests.world.cast import answer, ask

CUTS = ["before", "after"]


@pytest.fixture
def wire(real_world) -> Iterator[Proxy]:
    """The portal speaks to its database over a wire of ours."""
    where = connection.get_connection_params()
    kept = connection.settings_dict
    with Proxy(where["host"], where.get("port", "5432")) as proxy:
        connection.close()
        ours = {"HOST": "127.0.0.1", "PORT": str(proxy.port), "EMBEDDED": None}
        connection.settings_dict = kept | ours | {"OPTIONS": kept["OPTIONS"] | {"sslmode": "disable"}}
        yield proxy
        connection.close()
        connection.settings_dict = kept


def lose(wire: Proxy, how: str, call) -> None:
    wire.cut = how
    with pytest.raises(OperationalError):
        call()
    assert wire.cuts == 1
    close_old_connections()  # as before and after every request


@pytest.mark.parametrize("how", CUTS)
def test_a_request_retried_after_a_lost_commit_is_filed_once(real_world, wire, how):
    token = uuid4()
    lose(wire, how, lambda: ask(real_world, token=token))
    first = AccessRequest.objects.first()

    again = ask(real_world, token=token)

    assert (first is not None) == (how == "after") and first in (None, again)
    assert AccessRequest.objects.count() == Message.objects.count() == 1
    assert Entry.objects.filter(event="access_request.filed").count() == 1


@pytest.mark.parametrize("how", CUTS)
def test_an_answer_counts_once(real_world, wire, how):
    request, token = ask(real_world), uuid4()
    lose(wire, how, lambda: answer(real_world, request, token=token))
    assert Answer.objects.count() == (how == "after") and Grant.objects.count() == 3 * (how == "after")

    assert answer(real_world, request, token=token).state == "approved"

    assert Answer.objects.count() == 1 and Grant.objects.count() == 3
    assert Entry.objects.filter(event="access_request.answered").count() == 1
    assert [one for one in find_chain_faults() if isinstance(one, ChainFault)] == []


@pytest.mark.parametrize("how", CUTS)
def test_a_withdrawal_counts_once_and_what_was_lost_is_not_called_saved(real_world, wire, how):
    answer(real_world, ask(real_world))
    mine = {"customer": real_world.ada.customer.id, "purpose": real_world.purpose.code, "by": real_world.ada.actor}
    answering.give_consent(**mine, version=real_world.version.pk)
    lose(wire, how, lambda: withdrawing.withdraw_consent(**mine))
    assert Grant.objects.filter(ended_at=None).count() == (0 if how == "after" else 3)

    withdrawing.withdraw_consent(**mine)

    assert not Grant.objects.filter(ended_at=None).exists()
    assert Entry.objects.filter(event="consent.withdrawn").count() == 1


@pytest.mark.parametrize("how", CUTS)
def test_a_look_whose_record_is_in_doubt_shows_nothing(real_world, wire, how):
    grant = answer(real_world, ask(real_world)).grants.get(category__code="orders").pk
    look = {"grant": grant, "staff": real_world.sam.pk, "by": Actor("staff", str(real_world.sam.pk))}
    lose(wire, how, lambda: disclose_records(**look))
    assert Opening.objects.count() == (how == "after")

    assert len(disclose_records(**look).records) == 2


@pytest.mark.parametrize("how", CUTS)
def test_the_page_says_that_it_does_not_know(real_world, wire, how):
    ada, request = Client(raise_request_exception=False), ask(real_world)
    ada.force_login(real_world.ada.user)
    form = form_of(ada, request) | {"decision": "none"}
    close_old_connections()
    page = reverse("access:answer", args=[request.pk])

    wire.cut = how
    response = ada.post(page, form)
    close_old_connections()

    assert response.status_code == 503 and "we do not know whether it was saved" in response.text
    assert ada.post(page, form).status_code == 302
    assert Answer.objects.count() == 1
