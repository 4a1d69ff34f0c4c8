"""Make the pages of the stock admin plain: named by what is in them, words where there is nothing, one way to save."""

from typing import Any

from django.contrib import admin
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

# Of the stock scripts what a page of ours can need. The others fill in a field while another is typed, which no page
# does, and bring an alphabet of all the world's letters for it.
SCRIPTS = ("vendor/jquery/jquery.min.js", "jquery.init.js", "core.js", "admin/RelatedObjectLookups.js", "actions.js")


class PlainPages(admin.ModelAdmin):
    """Serve as the base of every admin: the list of records, and the page of one record."""

    # What an empty list says, so that nobody wonders whether something is missing.
    nothing_yet: Any = _("There is nothing here yet.")
    # Whether the list leaves out a part until somebody filters: then its filters stand there even where it is empty.
    is_filtered_at_first = False

    @property
    def media(self) -> Media:
        return Media(js=[f"admin/js/{name}" for name in SCRIPTS])

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Name the list by what is in it; the stock heading says what one could do with it."""
        title = capfirst(self.opts.verbose_name_plural)
        response: HttpResponse = super().changelist_view(request, {"title": title} | (extra_context or {}))
        return response

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Name the page by the record, and offer no further one beside it: that begins above the list."""
        context |= {"show_save_and_add_another": False}
        inlines = [part for inline in context["inline_admin_formsets"] for part in inline.formset.forms]
        for form in (context["adminform"].form, *inlines):
            form.label_suffix = ""
        if context.get("subtitle"):
            context |= {"title": context["subtitle"], "subtitle": None}
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response
