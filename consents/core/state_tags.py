"""Render the state of a record as lists and pages of staff show it."""

from django.utils.html import format_html
from django.utils.safestring import SafeString


def render_state_tag(tone: str, word: str) -> SafeString:
    """Render a word in the colour of its tone: yes, no, wait or stop."""
    return format_html('<span class="state state-{}">{}</span>', tone, word)
