"""Every page of the resolver, as each kind of person: axe finds nothing (WCAG 2.2 AA), nothing overflows, the policy
is silent; wide and narrow, light and dark, and in the longest words of any language."""

import pytest
from django.utils.translation import trans_real

from consents.people.services import customer_records
from tests.journeys.judging import AXE, NARROW, Judged, faults_of, faults_of_skeleton, overflows
from tests.pseudo import Longest
from tests.world.cast import signed_in
from tests.world.lived_in import pages_of


@pytest.fixture(scope="module")
def judged() -> Judged:
    return Judged()


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("who", ["stranger", "ada", "sam", "pia", "otto"])
def test_every_page_is_accessible_and_keeps_the_policy(lived_in, visit, judged, monkeypatch, who):
    one = visit()
    one.context.add_init_script(AXE)
    sign_in(one, lived_in, who)
    paths = pages_of(lived_in, who)
    assert len(paths) >= 5
    faults = [fault for path in paths for fault in faults_of(one, path, judged)]
    if who in ("stranger", "ada"):
        monkeypatch.setitem(trans_real._translations, "de", Longest())
        speak_german(one, lived_in, who)
        faults += [f"{path} overflows in long words" for path in paths if is_too_wide(one, path)]
    assert not faults, "\n".join(faults)


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
    assert one.page.locator("html").get_attribute("lang") == "de"
    return overflows(one.page, NARROW)


def test_the_judge_sees_what_stands_otherwise(visit):
    """A text that stands as others did is not judged again: one in another colour is, and one that lies over a box."""
    one, judged = visit(), Judged()
    for style in (
        "",
        "heading.style.color = '#b0b0b0'",
        "heading.style.cssText = 'position: absolute; inset: 0 auto auto 0; z-index: 9';"
        "heading.nextElementSibling.style.cssText = 'position: absolute; inset: 0 auto auto 0; min-height: 9rem; "
        "background: #505050'",
    ):
        assert faults_of(one, "/help/", judged) == []
        one.page.evaluate(f"const heading = document.querySelector('h1'); {style}")
        faults = [fault for fault in faults_of_skeleton(one.page, judged.texts) if "<h1" in fault]
        assert bool(faults) == bool(style), faults
