from django.contrib.admin.apps import AdminConfig


class PortalAdmin(AdminConfig):
    default_site = "portal.admin.PortalAdminSite"
