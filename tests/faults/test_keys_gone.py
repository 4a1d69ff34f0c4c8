"""The folder of the keys is out of reach: nothing opens, everybody is told so, and every no still counts."""

import dataclasses
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from consents.access.models import AccessRequest, Grant
from consents.choices.models import Choice
from consents.core import keys
from consents.core.keys import FolderKeys
from consents.disclosures.services import DamagedData
from tests.access.asking_form import form_of
from tests.waiting import PATIENCE
from tests.world.cast import answer, ask


@pytest.fixture
def no_keys(real_world, tmp_path, monkeypatch):
    """As in a process that was started with another key than the customers' keys are wrapped with."""
    other = FolderKeys(tmp_path)
    other["9"] = b"k" * 32

    def take_away() -> None:
        monkeypatch.setattr(
            settings,
            "KEYRING",
            dataclasses.replace(keys.load_keyring(settings.PORTAL_KEYS), wrapping=other, current="9"),
        )

    return take_away


def browser(user) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def test_nothing_opens_and_every_no_counts(real_world, no_keys):
    running = answer(real_world, ask(real_world, "orders"))
    refused = ask(real_world, "contact", member=real_world.kim)
    ada, sam = browser(real_world.ada.user), browser(real_world.sam.user)
    no_keys()

    look = sam.post(f"/admin/open/{running.pk}/", {"grant": str(running.grants.get().pk)})
    assert look.status_code == DamagedData.status and "Blue lamp" not in look.text
    assert ada.get("/").status_code == 200

    assert ada.post(reverse("access:stop", args=[running.pk])).status_code == 302
    form = form_of(ada, refused) | {"decision": "none"}
    assert ada.post(reverse("access:answer", args=[refused.pk]), form).status_code == 302
    assert ada.post(reverse("choices:withdraw", args=[real_world.purpose.code])).status_code == 302

    assert not Grant.objects.filter(ended_at=None).exists()
    assert AccessRequest.objects.get(pk=refused.pk).state == "denied"
    assert Choice.objects.get().status == "ConsentRefused"


def test_a_no_with_a_message_is_not_lost_in_silence(real_world, no_keys):
    """The message would be sealed: without the key the person is told, and a no without words works."""
    request, ada = ask(real_world), browser(real_world.ada.user)
    form = form_of(ada, request) | {"decision": "none"}
    no_keys()

    assert ada.post(reverse("access:answer", args=[request.pk]), form | {"message": "Why?"}).status_code == 503
    assert ada.post(reverse("access:answer", args=[request.pk]), form).status_code == 302


def test_no_program_starts_without_the_keys(tmp_path):
    given = {name: os.environ[name] for name in ("PATH", "PYTHONPYCACHEPREFIX") if name in os.environ}
    own = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/x", "PORTAL_KEYS": str(tmp_path / "nowhere")}

    told = subprocess.run(
        [sys.executable, "manage.py", "worker"],
        cwd=settings.BASE_DIR,
        env=given | own,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )

    assert told.returncode == 1 and "make_keys" in told.stderr and told.stderr.count("\n") <= 2
