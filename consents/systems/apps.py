from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SystemsConfig(AppConfig):
    name = "consents.systems"
    verbose_name = _("Other systems")

    def ready(self) -> None:
        from consents.catalogue.signals import purpose_retired, version_published
        from consents.people.signals import erasure_begins
        from consents.systems import services as queueing

        erasure_begins.connect(queueing.queue_erasure_webhooks)
        purpose_retired.connect(queueing.queue_retirement_webhooks)
        version_published.connect(queueing.queue_publication_webhooks)
