"""Judging a page in the browser: the rules of WCAG 2.2 AA (axe), and that nothing overflows."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.browsing import Visit

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
WIDE, NARROW = 1280, 320
# All rules once; then what can differ in the dark, and on a small phone.
LOOKS = [
    (WIDE, "light", RULES),
    (WIDE, "dark", {"runOnly": ["color-contrast"]}),
    (NARROW, "dark", {"runOnly": ["color-contrast", "target-size"]}),
]
JUDGED = """async rules => (await axe.run(document, {...rules, resultTypes: ['violations']})).violations.map(
    rule => `${rule.id} ${rule.nodes.slice(0, 3).map(node => node.target.join(' '))}`)"""
OVERFLOWS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# What axe judges by: elements, classes, roles, states and whether there is text, in order. Not which words, whose
# names, which ids; of neighbours that are alike, two stand for all.
SKELETON = """() => {
    const told = new Set(['class', 'role', 'type', 'lang', 'dir', 'tabindex', 'scope', 'autocomplete', 'style']);
    const named = /^aria-(label|labelledby|describedby|controls|owns)$/;
    const attribute = ({name, value}) => told.has(name) || name.startsWith('aria-') && !named.test(name)
        ? `${name}=${value}` : `${name}${value.trim() ? '' : '=empty'}`;
    const skeleton = element => {
        const own = [element.tagName, ...[...element.attributes].map(attribute).sort()].join(' ');
        const inside = [];
        for (const node of element.childNodes) {
            const one = node.nodeType === 1 ? skeleton(node) : node.nodeType === 3 && node.data.trim() ? 'text' : '';
            if (one && !(inside.at(-1) === one && inside.at(-2) === one)) inside.push(one);
        }
        return `<${own}>${inside.join('')}</>`;
    };
    return skeleton(document.documentElement);
}"""


def faults_of(one: Visit, path: str, judged: set[str] | None = None) -> list[str]:
    """Open the page and return what is wrong with it. `judged`: skeletons of pages that axe has judged before."""
    show(one.page, WIDE, "light")
    one.go(path)
    skeleton = one.page.evaluate(SKELETON)
    found = []
    if judged is None or skeleton not in judged:
        found = [f"{path} {fault}" for fault in faults_of_skeleton(one.page)]
    if judged is not None:
        judged.add(skeleton)
    return found + [f"{path} overflows at {width}" for width in (WIDE, NARROW) if overflows(one.page, width)]


def faults_of_skeleton(page: Page) -> list[str]:
    page.evaluate(Axe().axe_script)
    found = []
    for width, scheme, rules in LOOKS:
        show(page, width, scheme)
        found += [f"{width} {scheme}: {fault}" for fault in page.evaluate(JUDGED, rules)]
    return found


def show(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)


def overflows(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 900})
    return page.evaluate(OVERFLOWS)
