"""Judging a page in the browser: the rules of WCAG 2.2 AA (axe), and that nothing overflows."""

from dataclasses import dataclass, field

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.journeys.browsing import Visit

AXE = Axe().axe_script
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
BUT_CONTRAST = RULES | {"rules": {"color-contrast": {"enabled": False}}}
WIDE, NARROW = 1280, 320
# All rules once; then what can differ in the dark, and on a small phone. Colours apart: see TEXTS.
LOOKS = [
    (WIDE, "light", BUT_CONTRAST),
    (WIDE, "dark", None),
    (NARROW, "dark", {"runOnly": ["target-size"]}),
]
JUDGED = """async rules => (await axe.run(document, {...rules, resultTypes: ['violations']})).violations.map(
    rule => `${rule.id} ${rule.nodes.slice(0, 3).map(node => node.target.join(' '))}`)"""
# Judges the contrast of each text but those that stand as one stood which was found good: in the same colours, size and
# weight, on the same backgrounds up to the root (of a gradient axe says nothing, wherever it meets it). What lies over
# or under a background that is not around it is judged each time. Returns the faults, and how what is good stands.
CONTRAST = """async known => {
    const styles = new Map(), grounds = new Map(), good = new Set(known);
    const style = element => styles.get(element) ?? styles.set(element, getComputedStyle(element)).get(element);
    const ground = element => {
        if (!element) return '';
        if (!grounds.has(element)) {
            const {backgroundColor, backgroundImage, backgroundClip, opacity, filter, mixBlendMode} = style(element);
            const own = [backgroundColor, backgroundImage, backgroundClip, opacity, filter, mixBlendMode];
            grounds.set(element, `${ground(element.parentElement)}/${own}`);
        }
        return grounds.get(element);
    };
    const stands = element => {
        const {color, fontSize, fontWeight, textShadow, webkitTextStroke, webkitTextFillColor} = style(element);
        const own = [color, fontSize, fontWeight, textShadow, webkitTextStroke, webkitTextFillColor];
        return `${own} ${ground(element)}`;
    };
    const paints = element => style(element).backgroundColor !== 'rgba(0, 0, 0, 0)'
        || style(element).backgroundImage !== 'none';
    const meets = (one, other) => one.left < other.right && other.left < one.right
        && one.top < other.bottom && other.top < one.bottom;
    const all = [...document.body.querySelectorAll('*')]
        .filter(element => element.checkVisibility({visibilityProperty: true}));
    const painted = all.filter(paints).map(element => ({element, box: element.getBoundingClientRect()}));
    const isAlone = text => {
        const box = text.getBoundingClientRect();
        return painted.every(one => one.element.contains(text) || text.contains(one.element) || !meets(one.box, box));
    };
    const isText = element => element.matches('input, select, textarea')
        || [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const include = all.filter(element => isText(element) && !(good.has(stands(element)) && isAlone(element)));
    if (!include.length) return [[], []];
    const wanted = {runOnly: ['color-contrast'], resultTypes: ['violations', 'passes', 'incomplete']};
    const nodes = rules => rules.flatMap(rule => rule.nodes);
    const {violations, passes, incomplete} = await axe.run({include}, {...wanted, elementRef: true, selectors: false});
    const onGradient = nodes(incomplete).filter(node => node.any[0].data.messageKey === 'bgGradient');
    return [
        nodes(violations).slice(0, 3).map(node => `color-contrast ${node.element.outerHTML.slice(0, 200)}`),
        [...new Set([...nodes(passes), ...onGradient].map(node => node.element).filter(isAlone).map(stands))],
    ];
}"""
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


@dataclass
class Judged:
    """What axe has judged before: skeletons of pages, and how texts stood whose contrast is good. The same structure
    with another row or person gets the same verdict."""

    skeletons: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


def faults_of(one: Visit, path: str, judged: Judged | None = None) -> list[str]:
    """Open the page and return what is wrong with it."""
    judged = judged or Judged()
    show(one.page, WIDE, "light")
    one.go(path)
    found = [f"overflows at {WIDE}"] if one.page.evaluate(OVERFLOWS) else []
    skeleton = one.page.evaluate(SKELETON)
    if skeleton not in judged.skeletons:
        judged.skeletons.add(skeleton)
        found += faults_of_skeleton(one.page, judged.texts)
    found += [f"overflows at {NARROW}"] if overflows(one.page, NARROW) else []
    return [f"{path} {fault}" for fault in found]


def faults_of_skeleton(page: Page, texts: set[str]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = []
    for width, scheme, rules in LOOKS:
        show(page, width, scheme)
        faults, good = page.evaluate(CONTRAST, list(texts))
        texts.update(good)
        faults += page.evaluate(JUDGED, rules) if rules else []
        found += [f"{width} {scheme}: {fault}" for fault in faults]
    return found


def show(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)


def overflows(page: Page, width: int) -> bool:
    page.set_viewport_size({"width": width, "height": 900})
    return page.evaluate(OVERFLOWS)
