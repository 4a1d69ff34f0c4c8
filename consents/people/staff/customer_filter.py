"""Narrow a list to the one customer who was looked up, on record."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy


class CustomerFilter(admin.SimpleListFilter):
    """The one customer who was looked up: by their pseudonym, never by what was typed."""

    title = gettext_lazy("customer")
    parameter_name = "customer"
    keeps_case = True  # as the rows write it

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        customer = self.parse_customer()
        return [(str(customer), str(customer)[:8])] if customer else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        customer = self.parse_customer()
        return queryset.filter(customer=customer) if customer else queryset

    def parse_customer(self) -> UUID | None:
        try:
            return UUID(str(self.value()))
        except ValueError:
            return None
