"""Render inputs and lists to choose from as Django's templates do, which are three deep for each tick.

A page with one form has some thirty of them. Everything else of a form is a template: of ours, or of Django's.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeString, mark_safe

FOLDER = "django/forms/widgets/"
INPUTS = {
    f"{FOLDER}{name}.html"
    for name in (
        *("checkbox", "date", "email", "hidden", "input", "number", "password", "search", "text"),
        *("checkbox_option", "radio_option"),
    )
}
SELECT = f"{FOLDER}select.html"
type Widget = Mapping[str, Any]


class QuickRenderer(TemplatesSetting):
    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> SafeString:
        widget = context.get("widget", {})
        if template_name in INPUTS and not widget.get("wrap_label"):
            return render_input(widget)
        if template_name == SELECT and is_plain_list(widget):
            return render_select(widget)
        return mark_safe(super().render(template_name, context, request))


def render_input(widget: Widget) -> SafeString:
    value = "" if widget["value"] is None else f' value="{escape_value(widget["value"])}"'
    named = f'type="{escape_value(widget["type"])}" name="{escape_value(widget["name"])}"'
    return mark_safe(f"<input {named}{value}{render_attributes(widget)}>")


def is_plain_list(widget: Widget) -> bool:
    return all(
        option["template_name"] == f"{FOLDER}select_option.html"
        for _name, options, _index in widget["optgroups"]
        for option in options
    )


def render_select(widget: Widget) -> SafeString:
    parts = [f'<select name="{escape_value(widget["name"])}"{render_attributes(widget)}>']
    for group, options, _index in widget["optgroups"]:
        parts += [f'\n  <optgroup label="{escape_value(group)}">'] if group else []
        parts += [render_option(option) for option in options]
        parts += ["\n  </optgroup>"] if group else []
    return mark_safe("".join([*parts, "\n</select>"]))


def render_option(option: Widget) -> str:
    named = f'value="{escape_value(option["value"])}"{render_attributes(option)}'
    return f"\n  <option {named}>{escape_value(option['label'])}</option>\n"


def render_attributes(widget: Widget) -> str:
    """Render the attributes of a widget, each after a space: one that is True without its value, a False one not."""
    return "".join(
        [
            f" {escape_value(name)}" if value is True else f' {escape_value(name)}="{escape_value(value)}"'
            for name, value in widget["attrs"].items()
            if value is not False
        ]
    )


def escape_value(value: Any) -> str:
    """Escape a value, unless it is safe already."""
    text = str(value)
    return text if isinstance(text, SafeString) else escape(text)
