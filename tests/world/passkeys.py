"""A device that makes passkeys and answers with them, as a browser does: keys on P-256, no attestation."""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from secrets import token_bytes

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2 import cbor
from fido2.cose import ES256

from consents.people.models import User

ORIGIN, RELYING_PARTY = "http://localhost:8000", "localhost"
PRESENT, VERIFIED, WITH_CREDENTIAL = 1, 4, 64


def encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Device:
    """One passkey on one device. `is_verified`: it asked for a finger, a face or the PIN."""

    def __init__(self, *, is_verified: bool = True) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id, self.user_handle = token_bytes(16), b""
        self.flags = PRESENT | (VERIFIED if is_verified else 0)

    def create(self, options: dict) -> str:
        public = options["publicKey"]
        self.user_handle = decode(public["user"]["id"])
        key = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        known = bytes(16) + len(self.id).to_bytes(2) + self.id + key
        data = self.state(self.flags | WITH_CREDENTIAL) + known
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        answer = {"clientDataJSON": self.client_data("webauthn.create", public), "attestationObject": encode(attested)}
        return self.envelope(answer, {"credProps": {"rk": True}})

    def get(self, options: dict) -> str:
        client_data, state = self.client_data("webauthn.get", options["publicKey"]), self.state(self.flags)
        signed = state + hashlib.sha256(decode(client_data)).digest()
        answer = {
            "clientDataJSON": client_data,
            "authenticatorData": encode(state),
            "signature": encode(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            "userHandle": encode(self.user_handle),
        }
        return self.envelope(answer, {})

    def state(self, flags: int) -> bytes:
        return hashlib.sha256(RELYING_PARTY.encode()).digest() + bytes([flags]) + bytes(4)

    def client_data(self, kind: str, public: dict) -> str:
        return encode(json.dumps({"type": kind, "challenge": public["challenge"], "origin": ORIGIN}).encode())

    def envelope(self, response: dict, extensions: dict) -> str:
        id = encode(self.id)
        whole = {"id": id, "rawId": id, "type": "public-key", "response": response}
        return json.dumps(whole | {"clientExtensionResults": extensions})


def options_in(page: str) -> dict:
    """What the page hands to the browser."""
    return json.loads(page.split('<script id="passkey-options" type="application/json">')[1].split("</script>")[0])


def add_passkey(client: Client, device: Device):
    page = client.get("/accounts/2fa/webauthn/add/")
    answer = device.create(options_in(page.text)["creation_options"])
    return client.post("/accounts/2fa/webauthn/add/", {"name": "My phone", "credential": answer})


def sign_in_by_passkey(device: Device) -> Client:
    client = Client()
    options = client.get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"}).json()
    client.post("/accounts/2fa/webauthn/login/", {"credential": device.get(options["request_options"])})
    return client


def is_signed_in_as(client: Client, user: User) -> bool:
    return client.session.get("_auth_user_id") == str(user.pk)
