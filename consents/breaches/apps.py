from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BreachesConfig(AppConfig):
    name = "consents.breaches"
    label = "breaches"
    verbose_name = _("Data breaches")

    def ready(self) -> None:
        from consents.access.selectors.readings import BESIDE_HOME
        from consents.access.signals import notices_shown
        from consents.breaches.customers.presenting import list_unread_notices
        from consents.breaches.selectors import UNREAD, select_unread_notices

        BESIDE_HOME[UNREAD] = select_unread_notices
        notices_shown.connect(list_unread_notices, dispatch_uid="breaches.notices_shown")
