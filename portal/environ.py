"""Turn the head of an HTTP request into what Django reads (PEP 3333), and find out from where it came."""

import ipaddress
import sys
from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from typing import Any

from django.conf import settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# A proxy's word about its client. Django never sees these: the address and scheme that follow from them are set here.
FORWARDED = {"forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-real-ip"}
UNPREFIXED = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


def build_environ(scope: Any, body: bytes, client: str, scheme: str) -> dict[str, Any]:
    host, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": client,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    add_headers(environ, scope.headers.items())
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority  # whatever a header says beside it (RFC 9112, 3.2.2)
    if body or "CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def add_headers(environ: dict[str, Any], headers: Iterable[tuple[str, str]]) -> None:
    """Add headers as CGI variables. Names with an underscore would pass for others, so they are left out."""
    for name, value in headers:
        if "_" in name or name in FORWARDED:
            continue
        variable = UNPREFIXED.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        between = "; " if name == "cookie" else ","
        environ[variable] = f"{environ[variable]}{between}{value}" if variable in environ else value


def find_client(scope: Any) -> tuple[str, str]:
    """Return the client's address and scheme: the peer's own, or what trusted proxies (PORTAL_PROXIES) say of it.

    Each proxy appends whom it talked to, so the right-most address that is not a trusted proxy's is the client's; what
    stands further left the client made up.
    """
    peer = scope.client.rpartition(":")[0].strip("[]")
    if not is_trusted_proxy(peer):
        return peer, scope.scheme
    schemes = list_values(scope, "x-forwarded-proto")
    scheme = "https" if schemes[-1:] == ["https"] else scope.scheme
    for address in reversed(list_values(scope, "x-forwarded-for")):
        if not is_address(address):
            break
        if not is_trusted_proxy(address):
            return address, scheme
    return peer, scheme


def list_values(scope: Any, name: str) -> list[str]:
    values = [value for header, value in scope.headers.items() if header == name]
    return [part.strip() for value in values for part in value.split(",")]


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_unnamed_proxy(scope: Any, scheme: str) -> bool:
    """Return True where somebody whose word does not count says that the client spoke HTTPS.

    Sent on to HTTPS it would come back the same way, for ever.
    """
    says_https = list_values(scope, "x-forwarded-proto")[-1:] == ["https"]
    return settings.SECURE_SSL_REDIRECT and scheme != "https" and says_https and scope.path != "/readyz"


def is_private(address: str) -> bool:
    """Return True for an address of a network of one's own, which says nothing about a person."""
    return is_address(address) and ipaddress.ip_address(address).is_private


@lru_cache(maxsize=1024)
def is_trusted_proxy(address: str) -> bool:
    networks: list[Network] = settings.PORTAL_PROXIES
    return is_address(address) and any(ipaddress.ip_address(address) in network for network in networks)
