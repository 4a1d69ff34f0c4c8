"""Emails to staff that say where something stands name a page by the very words of the menu."""

import re
from pathlib import Path

from django.test import RequestFactory
from django.utils import translation

from portal.staff_menu import build_staff_menu

EMAILS = Path(__file__).parents[2] / "templates" / "email"
NAMED = re.compile(r"“([^”]+)” shows")
# Customers' pages, which their own menu names.
CUSTOMERS = {"Who can act", "Who looked", "Your choices", "Your rights"}


def list_menu_labels(world) -> set[str]:
    labels = {"My requests"}  # what requesters read where officers read “Access requests”
    for member in (world.sam, world.pia, world.otto):
        request = RequestFactory().get("/admin/")
        request.user = member.user
        labels |= {str(link["label"]) for section in build_staff_menu(request) for link in section["links"]}
    return labels


def test_no_entry_of_the_german_menu_is_broken_after_its_first_letter(world):
    with translation.override("de"):
        labels = list_menu_labels(world)

    assert any("E\u2011Mail" in label for label in labels)
    assert not any("E-Mail" in label for label in labels)


def test_each_page_an_email_names_is_in_the_menu(world):
    named = {(file.name, name) for file in EMAILS.glob("*.txt") for name in NAMED.findall(file.read_text())}
    unknown = {(file, name) for file, name in named if name not in list_menu_labels(world) | CUSTOMERS}

    assert len(named) > 5 and not unknown
