// Judges what a page shows in one look, and leaves out what stands as something stood that was found good.
// `known`: texts whose contrast is good, targets that are large enough or far enough apart, parts of pages in which no
// other rule found anything. `isWhole`: the other rules are asked, too; they judge neither colours nor sizes.
async ({tags, known, isWhole}) => {
    const sets = Object.fromEntries(Object.entries(known).map(([kind, keys]) => [kind, new Set(keys.split(' '))]));
    const [styles, grounds, owns, chains, skeletons] = Array.from({length: 5}, () => new Map());
    const once = (kept, make) => element => {
        if (!kept.has(element)) kept.set(element, make(element));
        return kept.get(element);
    };
    const hash = text => {
        let [high, low] = [0xdeadbeef, 0x41c6ce57];
        for (let at = 0; at < text.length; at++) {
            high = Math.imul(high ^ text.charCodeAt(at), 2654435761);
            low = Math.imul(low ^ text.charCodeAt(at), 1597334677);
        }
        high = Math.imul(high ^ high >>> 16, 2246822507) ^ Math.imul(low ^ low >>> 13, 3266489909);
        low = Math.imul(low ^ low >>> 16, 2246822507) ^ Math.imul(high ^ high >>> 13, 3266489909);
        return (low >>> 0).toString(36) + (high >>> 0).toString(36);
    };
    const style = once(styles, element => getComputedStyle(element));
    const isSeen = element => element.checkVisibility({visibilityProperty: true});
    const meets = (one, other, gap = 0) => one.left - gap < other.right && other.left - gap < one.right
        && one.top - gap < other.bottom && other.top - gap < one.bottom;
    const place = (box, {left, top}) =>
        [box.left - left, box.top - top, box.width, box.height].map(Math.round).join();
    // Which of two that meet is painted over the other: by what is around either and not around both, and their order.
    const stacking = (one, other) => {
        const around = (inner, outer) => inner.contains(outer) ? '' : `${style(inner).position} ${style(inner).zIndex} `
            + `${style(inner).opacity} ${style(inner).transform} ${around(inner.parentElement, outer)}`;
        return `${around(one, other)}/${around(other, one)}/${one.compareDocumentPosition(other)}`;
    };
    const nodesOf = rules => rules.flatMap(rule => rule.nodes);
    const fault = (rule, node) => `${rule} ${node.element.outerHTML.slice(0, 200)}`;

    // Colours. A text stands as another in the same colours, size and weight, on the same backgrounds up to the root;
    // of a gradient, of a single letter and of a letter in a drawing axe says nothing, wherever it meets it. What lies
    // over or under a background that is not around it stands as what lay so over or under the same.
    const ground = once(grounds, element => {
        const {backgroundColor, backgroundImage, backgroundClip, opacity, filter, mixBlendMode} = style(element);
        const own = [backgroundColor, backgroundImage, backgroundClip, opacity, filter, mixBlendMode];
        return `${element.parentElement ? ground(element.parentElement) : ''}/${own}`;
    });
    const isShort = element => element.textContent.trim().length < 2;
    const stands = element => {
        const {color, fontSize, fontWeight, textShadow, webkitTextStroke, webkitTextFillColor, fill} = style(element);
        const own = [color, fontSize, fontWeight, textShadow, webkitTextStroke, webkitTextFillColor];
        const drawn = element.ownerSVGElement ? fill : '';
        return `${own} ${drawn} ${isShort(element)} ${ground(element)}`;
    };
    const all = () => [...document.body.querySelectorAll('*')].filter(isSeen);
    const judgeColours = async seen => {
        const paints = element => style(element).backgroundColor !== 'rgba(0, 0, 0, 0)'
            || style(element).backgroundImage !== 'none';
        const painted = seen.filter(paints).map(element => ({element, box: element.getBoundingClientRect()}));
        // What lies over or under it, and how.
        const meetings = text => {
            const box = text.getBoundingClientRect();
            const others = painted.filter(one => meets(one.box, box)
                && !one.element.contains(text) && !text.contains(one.element));
            if (!others.length) return '';
            return others.map(one => `${stacking(text, one.element)} ${ground(one.element)} ${place(one.box, box)}`);
        };
        const stance = once(new Map(), text => hash(`${stands(text)} ${meetings(text)}`));
        const isText = element => element.matches('input, select, textarea')
            || [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        // What is read aloud alone is drawn on no more than one dot, or beyond the edge, and has no contrast.
        const isDrawn = element => {
            const {width, height, right, bottom} = element.getBoundingClientRect();
            return width > 1 && height > 1 && right + scrollX > 0 && bottom + scrollY > 0
                && style(element).clipPath !== 'inset(50%)' && style(element).clip !== 'rect(0px, 0px, 0px, 0px)';
        };
        const faults = [];
        const ask = async include => {
            if (!include.length) return;
            const {violations, passes, incomplete} = await axe.run({include}, {
                runOnly: ['color-contrast'], resultTypes: ['violations', 'passes', 'incomplete'], elementRef: true,
                selectors: false,
            });
            const isUnknowable = ({any, element}) => ({
                bgGradient: true, shortTextContent: isShort(element), imgNode: element.ownerSVGElement,
            })[any[0]?.data?.messageKey];
            const good = [...nodesOf(passes), ...nodesOf(incomplete).filter(isUnknowable)].map(node => node.element);
            good.forEach(element => found.texts.add(stance(element)));
            faults.push(...nodesOf(violations).map(node => fault('color-contrast', node)));
        };
        const unknown = seen.filter(element =>
            isText(element) && isDrawn(element) && !sets.texts.has(stance(element)));
        const first = new Map(unknown.toReversed().map(element => [stance(element), element]));
        await ask([...first.values()]);
        // And all others that stand as one did of which axe said nothing.
        await ask(unknown.filter(element => !found.texts.has(stance(element)) && first.get(stance(element)) !== element));
        return faults;
    };

    // Structure: elements, classes, roles, states, what refers to what, and whether there is text, in order. Not which
    // words, whose names, which ids; of neighbours that are alike, two stand for all.
    const told = new Set(['class', 'role', 'type', 'lang', 'dir', 'tabindex', 'scope', 'autocomplete', 'style']);
    const refers = /^(for|list|headers|aria-(labelledby|describedby|controls|owns|details|activedescendant))$/;
    const attribute = ({name, value}, element) => {
        if (refers.test(name)) {
            const others = value.trim().split(/\s+/).map(id => document.getElementById(id));
            return `${name}=${others.map(other => other ? `${other.localName}${!!other.textContent.trim()}` : 'lost')}`;
        }
        const isTold = told.has(name) || name.startsWith('aria-') && name !== 'aria-label'
            || name === 'content' && element.matches('[name=viewport], [http-equiv]');
        return isTold ? `${name}=${value}` : `${name}${value.trim() ? '' : '=empty'}`;
    };
    const hasText = element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const own = once(owns, element => {
        const labels = [...element.labels ?? []].map(label => !!label.textContent.trim());
        const attributes = [...element.attributes].map(one => attribute(one, element)).sort();
        return `${element.tagName} ${isSeen(element)} ${labels} ${attributes.join(' ')}`;
    });
    const skeleton = once(skeletons, element => {
        const inside = [];
        for (const node of element.childNodes) {
            const one = node.nodeType === 1 ? skeleton(node) : node.nodeType === 3 && node.data.trim() ? 'text' : '';
            if (one && !(inside.at(-1) === one && inside.at(-2) === one)) inside.push(one);
        }
        return hash(`<${own(element)}>${inside}`);
    });
    const chain = once(chains, element => element
        ? hash(`${chain(element.parentElement)} ${own(element)} ${hasText(element)}`) : '');
    const part = element => hash(`${chain(element.parentElement)} ${skeleton(element)}`);

    // Sizes. What is 24 pixels wide and high and meets no other target is large enough; so is what is smaller and has
    // no other within 24 pixels. The rest is judged, but for what stood so among the same neighbours before.
    const SIZE = 24;
    const judgeTargets = async seen => {
        const targets = seen.filter(element => element.tabIndex >= 0 || element.hasAttribute('role'))
            .map(element => ({element, box: element.getBoundingClientRect()}));
        const block = element => style(element).display.startsWith('inline') && element.parentElement
            ? block(element.parentElement) : element;
        const asked = new Map();
        for (const target of targets) {
            const isSmall = target.box.width < SIZE || target.box.height < SIZE;
            const near = targets.filter(one => one !== target && meets(one.box, target.box, isSmall ? SIZE : 0));
            if (!near.length) continue;
            const around = block(target.element);
            const order = element => element !== target.element && stacking(target.element, element);
            const places = [target, ...near].map(({element, box}) =>
                `${element.tagName} ${element.role} ${order(element)} ${place(box, target.box)}`);
            const key = hash(`${places} ${around === target.element ? '' : skeleton(around)}`);
            if (!sets.targets.has(key)) asked.set(key, target.element);
        }
        if (!asked.size) return [];
        const {violations} = await axe.run({include: [...asked.values()]}, {
            runOnly: ['target-size'], resultTypes: ['violations'], elementRef: true, selectors: false,
        });
        const bad = new Set(nodesOf(violations).map(node => node.element));
        asked.forEach((element, key) => !bad.has(element) && found.targets.add(key));
        return nodesOf(violations).map(node => fault('target-size', node));
    };

    // All other rules, on all but the parts that are known. What can be scrolled and has nothing to focus is judged
    // wherever it stands; a page with the same id twice is judged whole.
    const judgeStructure = async seen => {
        const root = document.documentElement;
        const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
        const isScrolled = element => /auto|scroll/.test(style(element).overflow)
            && (element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight)
            && ![...element.querySelectorAll('*')].some(inner => inner.tabIndex >= 0);
        const scrolled = seen.filter(isScrolled);
        const isKnown = element => sets.parts.has(part(element)) && !scrolled.some(one => element.contains(one));
        const isPart = element => element === root
            || element.querySelectorAll('*').length > 2 && style(element).display !== 'inline';
        const listKnown = element => isPart(element) && isKnown(element)
            ? [element] : [...element.children].flatMap(listKnown);
        const exclude = new Set(ids).size === ids.length ? listKnown(root) : [];
        if (exclude[0] === root) return [];
        const {violations} = await axe.run({include: [root], exclude}, {
            runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'], elementRef: true, selectors: false,
            rules: {'color-contrast': {enabled: false}, 'target-size': {enabled: false}},
        });
        if (!violations.length) {
            [root, ...root.querySelectorAll('*')].filter(isPart).forEach(element => found.parts.add(part(element)));
        }
        return violations.flatMap(rule => rule.nodes.map(node => fault(rule.id, node)));
    };

    // axe takes all of a closed <details> for hidden, also where the page shows it (the menu of staff).
    const isShownClosed = element => [...element.children].some(inner => inner.localName !== 'summary' && isSeen(inner));
    const shownClosed = [...document.querySelectorAll('details:not([open])')].filter(isShownClosed);
    const found = {texts: new Set(), targets: new Set(), parts: new Set()};
    shownClosed.forEach(element => { element.open = true; });
    try {
        const seen = all();
        const faults = [...await judgeColours(seen), ...await judgeTargets(seen)];
        if (isWhole) faults.push(...await judgeStructure(seen));
        if (document.documentElement.scrollWidth > document.documentElement.clientWidth) faults.push('overflows');
        return {faults, found: Object.fromEntries(Object.entries(found).map(([kind, keys]) => [kind, [...keys]]))};
    } finally {
        shownClosed.forEach(element => { element.open = false; });
    }
}
