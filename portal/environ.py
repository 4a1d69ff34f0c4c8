"""Find out from where a request came."""

import ipaddress
import logging
from functools import lru_cache
from typing import Any

from django.conf import settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# A proxy's word about its client. Django never sees these: the address and scheme that follow from them are set here.
FORWARDED = {
    f"HTTP_{name}"
    for name in (
        "FORWARDED",
        "X_FORWARDED_FOR",
        "X_FORWARDED_PROTO",
        "X_FORWARDED_HOST",
        "X_FORWARDED_PORT",
        "X_REAL_IP",
    )
}
SAYS_HTTPS = "portal.says_https"
log = logging.getLogger(__name__)


def find_client(environ: dict[str, Any]) -> None:
    """Set the client's address and scheme: the peer's own, or what trusted proxies (PORTAL_PROXIES) say of it.

    Each proxy appends whom it talked to, so the right-most address that is not a trusted proxy's is the client's; what
    stands further left the client made up.
    """
    said = {name: split_values(environ.pop(name, "")) for name in FORWARDED}
    environ[SAYS_HTTPS] = said["HTTP_X_FORWARDED_PROTO"][-1:] == ["https"]
    if not is_trusted_proxy(environ["REMOTE_ADDR"]):
        return
    if environ[SAYS_HTTPS]:
        environ["wsgi.url_scheme"] = "https"
    for address in reversed(said["HTTP_X_FORWARDED_FOR"]):
        if not is_address(address):
            return
        if not is_trusted_proxy(address):
            environ["REMOTE_ADDR"] = address
            return


def split_values(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_unnamed_proxy(environ: dict[str, Any]) -> bool:
    """Return True, and say so once, where somebody whose word does not count says that the client spoke HTTPS.

    Sent on to HTTPS it would come back the same way, for ever.
    """
    is_plain = settings.SECURE_SSL_REDIRECT and environ["wsgi.url_scheme"] != "https"
    if not is_plain or not environ[SAYS_HTTPS] or environ["PATH_INFO"] in ("/healthz", "/readyz"):
        return False
    warn_of_unnamed_proxy(environ["REMOTE_ADDR"])
    return True


@lru_cache(maxsize=64)
def warn_of_unnamed_proxy(address: str) -> None:
    is_private = is_address(address) and ipaddress.ip_address(address).is_private
    log.warning(
        "%s says that a client spoke HTTPS, and PORTAL_PROXIES does not name it. If it is your proxy, name it there; "
        "until then its requests are refused.",
        address if is_private else "An address outside your networks",
    )


@lru_cache(maxsize=1024)
def is_trusted_proxy(address: str) -> bool:
    networks: list[Network] = settings.PORTAL_PROXIES
    return is_address(address) and any(ipaddress.ip_address(address) in network for network in networks)
