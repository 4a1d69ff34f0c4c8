"""Load templates with everything worked out beforehand that is the same for all who read them in one language.

Most of a page is such text: words that are translated, addresses without arguments, icons, static files. It is rendered
once, when the template is first loaded in a language, and joined with the text around it; what depends on a person is
never known here, for nothing but the language is. Pages that speak of a represented customer by name (core.
represented_words) use the template as it was written, and draw no icon twice either.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.template import Context, Node, NodeList, Template
from django.template.base import FilterExpression, TextNode, TokenType, Variable
from django.template.defaulttags import CommentNode, IfNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loader_tags import IncludeNode
from django.template.loaders import base, cached
from django.templatetags.i18n import BlockTranslateNode, TranslateNode
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch, get_script_prefix
from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags import heroicons

from consents.core.represented_words import get_shared_language
from consents.templatetags.portal import htmx_config
from portal.quick_nodes import QuickNodeList, quicken_node
from portal.quick_values import quicken_values

ICONS = {
    draw: cache(draw)
    for draw in (
        heroicons.heroicon_micro,
        heroicons.heroicon_mini,
        heroicons.heroicon_outline,
        heroicons.heroicon_solid,
    )
}
CONSTANT_TAGS = {*ICONS, htmx_config}


class FoldingLoader(base.Loader):
    """Fold a template that is loaded while a language is active."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template: Template = super().get_template(template_name, skip)
        if get_shared_language():
            fold_nodes(template.nodelist, template)
        else:
            for node in template.nodelist.get_nodes_by_type(SimpleNode):
                keep_icon(node)
        return template


class Loader(cached.Loader, FoldingLoader):
    """Keep each template once for every language, and once as it was written."""

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        return f"{get_shared_language()} {get_script_prefix()} {super().cache_key(template_name, skip)}"


class SealedInclude(Node):
    """`{% include "…" with … only %}`: the template is looked up once, and the context is not copied but set aside."""

    child_nodelists = ()

    def __init__(self, include: IncludeNode, template: Template) -> None:
        self.name, self.values, self.engine = str(include.template.var), include.extra_context, template.engine
        self.included: Template | None = None

    def render(self, context: Context) -> SafeString:
        if self.included is None:
            self.included = self.engine.get_template(self.name)
        values = {name: value.resolve(context) for name, value in self.values.items()}
        outer, context.dicts = context.dicts, [context.dicts[0], values]
        state, including = context.render_context, context.render_context.template
        state.template = self.included
        state.push()
        try:
            return self.included.nodelist.render(context)
        finally:
            state.pop()
            context.dicts, state.template = outer, including


class FoldedVariable(Node):
    """A translation that the template keeps under a name, such as the format of a date."""

    child_nodelists = ()

    def __init__(self, name: str, value: SafeString) -> None:
        self.name, self.value = name, value

    def render(self, context: Context) -> SafeString:
        context[self.name] = self.value
        return mark_safe("")


def fold_nodes(nodes: NodeList, template: Template) -> None:
    """Replace what is the same for everybody by its text, and join it with the text around; quicken the rest, unless
    a page of errors must be able to name the place."""
    folded: list[Node] = []
    for node in nodes:
        for inner in list_inner_nodes(node):
            fold_nodes(inner, template)
        node = fold_node(node, template)
        if not template.engine.debug:
            quicken_values(node)
            node = quicken_node(node)
        if isinstance(node, TextNode) and folded and isinstance(folded[-1], TextNode):
            folded[-1] = TextNode(folded[-1].s + node.s)
        else:
            folded.append(node)
    nodes[:] = folded
    if not template.engine.debug:
        nodes.__class__ = QuickNodeList  # others hold the list: blocks, parts, conditions


def list_inner_nodes(node: Node) -> Iterator[NodeList]:
    if isinstance(node, IfNode):
        yield from (inner for _condition, inner in node.conditions_nodelists)
        return
    for name in node.child_nodelists:
        if isinstance(inner := getattr(node, name, None), NodeList):
            yield inner


def fold_node(node: Node, template: Template) -> Node:
    """Return what this node is whoever reads it, a text or a named value; the node itself if it depends on more."""
    if isinstance(node, (CommentNode, LoadNode)):
        return TextNode("")
    if isinstance(node, IncludeNode):
        is_sealed = node.isolated_context and is_literal(node.template) and isinstance(node.template.var, str)
        return SealedInclude(node, template) if is_sealed else node
    if not is_constant(node):
        keep_icon(node)
        return node
    context = Context()
    try:
        with context.bind_template(template):
            text = mark_safe(str(node.render(context)))
    except NoReverseMatch:
        return node  # a page that this portal does not have, behind a condition
    name = getattr(node, "asvar", None)
    return FoldedVariable(name, context[name]) if name else TextNode(text)


def keep_icon(node: Node) -> None:
    """Let an icon that was drawn before be the one of then: drawing takes longer than most of what is around it."""
    if isinstance(node, SimpleNode):
        node.func = ICONS.get(node.func, node.func)


def is_constant(node: Node) -> bool:
    """Return True for a node whose text depends on nothing but the language."""
    match node:
        case TranslateNode():
            return is_literal(node.filter_expression) and is_literal(node.message_context)
        case BlockTranslateNode():
            is_text = all(token.token_type == TokenType.TEXT for token in node.singular)
            return is_text and not (node.plural or node.extra_context) and is_literal(node.message_context)
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
