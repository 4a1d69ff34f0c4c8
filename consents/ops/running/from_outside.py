"""Try the proxy from outside, as a browser meets it: HTTPS, no endless redirect, headers that it must set."""

import http.client
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

WAIT_SECONDS = 10
PAGE = "/accounts/login/"
HEADERS = ("Strict-Transport-Security", "Content-Security-Policy", "X-Content-Type-Options")


def try_proxy(address: str) -> Iterator[tuple[bool, str]]:
    """Yield (is in order, sentence) of what the portal's public address answers. Raises OSError, HTTPException."""
    alive = request_page(address, "/healthz")
    yield alive.status == 200, f"/healthz answers {alive.status}."
    ready = request_page(address, "/readyz")
    yield ready.status == 200, f"/readyz answers {ready.status}."
    page = request_page(address, PAGE)
    location = page.getheader("Location", "")
    if page.status in (301, 302, 307, 308) and urlsplit(location).path == PAGE:
        yield (
            False,
            (
                "A page leads to itself for ever: the proxy sets no X-Forwarded-Proto, or PORTAL_PROXIES does not name "
                "it."
            ),
        )
    else:
        yield page.status == 200, f"The page to sign in answers {page.status}."
    for name in HEADERS:
        is_set = bool(page.getheader(name))
        yield is_set, f"{name} {'is set' if is_set else 'is missing: the proxy takes it away'}."


def request_page(address: str, path: str) -> http.client.HTTPResponse:
    parts = urlsplit(address)
    speaking: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        speaking = http.client.HTTPSConnection(parts.netloc, timeout=WAIT_SECONDS, context=context)
    else:
        speaking = http.client.HTTPConnection(parts.netloc, timeout=WAIT_SECONDS)
    try:
        speaking.request("GET", path, headers={"Accept": "text/html"})
        response = speaking.getresponse()
        response.read()
        return response
    finally:
        speaking.close()
