"""Render the nodes of a template as Django does, without what only its page of errors and rare values need.

Django wraps each node to say where it failed, asks of each value whether it is a moment or a number, walks the template
that a page extends each time to find its blocks, looks an address up in all patterns for each link, and takes the
format of each day and moment to pieces. A page of the portal has some 300 nodes and thirty links, one of looks some
hundred moments in three formats.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from html import escape
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template import Context, Library, Node, NodeList
from django.template.base import FilterExpression, TextNode, VariableNode, render_value_in_context
from django.template.defaultfilters import date as write_date
from django.template.defaulttags import ForNode, URLNode
from django.templatetags.i18n import BlockTranslateNode
from django.urls import NoReverseMatch, reverse
from django.utils.dateformat import re_escaped, re_formatchars
from django.utils.dates import MONTHS
from django.utils.safestring import SafeString
from django.utils.translation import gettext

CODE = re.compile(r"[-a-zA-Z0-9_]+")  # the same in an address and in HTML
STAND_IN, NO_ID = "stand-in-for-a-code", UUID(int=0)


class QuickNodeList(NodeList):
    """The nodes of a loaded template, which no longer change."""

    def render(self, context: Context) -> SafeString:
        return SafeString("".join([node.s if node.__class__ is TextNode else node.render(context) for node in self]))

    def get_nodes_by_type(self, nodetype: type) -> list[Node]:
        known: dict[type, list[Node]] = vars(self).setdefault("by_type", {})
        if nodetype not in known:
            known[nodetype] = super().get_nodes_by_type(nodetype)
        return known[nodetype]


class JoinedNodes(Node):
    """Holds what a loop repeats, as one node."""

    def __init__(self, nodes: QuickNodeList) -> None:
        self.nodelist = nodes

    def render(self, context: Context) -> SafeString:
        return self.nodelist.render(context)


class QuickVariable(VariableNode):
    """`{{ value }}`: text, as nearly all of them are, is neither a moment nor a number to be written."""

    def render(self, context: Context) -> str:
        value = self.filter_expression.resolve(context)
        kind = value.__class__
        if kind is SafeString:
            safe: SafeString = value
            return safe
        if kind is str and context.autoescape:
            return escape(value)
        if kind is int and not settings.USE_THOUSAND_SEPARATOR:
            return str(value)
        return str(render_value_in_context(value, context))


class QuickURL(URLNode):
    """`{% url "…" id %}` of a UUID or a code: what stands before and after it is the same for all."""

    def __init__(self, node: URLNode) -> None:
        super().__init__(node.view_name, node.args, node.kwargs, node.asvar)
        self.around: dict[type, tuple[str, str] | None] = {}

    def render(self, context: Context) -> str:
        id = self.args[0].resolve(context)
        kind = id.__class__
        if kind is not UUID and not (kind is str and CODE.fullmatch(id)):
            return str(super().render(context))
        if kind not in self.around:
            self.around[kind] = self.find_around(NO_ID if kind is UUID else STAND_IN)
        around = self.around[kind]
        return f"{around[0]}{id}{around[1]}" if around else str(super().render(context))

    def find_around(self, stand_in: UUID | str) -> tuple[str, str] | None:
        """Find what stands around the id in the address; None where it takes no such id, which Django is to say."""
        try:
            before, _id, after = reverse(self.view_name.var, args=[stand_in]).partition(str(stand_in))
        except NoReverseMatch:
            return None
        return escape(before), escape(after)


class QuickSentence(BlockTranslateNode):
    """`{% blocktranslate %}` with values: a template is loaded in one language, and translated then."""

    def __init__(self, node: Any) -> None:
        super().__init__(node.extra_context, node.singular, trimmed=node.trimmed, tag_name=node.tag_name)
        for value in self.extra_context.values():
            quicken_dates(value)
        written, self.names = self.render_token_list(self.singular)
        self.sentence: str = gettext(written)

    def render(self, context: Context, nested: bool = False) -> str:
        with context.push(**{name: value.resolve(context) for name, value in self.extra_context.items()}):
            values = {name: render_value_in_context(context.get(name, ""), context) for name in self.names}
        try:
            return self.sentence % values
        except (KeyError, ValueError):
            return str(super().render(context, nested))


def quicken_dates(value: FilterExpression) -> None:
    value.filters = [
        (write_quick_date if apply is write_date else apply, arguments) for apply, arguments in value.filters
    ]


def quicken_node(node: Node) -> Node:
    """Return a node that renders the same, sooner; the node itself if there is none."""
    if node.__class__ is VariableNode:
        quicken_dates(node.filter_expression)
        return copy_place(node, QuickVariable(node.filter_expression))
    if node.__class__ is BlockTranslateNode and not (node.plural or node.asvar or node.message_context):
        return copy_place(node, QuickSentence(node))
    if node.__class__ is URLNode and len(node.args) == 1 and not node.kwargs and node.asvar is None:
        return copy_place(node, QuickURL(node)) if is_text(node.view_name) else node
    if isinstance(node, ForNode):
        repeated: Any = node.nodelist_loop
        node.nodelist_loop = QuickNodeList([JoinedNodes(QuickNodeList(repeated))])
    return node


def copy_place[Quick: Node](node: Any, quick: Quick) -> Quick:
    """Keep where in which template the node stands."""
    for name in ("token", "origin"):
        setattr(quick, name, getattr(node, name))
    return quick


def is_text(value: FilterExpression) -> bool:
    return isinstance(value.var, str) and not value.filters


PIECES: dict[str, Callable[[Any], str]] = {
    "c": lambda at: str(at.isoformat()),
    "d": lambda at: f"{at.day:02d}",
    "F": lambda at: str(MONTHS[at.month]),
    "H": lambda at: f"{at.hour:02d}",
    "i": lambda at: f"{at.minute:02d}",
    "j": lambda at: str(at.day),
    "m": lambda at: f"{at.month:02d}",
    "Y": lambda at: f"{at.year:04d}",
}
OF_TIME = frozenset("Hi")


def write_quick_date(value: Any, form: Any = None) -> str:
    """Like Django's filter `date`, which names its formats in capitals: those are looked up. What is neither a day nor
    a moment, and formats with other letters, are Django's to write.
    """
    kind = value.__class__
    if (kind is datetime or kind is date) and isinstance(form, str):
        pieces = split_format(str(form), kind)
        if pieces:
            return "".join([piece if piece.__class__ is str else piece(value) for piece in pieces])
    return str(write_date(value, form))


Library().filter("date", write_quick_date, expects_localtime=True)


@lru_cache(maxsize=256)
def split_format(form: str, kind: type) -> Sequence[Any]:
    """Split into texts and the functions that write what stands between them; empty where Django must write it."""
    texts, letters = re_formatchars.split(form)[::2], re_formatchars.split(form)[1::2]
    if form.isupper() or not set(letters) <= PIECES.keys() - (OF_TIME if kind is date else set()):
        return ()
    pieces: list[Any] = [re_escaped.sub(r"\1", texts[0])]
    for letter, text in zip(letters, texts[1:], strict=True):
        pieces += [PIECES[letter], re_escaped.sub(r"\1", text)]
    return [piece for piece in pieces if piece]
