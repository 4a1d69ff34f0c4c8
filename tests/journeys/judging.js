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
    const covered = (other, box) => [other.left - box.left, box.right - other.right, other.top - box.top,
        box.bottom - other.bottom].map(gap => Math.round(Math.max(0, gap)));
    // Which of two that meet is painted over the other: by what is around either and not around both, and their order.
    const stacking = (one, other) => {
        const around = (inner, outer) => inner.contains(outer) ? '' : `${style(inner).position} ${style(inner).zIndex} `
            + `${style(inner).opacity} ${style(inner).transform} ${around(inner.parentElement, outer)}`;
        return `${around(one, other)}/${around(other, one)}/${one.compareDocumentPosition(other)}`;
    };
    // axe is read only where there is something to ask.
    if (!window.axe && !window.readAxe) return null;
    const judge = (where, what) => {
        if (!window.axe) readAxe();
        return axe.run(where, {...what, elementRef: true, selectors: false});
    };
    const nodesOf = rules => rules.flatMap(rule => rule.nodes);
    const fault = (rule, node) => `${rule} ${node.element.outerHTML.slice(0, 200)}`;

    // Colours. A text stands as another in the same colours, as far as size and weight count, before the same
    // backgrounds: of what is around it those that paint anything, up to one that hides all behind the text. Of a
    // picture or gradient, of a single letter and of a letter in a drawing axe says nothing, wherever it meets it. What
    // lies over or under the text and is not around it stands as what covered the same of a text in the same way.
    const blends = ({opacity, filter, mixBlendMode}) =>
        opacity !== '1' || filter !== 'none' || mixBlendMode !== 'normal';
    const paint = once(new Map(), element => {
        const {backgroundColor, backgroundImage, backgroundClip, opacity, filter, mixBlendMode} = style(element);
        const isClear = backgroundColor === 'rgba(0, 0, 0, 0)' && backgroundImage === 'none';
        if (isClear && !blends(style(element))) return '';
        return [backgroundColor, backgroundImage, backgroundClip, opacity, filter, mixBlendMode].join();
    });
    const ground = once(grounds, element =>
        (element.parentElement ? ground(element.parentElement) : '') + (paint(element) && `/${paint(element)}`));
    const isBlended = once(new Map(), element =>
        blends(style(element)) || !!element.parentElement && isBlended(element.parentElement));
    const hides = (element, box) => {
        const {left, right, top, bottom} = element.getBoundingClientRect();
        return style(element).backgroundColor.startsWith('rgb(') && style(element).backgroundClip === 'border-box'
            && left <= box.left && right >= box.right && top <= box.top && bottom >= box.bottom;
    };
    const behind = text => {
        if (isBlended(text)) return ground(text);
        const [box, painted] = [text.getBoundingClientRect(), []];
        for (let around = text; around; around = around.parentElement) {
            if (paint(around)) painted.push(paint(around));
            if (paint(around) && hides(around, box)) break;
        }
        return painted;
    };
    const isShort = element => element.textContent.trim().length < 2;
    // From 18 points on, and in bold from 14, less contrast is enough; of a shadow or an outline each size counts.
    const weigh = ({fontSize, fontWeight, textShadow, webkitTextStroke}) => {
        const points = Math.ceil(parseFloat(fontSize) * 72) / 96;
        const isPlain = textShadow === 'none' && webkitTextStroke.startsWith('0px');
        return [points >= 18, points >= 14, fontWeight >= 700, isPlain || fontSize];
    };
    const stands = element => {
        const {color, textShadow, webkitTextStroke, webkitTextFillColor, fill} = style(element);
        const own = [color, ...weigh(style(element)), textShadow, webkitTextStroke, webkitTextFillColor];
        const drawn = element.ownerSVGElement ? fill : '';
        return `${own} ${drawn} ${isShort(element)} ${behind(element)}`;
    };
    // Plainly legible is a text of one colour before one ground that reaches around all of it, or before veils that lie
    // on that: of such a text nobody needs to ask.
    const channels = color => color.match(/^rgba?\(([\d., ]+)\)$/)?.[1].split(',').map(Number);
    const lay = ([red, green, blue, share = 1], under) =>
        [red, green, blue].map((one, at) => one * share + under[at] * (1 - share));
    const light = color => color.map(one => one / 255)
        .map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
        .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0.05);
    const groundOf = (text, box) => {
        const veils = [];
        for (let around = text; around; around = around.parentElement) {
            if (!paint(around)) continue;
            const color = channels(style(around).backgroundColor);
            if (!color || style(around).backgroundImage !== 'none') return null;
            if (hides(around, box)) return veils.reduceRight((under, veil) => lay(veil, under), color);
            veils.push(color);
        }
        return null;
    };
    const fields = 'input, select, textarea';
    const isLegible = text => {
        const {color, textShadow, webkitTextStroke, webkitTextFillColor} = style(text);
        const isOneColour = webkitTextFillColor === color && textShadow === 'none' && webkitTextStroke.startsWith('0px')
            && !text.ownerSVGElement && !isBlended(text) && channels(color)?.length === 3;
        const words = document.createRange();
        words.selectNodeContents(text);
        const boxes = (text.matches(fields) ? [text] : [text, words]).map(one => one.getBoundingClientRect());
        const grounds = isOneColour ? boxes.map(box => groundOf(text, box)) : [null];
        if (!grounds.every(one => one && `${one}` === `${grounds[0]}`)) return false;
        const [dark, bright] = [channels(color), grounds[0]].map(light).sort((one, other) => one - other);
        const [isLarge, isLargeIfBold, isBold] = weigh(style(text));
        return bright / dark >= (isLarge || isLargeIfBold && isBold ? 3 : 4.5);
    };
    const all = () => [...document.body.querySelectorAll('*')].filter(isSeen);
    // Both are judged in one run: for either, axe finds out what lies where on the page.
    const judgeLooks = async seen => {
        const paints = element => style(element).backgroundColor !== 'rgba(0, 0, 0, 0)'
            || style(element).backgroundImage !== 'none';
        // What is read aloud alone is drawn on no more than one dot, or beyond the edge: it has no contrast, and hides
        // nothing.
        const isDrawn = element => {
            const {width, height, right, bottom} = element.getBoundingClientRect();
            return width > 1 && height > 1 && right + scrollX > 0 && bottom + scrollY > 0
                && style(element).clipPath !== 'inset(50%)' && style(element).clip !== 'rect(0px, 0px, 0px, 0px)';
        };
        const painted = seen.filter(one => paints(one) && isDrawn(one))
            .map(element => ({element, box: element.getBoundingClientRect()}));
        // What lies over or under it, and how.
        const meetings = text => {
            const box = text.getBoundingClientRect();
            const others = painted.filter(one => meets(one.box, box)
                && !one.element.contains(text) && !text.contains(one.element));
            if (!others.length) return '';
            return others.map(one => `${stacking(text, one.element)} ${ground(one.element)} ${covered(one.box, box)}`);
        };
        const stance = once(new Map(), text => hash(`${stands(text)} ${meetings(text)}`));
        // Of a box to tick, and of what is nothing but punctuation, axe says nothing.
        const written = /[^\s\u2000-\u206f!-/:-@[-`{-~]/;
        const isText = element => element.matches('input:not([type=checkbox], [type=radio]), select, textarea')
            || [...element.childNodes].some(node => node.nodeType === 3 && written.test(node.data));
        const unknown = seen.filter(element =>
            isText(element) && isDrawn(element) && !sets.texts.has(stance(element)) && !found.texts.has(stance(element))
            && !(isLegible(element) && !meetings(element) && found.texts.add(stance(element))));
        const first = new Map(unknown.toReversed().map(element => [stance(element), element]));
        const targets = listTargets(seen);
        const faults = await askOfLooks([...first.values()], targets, stance);
        // And all others that stand as one did of which axe said nothing.
        const others = unknown.filter(one => !found.texts.has(stance(one)) && first.get(stance(one)) !== one);
        return [...faults, ...await askOfLooks(others, new Map(), stance)];
    };
    const askOfLooks = async (texts, targets, stance) => {
        if (!texts.length && !targets.size) return [];
        const {violations, passes, incomplete} = await judge({include: [...texts, ...targets.values()]}, {
            runOnly: ['color-contrast', 'target-size'], resultTypes: ['violations', 'passes', 'incomplete'],
        });
        const nodesOfRule = (rules, id) => nodesOf(rules.filter(rule => rule.id === id));
        const isUnknowable = ({any, element}) => ({
            bgGradient: true, bgImage: true, shortTextContent: isShort(element), imgNode: element.ownerSVGElement,
        })[any[0]?.data?.messageKey];
        const good = [...nodesOfRule(passes, 'color-contrast'),
            ...nodesOfRule(incomplete, 'color-contrast').filter(isUnknowable)];
        good.forEach(node => found.texts.add(stance(node.element)));
        const small = new Set(nodesOfRule(violations, 'target-size').map(node => node.element));
        targets.forEach((element, key) => !small.has(element) && found.targets.add(key));
        return violations.flatMap(rule => rule.nodes.map(node => fault(rule.id, node)));
    };

    // Structure. An element stands as another with the same around it up to the root, and each two that are beside each
    // other in it as two beside each other in such a one: elements, whether they are shown and have text, roles, states,
    // what refers to what, how a link differs from the text around it, whether a row has all its cells. Not which words,
    // whose names, which ids or classes, nor how often. What is inside an icon, no rule asks, nor how many boxes that mean
    // nothing are around, beyond the nearest two.
    const told = new Set(['role', 'type', 'lang', 'dir', 'tabindex', 'scope', 'autocomplete', 'style']);
    const refers = /^(for|list|headers|aria-(labelledby|describedby|controls|owns|details|activedescendant))$/;
    const unread = new RegExp('^(class|id|name|(data|hx)-.*|(min|max)(length)?|step|cols|rows|size|required|pattern|inputmode'
        + '|method|action|enctype|novalidate|form.*|accept|rel|target|download|datetime|selected|spellcheck)$');
    const attribute = ({name, value}, element) => {
        if (refers.test(name)) {
            const others = value.trim().split(/\s+/).map(id => document.getElementById(id));
            return `${name}=${others.map(other => other ? `${other.localName}${!!other.textContent.trim()}` : 'lost')}`;
        }
        if (unread.test(name)) return '';
        const isTold = told.has(name) || name.startsWith('aria-') && name !== 'aria-label'
            || name === 'content' && element.matches('[name=viewport], [http-equiv]');
        return isTold ? `${name}=${value}` : `${name}${value.trim() ? '' : '=empty'}`;
    };
    const hasText = element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const block = element => style(element).display.startsWith('inline') && element.parentElement
        ? block(element.parentElement) : element;
    const own = once(owns, element => {
        const labels = [...element.labels ?? []].map(label => !!label.textContent.trim());
        const attributes = [...element.attributes].map(one => attribute(one, element)).filter(Boolean).sort();
        const isEmpty = !element.textContent.trim();
        const isFull = element.localName !== 'tr'
            || element.cells.length === element.closest('table').rows[0].cells.length;
        const isPlainLink = element.localName === 'a' && style(element).textDecorationLine === 'none';
        const isInText = isPlainLink && block(element).textContent.trim() !== element.textContent.trim();
        const differs = isInText && ['color', 'fontWeight'].map(one => [style(element), style(element.parentElement)]
            .map(styles => styles[one]));
        return `${element.tagName} ${isSeen(element)} ${isEmpty} ${labels} ${differs} ${isFull} ${attributes.join(' ')}`;
    });
    const unasked = 'link, script, style, svg[aria-hidden=true] *';
    const skeleton = once(skeletons, element => {
        const inside = [];
        for (const node of element.childNodes) {
            if (node.nodeType === 1 && node.matches(unasked)) continue;
            const one = node.nodeType === 1 ? skeleton(node) : node.nodeType === 3 && node.data.trim() ? 'text' : '';
            if (one && !(inside.at(-1) === one && inside.at(-2) === one)) inside.push(one);
        }
        return hash(`<${own(element)}>${inside}`);
    });
    const inner = element => [...element.children].filter(one => !one.matches(unasked));
    const isMeaningless = element => element.matches('div, span, form, section, fieldset') && isSeen(element)
        && !hasText(element) && ![...element.attributes].some(one =>
            !['autocomplete', 'aria-labelledby', 'aria-describedby'].includes(one.name) && attribute(one, element));
    const chain = once(chains, element => {
        if (!element) return '';
        const around = chain(element.parentElement);
        return isMeaningless(element) ? around : hash(`${around} ${own(element)} ${hasText(element)}`);
    });
    const nearest = element => element ? own(element) : '';
    const parts = once(new Map(), element => {
        const {parentElement: parent} = element;
        const place = `${chain(element)} ${own(element)} ${nearest(parent)} ${nearest(parent?.parentElement)}`;
        const kinds = ['', ...inner(element).map(own), ''];
        return [...new Set(kinds.slice(1).map((kind, at) => hash(`${place} ${kinds[at]}|${kind}`)))];
    });

    // Sizes. What is 24 pixels wide and high and meets no other target is large enough; so is what is smaller, meets none,
    // and has around its middle a circle of that width (and a pixel) that meets neither another target nor the circle
    // around its middle. The rest is judged, but for what stood so among the same neighbours before.
    const [SIZE, REACH] = [24, 25];
    const middle = ({left, right, top, bottom}) => [(left + right) / 2, (top + bottom) / 2];
    const isClose = (box, other) => {
        const [[x, y], [otherX, otherY]] = [middle(box), middle(other)];
        const nearX = Math.max(other.left, Math.min(x, other.right));
        const nearY = Math.max(other.top, Math.min(y, other.bottom));
        return Math.hypot(x - nearX, y - nearY) < REACH / 2 || Math.hypot(x - otherX, y - otherY) < REACH;
    };
    const listTargets = seen => {
        // What nobody can focus is no target, whatever its role: a group of buttons lies over each of them.
        const targets = seen.filter(element => element.tabIndex >= 0 || element.matches('[role][tabindex]'))
            .map(element => ({element, box: element.getBoundingClientRect()}));
        const asked = new Map();
        for (const target of targets) {
            const isSmall = target.box.width < SIZE || target.box.height < SIZE;
            const near = targets.filter(one => one !== target
                && (meets(one.box, target.box) || isSmall && isClose(target.box, one.box)));
            if (!near.length) continue;
            const around = block(target.element);
            const order = element => element !== target.element && stacking(target.element, element);
            const places = [target, ...near].map(({element, box}) =>
                `${element.tagName} ${element.role} ${order(element)} ${place(box, target.box)}`);
            const key = hash(`${places} ${around === target.element ? '' : skeleton(around)}`);
            if (!sets.targets.has(key)) asked.set(key, target.element);
        }
        return asked;
    };

    // All other rules, on all but the parts of which all is known. What can be scrolled and has nothing to focus is judged
    // wherever it stands; a page with the same id twice is judged whole.
    const judgeStructure = async seen => {
        const root = document.documentElement;
        const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
        const isScrolled = element => /auto|scroll/.test(style(element).overflow)
            && (element.scrollWidth > element.clientWidth || element.scrollHeight > element.clientHeight)
            && ![...element.querySelectorAll('*')].some(inner => inner.tabIndex >= 0);
        const scrolled = seen.filter(isScrolled);
        const isKnown = once(new Map(), element =>
            parts(element).every(one => sets.parts.has(one)) && !scrolled.includes(element) && inner(element).every(isKnown));
        const isPart = element => element === root
            || element.querySelectorAll('*').length > 2 && style(element).display !== 'inline';
        const listKnown = element => isPart(element) && isKnown(element)
            ? [element] : [...element.children].flatMap(listKnown);
        const exclude = new Set(ids).size === ids.length ? listKnown(root) : [];
        if (exclude[0] === root) return [];
        const {violations} = await judge({include: [root], exclude}, {
            runOnly: {type: 'tag', values: tags}, resultTypes: ['violations'],
            rules: {'color-contrast': {enabled: false}, 'target-size': {enabled: false}},
        });
        if (!violations.length) {
            const asked = [root, ...root.querySelectorAll('*')].filter(element => !element.matches(unasked));
            asked.flatMap(parts).forEach(one => found.parts.add(one));
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
        const faults = await judgeLooks(seen);
        if (isWhole) faults.push(...await judgeStructure(seen));
        if (document.documentElement.scrollWidth > document.documentElement.clientWidth) faults.push('overflows');
        return {faults, found: Object.fromEntries(Object.entries(found).map(([kind, keys]) => [kind, [...keys]]))};
    } finally {
        shownClosed.forEach(element => { element.open = false; });
    }
}
