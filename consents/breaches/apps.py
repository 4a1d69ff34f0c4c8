from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BreachesConfig(AppConfig):
    name = "consents.breaches"
    verbose_name = _("Data breaches")

    def ready(self) -> None:
        from consents.access.selectors.locking import BESIDE_HOME
        from consents.access.signals import notices_shown
        from consents.breaches.customers.pages import list_notices
        from consents.breaches.selectors import NOTICES, select_notices_of

        BESIDE_HOME[NOTICES] = select_notices_of
        notices_shown.connect(list_notices)
