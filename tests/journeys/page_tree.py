"""The elements of a page, as far as somebody meets them who has no script: what they are called and what they send."""

from collections.abc import Iterator
from functools import cached_property
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
UNREAD = {"script", "style", "template", "head"}
BUTTONS, TICKED = {"submit", "image"}, {"checkbox", "radio"}


class Node:
    """An element; of its attributes those without a value have an empty one."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: "Node | None" = None) -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Node | str] = []

    def walk(self) -> Iterator["Node"]:
        """Itself and all in it that is shown, in order."""
        if self.is_hidden:
            return
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    @property
    def is_hidden(self) -> bool:
        return self.tag in UNREAD or "hidden" in self.attributes

    @property
    def text(self) -> str:
        return " ".join("".join(self.list_words()).split())

    def list_words(self) -> Iterator[str]:
        is_closed = self.tag == "details" and "open" not in self.attributes
        for child in self.children:
            if isinstance(child, str):
                yield "" if is_closed else child
            elif not child.is_hidden and not (is_closed and child.tag != "summary"):
                yield from child.list_words()

    @property
    def role(self) -> str:
        kind = self.attributes.get("type", "")
        if self.tag == "button" or (self.tag == "input" and kind in BUTTONS):
            return "button"
        if self.tag == "a" and "href" in self.attributes:
            return "link"
        return "field" if self.tag in ("input", "select", "textarea") and kind != "hidden" else ""

    @property
    def is_disabled(self) -> bool:
        return "disabled" in self.attributes

    @property
    def entries(self) -> list[tuple[str, str]]:
        """What it sends with its form, under which name: of a button what it sends when it is the one pressed."""
        name, kind = self.attributes.get("name", ""), self.attributes.get("type", "")
        if not name or self.is_disabled or kind in ("reset", "file"):
            return []
        if self.tag == "select":
            return [(name, value) for value in self.list_chosen()]
        if self.tag == "textarea":
            return [(name, "".join(self.list_words()).removeprefix("\n"))]
        if kind in TICKED:
            return [(name, self.attributes.get("value", "on"))] if "checked" in self.attributes else []
        return [(name, self.attributes.get("value", ""))]

    def list_chosen(self) -> list[str]:
        options = [one for one in self.walk() if one.tag == "option"]
        chosen = [one for one in options if "selected" in one.attributes]
        if "multiple" not in self.attributes:
            chosen = chosen[-1:] or options[:1]
        return [one.attributes.get("value", one.text) for one in chosen]

    def write(self, text: str) -> None:
        if self.tag == "textarea":
            self.children = [text]
        else:
            self.attributes["value"] = text

    def choose(self, option: str) -> None:
        """By what the option says, or by its value."""
        options = [one for one in self.walk() if one.tag == "option"]
        chosen = [one for one in options if option in (one.text, one.attributes.get("value"))]
        assert chosen, (option, [one.text for one in options])
        for one in options:
            one.attributes.pop("selected", None)
        chosen[0].attributes["selected"] = ""

    def find_parent(self, *tags: str) -> "Node | None":
        one = self.parent
        while one and one.tag not in tags:
            one = one.parent
        return one


class Page(Node):
    """All of it, and what refers from one of its elements to another."""

    def list_all(self, one: Node | None = None) -> Iterator["Node"]:
        """Hidden ones too."""
        for child in (one or self).children:
            if isinstance(child, Node):
                yield child
                yield from self.list_all(child)

    def get(self, id: str) -> Node:
        return next(one for one in self.list_all() if one.attributes.get("id") == id)

    def name_of(self, one: Node) -> str:
        if refers := one.attributes.get("aria-labelledby"):
            return " ".join(self.get(id).text for id in refers.split())
        return one.attributes.get("aria-label") or one.text or one.attributes.get("value", "")

    @cached_property
    def labels(self) -> dict[str, str]:
        """Words of labels by the id of what they label."""
        named = [one for one in self.walk() if one.tag == "label" and "for" in one.attributes]
        return {one.attributes["for"]: one.text for one in named}

    def label_of(self, one: Node) -> str:
        """All that labels it: words of its own or of others, or a label around it."""
        words = [self.name_of(one)] if {"aria-label", "aria-labelledby"} & set(one.attributes) else []
        words.append(self.labels.get(one.attributes.get("id", ""), ""))
        around = one.find_parent("label")
        words.append(around.text if around and "for" not in around.attributes else "")
        return " ".join(filter(None, words))

    def form_of(self, one: Node) -> Node | None:
        return self.get(one.attributes["form"]) if "form" in one.attributes else one.find_parent("form")

    def entries_of(self, form: Node) -> list[tuple[str, str]]:
        """What it sends, without its buttons: hidden fields too, for to be hidden is no reason not to be sent."""
        return [entry for one in self.fields_of(form) for entry in one.entries]

    def fields_of(self, form: Node) -> list[Node]:
        fields = [one for one in self.list_all() if one.tag in ("input", "select", "textarea") and one.role != "button"]
        return [one for one in fields if self.form_of(one) is form and not is_in_disabled_set(one)]

    def list_missing(self, form: Node) -> list[str]:
        """The required ones that nothing stands in, or of whose group nothing is ticked."""
        required = [one for one in self.fields_of(form) if "required" in one.attributes]
        filled = {name for name, value in self.entries_of(form) if value}
        return [one.attributes.get("name", "") for one in required if one.attributes.get("name") not in filled]


def is_in_disabled_set(one: Node) -> bool:
    around = one.find_parent("fieldset")
    return bool(around) and (around.is_disabled or is_in_disabled_set(around))


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page("page", {})
        self.inside: Node = self.page

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        one = Node(tag, {name: value or "" for name, value in attributes}, self.inside)
        self.inside.children.append(one)
        if tag not in VOID:
            self.inside = one

    def handle_endtag(self, tag: str) -> None:
        """What was left open inside it ends with it."""
        around: Node | None = self.inside
        while around and around.tag != tag:
            around = around.parent
        if around and around.parent:
            self.inside = around.parent

    def handle_data(self, data: str) -> None:
        self.inside.children.append(data)


def read_page(html: str) -> Page:
    reader = Reader()
    reader.feed(html)
    return reader.page
