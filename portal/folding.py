"""Load templates with everything worked out beforehand that is the same for all who read them in one language.

Most of a page is such text: words that are translated, addresses without arguments, icons, static files. It is rendered
once, when the template is first loaded in a language, and joined with the text around it; what depends on a person is
never known here, for nothing but the language is. Pages that speak of a represented customer by name (core.
represented_words) use the template as it was written.
"""

from collections.abc import Iterator
from typing import Any

from django.template import Context, Node, NodeList, Template
from django.template.base import FilterExpression, TextNode, TokenType, Variable
from django.template.defaulttags import CommentNode, IfNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loaders import base, cached
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch, get_script_prefix
from heroicons.templatetags.heroicons import heroicon_micro, heroicon_mini, heroicon_outline, heroicon_solid

from consents.core.represented_words import get_shared_language
from consents.templatetags.portal import htmx_config

CONSTANT_TAGS = {heroicon_micro, heroicon_mini, heroicon_outline, heroicon_solid, htmx_config}


class FoldingLoader(base.Loader):
    """Fold a template that is loaded while a language is active."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template: Template = super().get_template(template_name, skip)
        if get_shared_language():
            fold_nodes(template.nodelist, template)
        return template


class Loader(cached.Loader, FoldingLoader):
    """Keep each template once for every language, and once as it was written."""

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        return f"{get_shared_language()} {get_script_prefix()} {super().cache_key(template_name, skip)}"


def fold_nodes(nodes: NodeList, template: Template) -> None:
    """Replace what is the same for everybody by its text, and join it with the text around."""
    folded: list[Node] = []
    for node in nodes:
        for inner in list_inner_nodes(node):
            fold_nodes(inner, template)
        node = fold_node(node, template)
        if isinstance(node, TextNode) and folded and isinstance(folded[-1], TextNode):
            folded[-1] = TextNode(folded[-1].s + node.s)
        else:
            folded.append(node)
    nodes[:] = folded


def list_inner_nodes(node: Node) -> Iterator[NodeList]:
    if isinstance(node, IfNode):
        yield from (inner for _condition, inner in node.conditions_nodelists)
        return
    for name in node.child_nodelists:
        if isinstance(inner := getattr(node, name, None), NodeList):
            yield inner


def fold_node(node: Node, template: Template) -> Node:
    """Return the node's text if it is the same for everybody; else the node itself."""
    if isinstance(node, (CommentNode, LoadNode)):
        return TextNode("")
    if not is_constant(node):
        return node
    try:
        with (context := Context()).bind_template(template):
            return TextNode(node.render(context))
    except NoReverseMatch:
        return node  # a page that this portal does not have, behind a condition


def is_constant(node: Node) -> bool:
    """Return True for a node whose text depends on nothing but the language."""
    match node:
        case TranslateNode():
            return node.asvar is None and is_literal(node.filter_expression) and is_literal(node.message_context)
        case BlockTranslateNode():
            is_text = all(token.token_type == TokenType.TEXT for token in node.singular)
            is_named = node.plural or node.extra_context or node.asvar
            return is_text and not is_named and is_literal(node.message_context)
        case URLNode():
            given = [node.view_name, *node.args, *node.kwargs.values()]
            return node.asvar is None and all(is_literal(value) for value in given)
        case StaticNode():
            return node.varname is None and is_literal(node.path)
        case SimpleNode():
            given = [*node.args, *node.kwargs.values()]
            is_known = node.func in CONSTANT_TAGS and node.target_var is None
            return is_known and all(is_literal(value) for value in given)
    return False


def is_literal(value: FilterExpression | None) -> bool:
    """Return True for a text or number that stands in the template itself."""
    if value is None:
        return True
    variable = value.var
    is_written = variable.lookups is None if isinstance(variable, Variable) else True
    return is_written and not value.filters
