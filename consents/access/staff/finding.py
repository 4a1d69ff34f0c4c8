"""Find requests by their case, or by the number or address of the customer; what was typed is in no address."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from consents.access.models import AccessRequest
from consents.people.found_customers import build_who_field


class FindRequestsForm(forms.Form):
    who = build_who_field(
        gettext_lazy(
            "The case number of a request; or exactly the customer number or the email address on file. Looking up a "
            "customer is recorded."
        ),
        label=gettext_lazy("Case or customer"),
        missing=gettext_lazy("Type a case number, a customer number or an email address."),
    )


class CaseFilter(admin.SimpleListFilter):
    """The requests with the case number of this one, which stands in no address itself, and is one that the reader may
    see: to anybody else it would tell whose case it is."""

    title = gettext_lazy("case")
    parameter_name = "case_of"
    keeps_case = True  # as the rows write it

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.number = self.read_case_number(model_admin.get_queryset(request))
        return [(str(self.value()), self.number)] if self.number else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return filter_by_case(queryset, self.number) if self.number else queryset

    def read_case_number(self, visible: QuerySet[Any]) -> str:
        """Return the case number of the request in the address; '' for none, or one that the reader may not see."""
        try:
            return visible.filter(pk=UUID(str(self.value()))).values_list("case_number", flat=True).first() or ""
        except ValueError:
            return ""


def filter_by_case(requests: QuerySet[Any], case: str) -> QuerySet[Any]:
    return requests.filter(case_number__iexact=case)


def find_request_of_case(requests: QuerySet[AccessRequest], typed: str) -> AccessRequest | None:
    """Return one of these requests with this case number, the newest; None if there is none."""
    return filter_by_case(requests, typed).order_by("-filed_at", "pk").first()
