from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules


class PortalAdminConfig(AdminConfig):
    default_site = "portal.admin.PortalAdminSite"

    def ready(self) -> None:
        """Find the rooms' admin pages in `staff/` too."""
        super().ready()
        autodiscover_modules("staff.admin")
