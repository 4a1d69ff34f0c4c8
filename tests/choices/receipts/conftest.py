"""One standing purpose, its customer, and what they take away."""

import json
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.urls import reverse

from consents.catalogue.models import Party, Recipient, Usage
from consents.catalogue.services import categories
from consents.choices.receipts import claims, issuing
from consents.choices.services import answering, withdrawing
from consents.core import signing
from consents.ledger.rules import PORTAL
from tests.world.cast import make_purpose, signed_in
from tests.world.scene_fixtures import scene


@scene
def offers(world):
    printer = Recipient(
        code="printer", name="Printers", kind=Party.PROCESSOR, address="2 Quay St", contact="hi@p.example", country="IE"
    )
    categories.save_recipient(recipient=printer, by=PORTAL)
    facts = {"dpv_purpose": "dpv:DirectMarketing", "storage": ["IE", "DE"], "retention_months": 24}
    contact = world.categories["contact"]
    return make_purpose("offers", "Send you offers", [contact], world.pia.user, Usage.STANDING, [printer], **facts)


@pytest.fixture
def ada(world):
    return signed_in(world.ada.user)


@pytest.fixture
def says(world, offers):
    """Ada's acts, as her pages call them."""

    def terms(**more):
        return {"customer": world.ada.customer.id, "purpose": "offers", "by": world.ada.actor} | more

    return SimpleNamespace(
        yes=lambda version=offers: answering.give_consent(**terms(version=version.pk)),
        no=lambda: withdrawing.withdraw_consent(**terms()),
    )


@pytest.fixture
def newest(world):
    """The entry of Ada's newest receipt."""
    return lambda: issuing.select_receipts(world.ada.customer.id).first()


@pytest.fixture
def take(ada, newest):
    """The newest receipt as she downloads it, or that of an entry: the signed text, or (`as_jsonld`) the object."""

    def download(entry=None, as_jsonld=False):
        kind = "jsonld" if as_jsonld else "jws"
        response = ada.get(reverse(f"receipts:{kind}", args=[(entry or newest()).sequence]))
        assert response.status_code == 200
        return json.loads(response.content) if as_jsonld else response.content.decode()

    return download


@pytest.fixture
def keys():
    return lambda: signing.load_key_set(settings.PORTAL_KEYS, claims.KIND_OF_KEY)
