"""Single sign-on against whole OpenID providers that are not ours: canaille, and oidc-provider where npm has put it.

The second needs Node.js and a folder, named by OIDC_PROVIDER, in which `npm install oidc-provider` was run.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_iam
import requests
from django.test import Client

from consents.accounts.company_sign_in import CompanySignIn, StaffPlace
from consents.people.models import StaffMember
from tests.waiting import PATIENCE
from tests.world.systems import make_sign_in

# Fixtures of a plugin that only this file loads.
iam_configuration, iam_server_port = pytest_iam.iam_configuration, pytest_iam.iam_server_port
iam_server = pytest_iam.iam_server
HOST = "http://testserver"
CALLBACK = f"{HOST}/accounts/oidc/staff/login/callback/"
SCOPES = ("openid", "profile", "email", "groups")
SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
INSTALLED = os.environ.get("OIDC_PROVIDER", "")


@pytest.fixture
def canaille(iam_server) -> Iterator[CompanySignIn]:
    """canaille, which knows the portal, and Rita in her group. It signs with RS512 and confirms no address."""
    user = iam_server.random_user(
        user_name=f"rita-{uuid4().hex[:8]}", given_name="Rita", family_name="Real", emails=["rita@example.com"]
    )
    iam_server.random_group(display_name="shop-support", members=[user])
    client = iam_server.models.Client(
        client_id=uuid4().hex,
        client_secret=uuid4().hex,
        client_name="Portal",
        client_uri=HOST,
        redirect_uris=[CALLBACK],
        grant_types=["authorization_code"],
        response_types=["code"],
        token_endpoint_auth_method="client_secret_basic",
        scope=list(SCOPES),
    )
    iam_server.backend.save(client)
    client.audience = [client]
    iam_server.backend.save(client)
    iam_server.consent(user, client)
    iam_server.login(user)
    yield make_sign_in(
        issuer=iam_server.url.rstrip("/"),
        client=client.client_id,
        secret=client.client_secret,
        scopes=SCOPES,
        verified="",
    )
    iam_server.logout()


@pytest.fixture
def oidc_provider() -> Iterator[CompanySignIn]:
    """oidc-provider: it says `iss` with the code, keeps claims for userinfo, and proves a factor."""
    if not INSTALLED or not shutil.which("node"):
        pytest.skip("OIDC_PROVIDER names no folder with npm's oidc-provider, or there is no node")
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(["node", SCRIPT, str(port), CALLBACK], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield make_sign_in(
                issuer=f"http://localhost:{port}",
                secret="a secret of the tests",
                scopes=SCOPES,
                factors=frozenset({"hwk"}),
            )
        finally:
            process.kill()


@pytest.fixture(params=["canaille", "oidc_provider"])
def sign_in(request, settings) -> CompanySignIn:
    found = request.getfixturevalue(request.param)
    settings.PORTAL_SIGN_INS = {"staff": found}
    settings.PORTAL_STAFF_GROUPS = {"shop-support": StaffPlace("requester", "Billing Support")}
    return found


def go(client: Client, browser: requests.Session):
    """Go to the provider, wherever it leads, and come back with what it says."""
    place = client.get("/accounts/oidc/staff/login/").url
    while not place.startswith(HOST):
        answer = browser.get(place, allow_redirects=False, timeout=PATIENCE)
        assert answer.is_redirect, answer.text[:500]
        place = requests.compat.urljoin(place, answer.headers["Location"])
    return client.get(place.removeprefix(HOST))


def test_a_member_of_the_group_comes_in(db, sign_in):
    client, browser = Client(), requests.Session()

    assert go(client, browser).url == "/admin/"
    assert client.get("/admin/").status_code == 200
    assert StaffMember.objects.get().team == "Billing Support"
    if sign_in.factors:  # whoever is in proves anew there, by that factor
        assert go(client, browser).url == "/admin/"
        proofs = [use for use in client.session["account_authentication_methods"] if use.get("reauthenticated")]
        assert [use["method"] for use in proofs] == ["company_sign_in", "company_factor"]
