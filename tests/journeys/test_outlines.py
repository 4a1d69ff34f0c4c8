"""Ten pages look as they did: what stands on them, in which order and where, whatever the fonts.

Kept is not a picture but its outline: the landmarks, headings, fields and buttons that can be seen, each with its edges
in hundredths of the page. A page that is changed on purpose is kept anew by

    pytest -n 0 tests/journeys/test_outlines.py --keep-outlines
"""

import json
from pathlib import Path

import pytest
from django.urls import reverse

from tests.world.cast import signed_in

KEPT = Path(__file__).parent / "outlines.json"
WIDE, NARROW = 1280, 390
# Other fonts make words wider and lines higher: hundredths of the width, and of the height, by which edges may differ.
SIDEWAYS, DOWNWARDS = 6, 9
# Days are headings of their own: how many there are depends on when the scene was lived through.
OUTLINE = """() => {
    const page = document.documentElement, wide = page.clientWidth / 100, high = page.scrollHeight / 100;
    const seen = 'header, nav, main, aside, footer, h1, h2:not([id^="day-"]), button, a.button, ' +
        'input:not([type=hidden]), select, textarea';
    return [...document.querySelectorAll(seen)].flatMap(element => {
        const box = element.getBoundingClientRect();
        if (box.width < 2 || box.height < 2 || !element.checkVisibility({visibilityProperty: true})) return [];
        const edges = [box.left / wide, box.right / wide, (box.top + scrollY) / high];
        return [[element.localName, ...edges.map(Math.round)]];
    });
}"""
type Outline = list[list]


def list_pages(world) -> list[tuple[str, str, int, str]]:
    """Each with who opens it, how wide the window is, and its address."""
    waiting, receipt = world.waiting.pk, world.receipts[0].sequence
    return [
        ("sign-in", "stranger", WIDE, reverse("account_login")),
        ("home", "ada", WIDE, reverse("home")),
        ("home on a phone", "ada", NARROW, reverse("home")),
        ("request", "ada", WIDE, reverse("access:request", args=[waiting])),
        ("request on a phone", "ada", NARROW, reverse("access:request", args=[waiting])),
        ("choices", "ada", WIDE, reverse("choices:list")),
        ("who looked", "ada", WIDE, reverse("disclosures:activity")),
        ("rights", "ada", WIDE, reverse("rights:list")),
        ("receipt", "ada", WIDE, reverse("receipts:receipt", args=[receipt])),
        ("desk", "pia", WIDE, reverse("admin:index")),
    ]


def test_ten_pages_look_as_they_did(lived_in, visit, pytestconfig):
    outlines = draw_outlines(lived_in, visit)
    if pytestconfig.getoption("keep_outlines"):
        KEPT.write_text(write_outlines(outlines))
    kept = json.loads(KEPT.read_text())

    assert [*outlines] == [*kept]
    faults = [f"{name}: {fault}" for name, outline in outlines.items() for fault in compare(kept[name], outline)]
    assert not faults, "\n".join(faults)


def draw_outlines(world, visit) -> dict[str, Outline]:
    visits = {who: visit(script=False) for who in ("stranger", "ada", "pia")}
    for who in ("ada", "pia"):
        session = signed_in(getattr(world, who).user).cookies["portal"].value
        visits[who].context.add_cookies([{"name": "portal", "value": session, "url": visits[who].base}])
    outlines = {}
    for name, who, width, path in list_pages(world):
        visits[who].page.set_viewport_size({"width": width, "height": 900})
        outlines[name] = visits[who].go(path).evaluate(OUTLINE)
    return outlines


def write_outlines(outlines: dict[str, Outline]) -> str:
    """A line for each element, so that a change is read in the difference of two versions."""
    pages = (
        f"{json.dumps(name)}: [\n{',\n'.join(f'  {json.dumps(element)}' for element in outline)}\n]"
        for name, outline in outlines.items()
    )
    return f"{{{',\n'.join(pages)}}}\n"


def compare(kept: Outline, outline: Outline) -> list[str]:
    """What is elsewhere than it was; where other things are there, only that."""
    if [name for name, *_edges in kept] != [name for name, *_edges in outline]:
        return [f"has {' '.join(name for name, *_edges in outline)}, not {' '.join(name for name, *_edges in kept)}"]
    return [
        f"{was[0]} at {now[1:]} instead of {was[1:]}"
        for was, now in zip(kept, outline, strict=True)
        if max(abs(now[1] - was[1]), abs(now[2] - was[2])) > SIDEWAYS or abs(now[3] - was[3]) > DOWNWARDS
    ]


@pytest.mark.parametrize(
    ("outline", "faults"),
    [
        ([["h1", 10, 40, 5], ["button", 10, 20, 50]], 0),
        ([["h1", 12, 44, 9], ["button", 8, 23, 57]], 0),
        ([["h1", 10, 40, 5], ["button", 60, 70, 50]], 1),
        ([["h1", 10, 90, 5], ["button", 10, 20, 80]], 2),
        ([["button", 10, 20, 50], ["h1", 10, 40, 5]], 1),
        ([["h1", 10, 40, 5]], 1),
    ],
    ids=["same", "other fonts", "other side", "wider and lower", "other order", "gone"],
)
def test_it_tells_a_change_from_other_fonts(outline, faults):
    assert len(compare([["h1", 10, 40, 5], ["button", 10, 20, 50]], outline)) == faults
