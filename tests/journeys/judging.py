"""Judging a page in the browser: the rules of WCAG 2.2 AA (axe), and that nothing overflows."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.browsing import Visit

# A page that has it reads the rules when it is first asked for them.
AXE = f"window.readAxe = () => {{{Axe().axe_script}}}"
JUDGE = Path(__file__).with_name("judging.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = {"runOnly": {"type": "tag", "values": TAGS}}
WIDE, TABLET, NARROW = 1280, 768, 320
# Everything once; then colours, sizes and widths, in the dark and on a small phone.
LOOKS = [(WIDE, "light"), (WIDE, "dark"), (NARROW, "dark")]
OVERFLOWS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass
class Judged:
    """What was found good: how texts and targets stood, and what parts of pages were made of. The same with another row
    or person gets the same verdict. What has a fault is never among it, so every page that has it says so."""

    texts: set[str] = field(default_factory=set)
    targets: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)

    def add(self, found: dict[str, list[str]]) -> None:
        for kind, keys in found.items():
            getattr(self, kind).update(keys)

    def to_script(self, *, is_whole: bool) -> dict[str, str]:
        return {kind: " ".join(keys) for kind, keys in asdict(self).items() if is_whole or kind != "parts"}


# By any test of this worker.
JUDGED = Judged()


def faults_of(one: Visit, path: str, judged: Judged = JUDGED) -> list[str]:
    """Open the page and return what is wrong with it."""
    one.go(path)
    return [f"{path} {fault}" for fault in faults_of_shown(one.page, judged)]


def faults_of_shown(page: Page, judged: Judged = JUDGED) -> list[str]:
    """Return what is wrong with the page that is open, in every look: first in the one it was opened in."""
    found, shown = [], ""
    for width, scheme in LOOKS[::-1] if page.viewport_size == size(NARROW) else LOOKS:
        show(page, width, scheme if scheme != shown else None)
        shown, is_whole = scheme, (width, scheme) == LOOKS[0]
        asked = {"tags": TAGS, "known": judged.to_script(is_whole=is_whole), "isWhole": is_whole}
        answer = page.evaluate(JUDGE, asked)
        if answer is None:  # It has no rules to read.
            page.evaluate(AXE)
            answer = page.evaluate(JUDGE, asked)
        judged.add(answer["found"])
        found += [f"{width} {scheme}: {fault}" for fault in answer["faults"]]
    return found


def size(width: int) -> dict[str, int]:
    """Of a window in which most pages fit: what stays at its foot would else lie over what could be scrolled away from
    under it, on each page over something else, and axe says nothing of either."""
    return {"width": width, "height": 6000}


def show(page: Page, width: int, scheme: str | None = None) -> None:
    """`scheme`: where it is not shown yet."""
    if page.viewport_size != size(width):
        page.set_viewport_size(size(width))
    if scheme:
        page.emulate_media(color_scheme=scheme)


def overflows(page: Page, width: int) -> bool:
    show(page, width)
    return page.evaluate(OVERFLOWS)
