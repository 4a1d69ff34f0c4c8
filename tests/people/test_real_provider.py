"""Single sign-on against a whole OpenID provider that is not ours: canaille, in a thread of this process."""

from uuid import uuid4

import pytest
import requests
from django.test import Client

from consents.company_sign_in import StaffPlace
from consents.people.models import StaffMember
from tests.world.providers import make_sign_in

pytestmark = pytest.mark.slow
CALLBACK = "http://testserver/accounts/oidc/staff/login/callback/"


@pytest.fixture
def provider(iam_server, settings):
    """The provider knows the portal, and Rita in her group; its session is hers."""
    user = iam_server.random_user(
        user_name=f"rita-{uuid4().hex[:8]}", given_name="Rita", family_name="Real", emails=["rita@example.com"]
    )
    iam_server.random_group(display_name="shop-support", members=[user])
    secret = uuid4().hex
    client = iam_server.models.Client(
        client_id=uuid4().hex,
        client_secret=secret,
        client_name="Portal",
        client_uri="http://testserver",
        redirect_uris=[CALLBACK],
        grant_types=["authorization_code"],
        response_types=["code"],
        token_endpoint_auth_method="client_secret_basic",
        scope=["openid", "profile", "email", "groups"],
    )
    iam_server.backend.save(client)
    client.audience = [client]
    iam_server.backend.save(client)
    iam_server.consent(user, client)
    iam_server.login(user)
    issuer = requests.get(f"{iam_server.url}.well-known/openid-configuration", timeout=5).json()["issuer"]
    scopes = ("openid", "profile", "email", "groups")
    sign_in = make_sign_in(issuer=issuer, client=client.client_id, secret=secret, scopes=scopes, verified="")
    settings.PORTAL_SIGN_INS = {"staff": sign_in}
    settings.PORTAL_STAFF_GROUPS = {"shop-support": StaffPlace("requester", "Billing Support")}
    yield iam_server
    iam_server.logout()


def go(client: Client):
    """Go to the provider and come back with what it says."""
    there = client.get("/accounts/oidc/staff/login/")
    back = requests.get(there.url, allow_redirects=False, timeout=5)
    assert back.status_code in (302, 303), back.text[:500]
    return client.get(back.headers["Location"].removeprefix("http://testserver"))


def test_a_member_of_the_group_comes_in(db, provider):
    client = Client()
    response = go(client)

    assert response.status_code == 302, response.content.decode()
    assert client.get("/admin/").status_code == 200
    assert StaffMember.objects.get().team == "Billing Support"
