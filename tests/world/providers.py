"""A provider of the company for tests of what it may say: it signs whatever a test wants, inside this process."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

from django.test import Client
from joserfc import jws
from joserfc.jwk import ECKey

from consents.accounts import company_sign_in_pages
from consents.accounts.company_sign_in import CompanySignIn, StaffPlace

ISSUER = "https://id.example.com"
PLACES = {
    "privacy-office": StaffPlace("privacy_officer", "Privacy"),
    "shop-support": StaffPlace("requester", "Billing Support"),
}
RITA = {"sub": "rita-1", "email": "rita@example.com", "email_verified": True, "given_name": "Rita", "family_name": "R"}
KEY = ECKey.generate_key("P-256", parameters={"kid": "one", "use": "sig", "alg": "ES256"})
DESCRIPTION = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}


def make_sign_in(id: str = "staff", **values: Any) -> CompanySignIn:
    facts = {"issuer": ISSUER, "client": "portal", "secret": "s", "name": "Example Co", "scopes": ("openid", "email")}
    return CompanySignIn(id, **facts | values)


def begin(client: Client, id: str = "staff", **query: str) -> dict[str, str]:
    """Press the button; return what the provider is asked."""
    response = client.get(f"/accounts/oidc/{id}/login/", query)
    assert response.status_code == 302 and response.url.startswith(f"{ISSUER}/authorize"), response
    return dict(parse_qsl(urlsplit(response.url).query))


def come_back(client: Client, asked: dict[str, str], said: dict[str, Any], id: str = "staff", key: Any = KEY, **query):
    """Come back from the provider, which says this of the person; `None` leaves a claim out."""
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": "portal", "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
    claims = {name: value for name, value in (usual | said).items() if value is not None}
    token = jws.serialize_compact({"alg": "ES256", "kid": "one"}, json.dumps(claims), key)
    answer = {"access_token": "a", "id_token": token}
    back = {"code": "c", "state": asked["state"]} | query
    with mock.patch.object(company_sign_in_pages.CompanyAdapter, "get_access_token_data", return_value=answer):
        return client.get(f"/accounts/oidc/{id}/login/callback/", back)


@contextmanager
def answering(**addresses: Any) -> Iterator[None]:
    """Let the provider describe itself as usual, or as said: by address, an object or what is raised."""
    known = {
        f"{ISSUER}/.well-known/openid-configuration": DESCRIPTION,
        f"{ISSUER}/keys": {"keys": [KEY.as_dict(private=False)]},
    } | addresses

    def fetch(address: str, token: str = "") -> Any:
        found = known[address]
        if isinstance(found, Exception):
            raise found
        return found

    with mock.patch.object(company_sign_in_pages, "fetch_object", fetch):
        yield
