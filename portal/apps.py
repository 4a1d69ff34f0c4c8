from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks
from django.utils.module_loading import autodiscover_modules


class PortalAdminConfig(SimpleAdminConfig):
    """Finds no pages: the worker and most commands show none, and would start more slowly. `portal.urls` finds them."""

    default_site = "portal.admin.PortalAdminSite"

    def ready(self) -> None:
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_staff_pages, checks.Tags.admin)


def find_staff_pages() -> None:
    """Find the rooms' admin pages, in `staff/` too."""
    from django.contrib.admin import site

    autodiscover_modules("admin", register_to=site)
    autodiscover_modules("staff.admin")


def check_staff_pages(app_configs: Sequence[AppConfig] | None, **_more: Any) -> list[checks.CheckMessage]:
    find_staff_pages()
    found: list[checks.CheckMessage] = check_admin_app(app_configs)
    return found
