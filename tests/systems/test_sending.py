"""The request itself: to a checked address alone, over TLS, without following, in bounded time."""

import base64
import hmac
import json
import re
import socket
import ssl
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.management import CommandError, call_command

from consents.systems import sending
from consents.systems.rules import Reply, System, may_call_address
from consents.systems.sending import NoSecret, make_secret, post_webhook, read_retry_after, read_secrets, sign_webhook
from tests.world.systems import agree, is_signed_with, make_system

NOW = datetime(2027, 3, 5, 8, 0, tzinfo=UTC)
HOST = "receiver.example"
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> str:
    """Of the receiver's name, signed by itself: its path, with the key in the same file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "receiver.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return str(path)


class Listening:
    """A server that takes one request after the other, and answers each with what it is given."""

    def __init__(self, certificate: str) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.requests: list[bytes] = []
        self.answer: Callable[[socket.socket], None] = lambda speaking: speaking.sendall(b"HTTP/1.1 204 \r\n\r\n")
        self.ended = threading.Event()
        self.running = threading.Thread(target=self.serve, daemon=True)
        self.running.start()

    def serve(self) -> None:
        while True:
            try:
                accepted, _address = self.listening.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(accepted, server_side=True) as speaking:
                    self.requests.append(speaking.recv(65536))
                    while b"\r\n\r\n{" not in self.requests[-1]:
                        self.requests[-1] += speaking.recv(65536)
                    self.answer(speaking)
            except OSError:
                accepted.close()

    def end(self) -> None:
        self.ended.set()
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.running.join(2)


@pytest.fixture
def listening(certificate, monkeypatch) -> Iterator[Listening]:
    server = Listening(certificate)
    context = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(sending, "get_tls_context", lambda: context)
    look_up(monkeypatch, server.port)
    yield server
    server.end()


def look_up(monkeypatch, port: int, *addresses: str) -> list[str]:
    """Let every name lead to these addresses; return the names that were looked up."""
    asked = []

    def find(host: str, _port: int, **_: object) -> list[tuple]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses or ["127.0.0.1"]]

    monkeypatch.setattr(sending.socket, "getaddrinfo", find)
    return asked


def send(address: str = f"https://{HOST}/hooks?of=crm", networks=LOOPBACK) -> Reply:
    system: System = make_system("crm", "offers", address=address, networks=networks)
    return post_webhook(system, b'{"a":1}', {"webhook-id": "msg_1"}, NOW)


def test_the_exact_bytes_are_posted_to_the_path(listening):
    assert send() == Reply(204)

    [request] = listening.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hooks?of=crm HTTP/1.1\r\n") and body == b'{"a":1}'
    assert b"\r\nHost: receiver.example\r\n" in head and b"\r\nwebhook-id: msg_1" in head
    assert b"\r\nContent-Type: application/json" in head


def test_the_certificate_must_be_of_the_name(listening):
    assert send(f"https://other.example:{listening.port}/") == Reply(error="SSLCertVerificationError")
    assert listening.requests == []


ANSWERS = {
    "a redirect is not followed": (b"HTTP/1.1 302 \r\nLocation: https://receiver.example/else\r\n\r\n", Reply(302)),
    "it asks for time": (b"HTTP/1.1 503 \r\nRetry-After: 60\r\n\r\n", Reply(503, retry_after=timedelta(minutes=1))),
    "garbage": (b"\0\xff not at all\r\n\r\n", Reply(error="BadStatusLine")),
    "a line without end": (b"HTTP/1.1 200 " + b"x" * 200_000, Reply(error="LineTooLong")),
    "headers without end": (b"HTTP/1.1 200 \r\n" + b"a: b\r\n" * 200, Reply(error="HTTPException")),
    "nothing": (b"", Reply(error="RemoteDisconnected")),
    "a body without end is not read": (b"HTTP/1.1 200 \r\nContent-Length: 9999999\r\n\r\n" + b"x" * 99_999, Reply(200)),
}


def test_whatever_it_answers_ends_in_a_word(listening, subtests):
    for name, (answer, expected) in ANSWERS.items():
        listening.answer = lambda speaking, answer=answer: speaking.sendall(answer)
        with subtests.test(name=name):
            assert send() == expected
    assert len(listening.requests) == len(ANSWERS)


def test_one_that_hangs_or_drips_is_cut(listening, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.1)

    def drip(speaking: socket.socket) -> None:
        while not listening.ended.wait(0.02):
            speaking.sendall(b"x")

    for answer in (lambda speaking: listening.ended.wait(0.4), drip):
        listening.answer = answer
        assert send() == Reply(error="TimeoutError")


def test_a_handshake_that_hangs_is_cut(monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        look_up(monkeypatch, silent.getsockname()[1])
        assert send() == Reply(error="TimeoutError")


def test_a_slow_look_up_takes_from_the_same_time(listening, monkeypatch):
    monkeypatch.setattr(sending, "SECONDS", 0.1)
    find = sending.socket.getaddrinfo
    monkeypatch.setattr(sending.socket, "getaddrinfo", lambda *of, **kind: time.sleep(0.15) or find(*of, **kind))

    assert send() == Reply(error="TimeoutError") and listening.requests == []


def test_a_name_is_looked_up_once_and_refused_for_any_address_that_is_not_allowed(listening, monkeypatch):
    asked = look_up(monkeypatch, listening.port)
    assert send() == Reply(204) and asked == [HOST]

    assert send(networks=()) == Reply(error="AddressRefused")
    look_up(monkeypatch, listening.port, "127.0.0.1", "10.0.0.1")
    assert send() == Reply(error="AddressRefused")
    assert len(listening.requests) == 1


REFUSED = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.0.8",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:1::1",
    "2001:db8::1",
    "192.0.2.1",
    "fec0::1",
    "::7f00:1",
    "::ffff:0:7f00:1",
    "5f00::1",
    "3fff::1",
]
ALLOWED = ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8"]


def test_only_addresses_of_the_internet_may_be_called(subtests):
    for address in REFUSED + ALLOWED:
        with subtests.test(address=address):
            assert may_call_address(address, ()) is (address in ALLOWED)


def test_a_network_that_the_settings_name_may_be_called_and_no_other():
    ours = (ip_network("10.20.0.0/16"), ip_network("fd12::/16"))

    assert (
        may_call_address("10.20.9.9", ours) and may_call_address("fd12::1", ours) and may_call_address("8.8.8.8", ours)
    )
    assert may_call_address("::ffff:10.20.0.1", ours) and not may_call_address("10.21.0.1", ours)
    assert not may_call_address("127.0.0.1", ours) and not ip_address("10.21.0.1").is_global


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(minutes=2)),
        ("Fri, 05 Mar 2027 09:00:00 GMT", timedelta(hours=1)),
        ("Fri, 05 Mar 2027 07:00:00 GMT", timedelta(0)),
        ("9" * 99, timedelta(seconds=999_999_999)),
        (f"Fri, 05 Mar {'9' * 20} 09:00:00 GMT", None),
        ("Fri, 05 Mar 2027 09:00:00 +99999999999999", None),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("²", None),
    ],
)
def test_a_time_to_wait_is_seconds_or_a_date(header, wait):
    assert read_retry_after(header, NOW) == wait


# Signatures as Standard Webhooks 1.0.0 has them, and the secrets they are made with.

# Of the specification's own libraries.
KEY, ID, TIME, BODY = (
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "msg_p5jXN8AQM9LWM0D4loKWxJek",
    1614265330,
    b'{"test": 2432232314}',
)
README = Path(__file__).parents[2] / "portal/deploy/README.md"
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_known_signature_comes_out():
    assert sign_webhook([base64.b64decode(KEY)], ID, TIME, BODY) == SIGNATURE


def test_the_lines_for_receivers_in_the_readme_check_it():
    [lines] = re.findall(r"^    signed = .*\n    code = .*\n    is_ours = .*\n", README.read_text(), re.MULTILINE)
    for body, is_ours in ((BODY, True), (BODY + b" ", False)):
        headers = {"webhook-id": ID, "webhook-timestamp": str(TIME), "webhook-signature": f"v1,AAAA {SIGNATURE}"}
        names = {"base64": base64, "hmac": hmac, "headers": headers, "secret": f"whsec_{KEY}", "body": body}
        exec(textwrap.dedent(lines), names)
        assert names["is_ours"] is is_ours


def test_two_secrets_sign_until_the_older_is_dropped(tmp_path):
    first, second = make_secret(tmp_path, "crm"), make_secret(tmp_path, "crm")
    make_secret(tmp_path, "crm-2")

    assert [f"whsec_{base64.b64encode(secret).decode()}" for secret in read_secrets(tmp_path, "crm")] == [second, first]
    assert sending.drop_older_secrets(tmp_path, "crm") == 1
    assert len(read_secrets(tmp_path, "crm")) == len(read_secrets(tmp_path, "crm-2")) == 1
    third = make_secret(tmp_path, "crm")
    assert third not in (first, second) and len(read_secrets(tmp_path, "crm")) == 2
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize("written", ["", "whsec_", "whsec_AAAA", "whsec_%%%", f"whsk_{KEY}{KEY}", KEY])
def test_what_is_no_secret_signs_nothing(tmp_path, written):
    with pytest.raises(NoSecret):
        read_secrets(tmp_path, "crm")
    (tmp_path / "webhook-crm-1").write_text(written)
    with pytest.raises(NoSecret):
        read_secrets(tmp_path, "crm")


@pytest.mark.usefixtures("with_offers")
def test_a_receiver_can_check_what_came_with_either_secret(world, receivers):
    [path] = receivers.folder.glob("webhook-newsletter-1")
    older, out = path.read_text(), StringIO()
    call_command("make_webhook_secret", "newsletter", stdout=out)
    agree(world.ada, world.offers)
    receivers.deliver()

    [told] = receivers.tries
    newer = out.getvalue().split()[-1]
    assert is_signed_with(older, told) and is_signed_with(newer, told)
    assert not is_signed_with("whsec_" + base64.b64encode(b"x" * 32).decode(), told)
    told.body = told.body.replace(b"given", b"taken")
    assert not is_signed_with(newer, told)
    call_command("make_webhook_secret", "newsletter", "--drop", stdout=out)
    assert not path.exists() and json.loads(told.body)


def test_no_secret_is_made_for_a_system_that_is_not_there(receivers):
    with pytest.raises(CommandError, match="no system crm"):
        call_command("make_webhook_secret", "crm")
    assert not [*receivers.folder.glob("webhook-crm-*")]
