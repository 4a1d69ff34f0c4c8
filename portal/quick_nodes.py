"""Render the nodes of a template as Django does, without what only its page of errors and rare values need.

Django wraps each node to say where it failed, asks of each value whether it is a moment or a number, walks the template
that a page extends each time to find its blocks, and looks an address up in all patterns for each link. A page of the
portal has some 300 nodes and thirty links.
"""

from html import escape
from typing import Any
from uuid import UUID

from django.template import Context, Node, NodeList
from django.template.base import FilterExpression, TextNode, VariableNode, render_value_in_context
from django.template.defaulttags import ForNode, URLNode
from django.utils.safestring import SafeString


class QuickNodeList(NodeList):
    """The nodes of a template that is loaded: they do not change any more."""

    def render(self, context: Context) -> SafeString:
        return SafeString(
            "".join([node.s if node.__class__ is TextNode else str(node.render(context)) for node in self])
        )

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
            return str(value)
        if kind is str and context.autoescape:
            return escape(value)
        return str(render_value_in_context(value, context))


class QuickURL(URLNode):
    """`{% url "…" id %}` of something with a UUID: what stands before and after it is the same for all."""

    def __init__(self, node: URLNode) -> None:
        super().__init__(node.view_name, node.args, node.kwargs, node.asvar)
        self.around: tuple[str, str] | None = None

    def render(self, context: Context) -> str:
        id = self.args[0].resolve(context)
        if id.__class__ is not UUID:
            return str(super().render(context))
        if self.around is None:
            before, text, after = str(super().render(context)).partition(str(id))
            self.around = (before, after) if text else None
            return before + text + after
        return f"{self.around[0]}{id}{self.around[1]}"


def quicken_node(node: Node) -> Node:
    """Return a node that renders the same, sooner; the node itself if there is none."""
    if node.__class__ is VariableNode:
        return copy_place(node, QuickVariable(node.filter_expression))
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
