"""A customer takes the proof of an entry away and checks it with the public key alone."""

import io
from contextlib import redirect_stdout

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.urls import reverse

from consents.ledger.selectors.timelines import list_entries
from consents.ledger.services import sealing
from tests.world.cast import answer, ask, signed_in


def address(request, entry) -> str:
    return reverse("access:proof", args=[request.pk, entry.sequence])


@pytest.fixture
def request_on_record(real_world):
    return answer(real_world, ask(real_world, "orders"))


def test_a_proof_of_an_answer_verifies_offline(real_world, request_on_record, tmp_path):
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=FileSystemStorage(location=tmp_path))
    ada = signed_in(real_world.ada.user)
    out = io.StringIO()
    with redirect_stdout(out):
        call_command("public_key")
    (tmp_path / "key").write_text(out.getvalue())

    for entry in list_entries(request_on_record.pk):
        (tmp_path / "proof.json").write_bytes(ada.get(address(request_on_record, entry)).content)
        call_command("verify_inclusion", tmp_path / "proof.json", key=tmp_path / "key", stdout=io.StringIO())


def test_before_sealing_it_says_when_and_no_page_offers_it(real_world, request_on_record, tmp_path):
    entry, ada = list_entries(request_on_record.pk).first(), signed_in(real_world.ada.user)
    proof, page = address(request_on_record, entry), reverse("access:request", args=[request_on_record.pk])

    response = ada.get(proof)

    assert response.status_code == 409
    assert "not sealed yet" in response.content.decode()
    assert proof not in ada.get(page).text
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=FileSystemStorage(location=tmp_path))
    assert proof in ada.get(page).text


def test_another_customer_gets_nothing(real_world, request_on_record):
    entry = list_entries(request_on_record.pk).first()

    assert signed_in(real_world.ben.user).get(address(request_on_record, entry)).status_code == 404
    assert signed_in(real_world.ada.user).get(f"/requests/{request_on_record.pk}/proof/99/").status_code == 404


def test_a_huge_number_is_not_there(real_world, request_on_record):
    path = f"/requests/{request_on_record.pk}/proof/{'9' * 40}/"

    assert signed_in(real_world.ada.user).get(path).status_code == 404
