"""Every page of the resolver, as each kind of person: axe finds nothing (WCAG 2.2 AA), nothing overflows, the policy
is silent; wide and narrow, light and dark, and in the longest words of any language."""

import re

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.utils.translation import trans_real
from playwright.sync_api import Browser

from consents.people.services import customer_records
from tests.journeys.judging import AXE, NARROW, TABLET, Judged, faults_of, faults_of_shown, overflows
from tests.journeys.launching import BROWSERS, UNPAINTED
from tests.pseudo import Longest
from tests.world.cast import signed_in
from tests.world.lived_in import read_pages

# What stood between the heads and feet of pages that were found good, whoever read them.
SEEN: set[str] = set()


@pytest.fixture
def browser() -> Browser:
    return BROWSERS.open(UNPAINTED)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("who", ["stranger", "ada", "sam", "pia", "otto"])
def test_every_page_is_accessible_and_keeps_the_policy(lived_in, visit, monkeypatch, who):
    one = visit()
    one.context.add_init_script(AXE)
    sign_in(one, lived_in, who)
    client = Client() if who == "stranger" else signed_in(getattr(lived_in, who).user)
    pages = dict(read_pages(lived_in, who, client))
    paths = choose_unlike(pages, who)
    assert len(paths) >= 5
    seen = {middle_of(page, who) for page in pages.values()}
    with monkeypatch.context() as patched:
        if who != "ada":  # Her pages ask which zone she is in until one has told; so they are asked for anew.
            show_again(patched, pages)
        faults = [fault for path in paths for fault in faults_of(one, path)]
    if who in ("stranger", "ada"):
        monkeypatch.setitem(trans_real._translations, "de", Longest())
        speak_german(one, lived_in, who)
        faults += [f"{path} overflows in long words" for path in paths if is_too_wide(one, path)]
    assert not faults, "\n".join(faults)
    SEEN.update(seen)


def choose_unlike(pages: dict[str, HttpResponse], who: str) -> list[str]:
    """One path of those that show the same, and none of what was seen: an officer reads most pages word for word as
    another does. What is around it, menu and foot, is their own; it is judged with what only they read."""
    first: dict[str, str] = {}
    for path, page in pages.items():
        first.setdefault(middle_of(page, who), path)
    return [path for middle, path in first.items() if middle not in SEEN]


def middle_of(page: HttpResponse, who: str) -> str:
    """Style sheets, scripts and words, but for who reads them and what is new in every answer."""
    head, main = (re.search(rf"<{part}[ >].*</{part}>", page.text, re.DOTALL) for part in ("head", "main"))
    middle = f"{head[0]}{main[0]}" if head and main else page.text
    return re.sub(
        rf'{who}|nonce="[^"]*"|name="(csrfmiddlewaretoken|token)" value="[^"]*"', "", middle, flags=re.IGNORECASE
    )


def show_again(patched: pytest.MonkeyPatch, pages: dict[str, HttpResponse]) -> None:
    """What the portal has answered them already, the browser is sent as it was; all that the page asks for, anew."""
    ask = WSGIHandler.get_response

    def answer(handler: WSGIHandler, request: HttpRequest) -> HttpResponse:
        page = pages.get(request.get_full_path()) if request.method == "GET" else None
        return page or ask(handler, request)

    patched.setattr(WSGIHandler, "get_response", answer)


def sign_in(one, world, who: str) -> None:
    if who != "stranger":
        session = signed_in(getattr(world, who).user).cookies["portal"].value
        one.context.add_cookies([{"name": "portal", "value": session, "url": one.base}])


def speak_german(one, world, who: str) -> None:
    one.context.add_cookies([{"name": "language", "value": "de", "url": one.base}])
    if who == "ada":
        customer_records.choose_language(customer=world.ada.customer.pk, language="de", by=world.ada.actor)


def is_too_wide(one, path: str) -> bool:
    if path.startswith("/admin/"):
        return False
    one.go(path)
    assert one.page.evaluate("document.documentElement.lang") == "de"
    return overflows(one.page, NARROW) or overflows(one.page, TABLET)


# What is done to a page that was found good, and what the judge then says of it.
HEADING = "const heading = document.querySelector('h1')"
CUSTOMERS, STAFF = "/receipts/verify/", "/admin/people/customer/"
DONE = {
    "pale": (CUSTOMERS, f"{HEADING}; heading.style.color = '#b0b0b0'", "color-contrast <h1"),
    "over a box": (
        CUSTOMERS,
        f"{HEADING}; heading.style.cssText = 'position: absolute; inset: 0 auto auto 0; z-index: 9';"
        "heading.nextElementSibling.style.cssText = 'position: absolute; inset: 0 auto auto 0; min-height: 9rem;"
        "background: #505050'",
        "color-contrast <h1",
    ),
    "pale in the dark": (
        CUSTOMERS,
        "const sheet = [...document.styleSheets].at(-1);"
        "const rule = '@media (prefers-color-scheme: dark) { h1 { color: #333 !important } }';"
        "sheet.insertRule(rule, sheet.cssRules.length)",
        "1280 dark: color-contrast <h1",
    ),
    "pale in the light of staff": (
        STAFF,
        f"{HEADING}; heading.style.color = '#b0b0b0'",
        "1280 light: color-contrast <h1",
    ),
    "pale under a veil": (
        STAFF,
        f"{HEADING}; heading.style.cssText = 'background: rgb(0 0 0 / 0.4); color: #15191e'",
        "color-contrast <h1",
    ),
    "pale in the menu": (
        STAFF,
        "document.querySelector('.staff-menu li a').style.setProperty('color', '#3a5560', 'important')",
        "color-contrast <a",
    ),
    "without a label": (CUSTOMERS, "document.querySelector('main label').remove()", "label <"),
    "label of another": (CUSTOMERS, "document.querySelector('main label').htmlFor = 'nothing'", "label <"),
    "without a name": (CUSTOMERS, "document.querySelector('main form button').textContent = ''", "button-name <button"),
    "a link without words": (STAFF, "document.querySelector('.staff-menu li a').textContent = ''", "link-name <a"),
    "an item in boxes of no list": (
        STAFF,
        "const box = document.createElement('div'); box.innerHTML = '<div><div><li>One</li></div></div>';"
        "document.querySelector('main').append(box)",
        "listitem <li",
    ),
    "a picture without words": (
        CUSTOMERS,
        f"{HEADING}; heading.append(document.createElement('img'))",
        "image-alt <img",
    ),
    "a field in a button": (
        CUSTOMERS,
        "document.querySelector('main form button').append(document.createElement('select'))",
        "nested-interactive <button",
    ),
    "without a title": (CUSTOMERS, "document.title = ''", "document-title <html"),
    "without a language": (CUSTOMERS, "document.documentElement.lang = ''", "html-has-lang <html"),
    "an item of no list": (
        STAFF,
        "document.querySelector('main').append(document.createElement('li'))",
        "listitem <li",
    ),
    "too small": (
        CUSTOMERS,
        "const button = document.querySelector('main form button'); button.style.cssText = 'all: unset;"
        "display: inline-block; width: 9px; height: 9px; overflow: hidden'; button.after(button.cloneNode())",
        "target-size <button",
    ),
    "too wide on a phone": (CUSTOMERS, f"{HEADING}; heading.style.minWidth = '400px'", "320 dark: overflows"),
}


def test_the_judge_sees_what_stands_otherwise(world, visit):
    """What stands as others did is not judged again; whatever is changed is."""
    one, judged = visit(), Judged()
    sign_in(one, world, "pia")
    assert [fault for path in (CUSTOMERS, STAFF) for fault in faults_of(one, path, judged)] == []
    for name, (path, change, fault) in DONE.items():
        assert faults_of(one, path, judged) == [], name
        one.page.evaluate(change)
        faults = faults_of_shown(one.page, judged)
        assert any(fault in seen for seen in faults), (name, faults)
