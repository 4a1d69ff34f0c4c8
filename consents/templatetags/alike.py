"""Render once what many rows of a page have in common.

    {% alike row.alike %}…{% endalike %}

What stands between is rendered for the first row of each kind, and repeated for the others of that page: it may depend
on nothing but the kind. Nothing is kept when the page is done.
"""

from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.safestring import SafeString

register = template.Library()


class AlikeNode(template.Node):
    def __init__(self, kind: FilterExpression, nodelist: NodeList) -> None:
        self.kind, self.nodelist = kind, nodelist

    def render(self, context: template.Context) -> SafeString:
        page: Any = context.render_context
        rendered: dict[object, SafeString] = page.setdefault(self, {})
        kind = self.kind.resolve(context)
        if kind not in rendered:
            rendered[kind] = self.nodelist.render(context)
        return rendered[kind]


@register.tag("alike")
def parse_alike(parser: Parser, token: Token) -> AlikeNode:
    _tag, kind = token.split_contents()
    nodelist = parser.parse(("endalike",))
    parser.delete_first_token()
    return AlikeNode(parser.compile_filter(kind), nodelist)
