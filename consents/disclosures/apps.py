from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisclosuresConfig(AppConfig):
    name = "consents.disclosures"
    verbose_name = _("Looks")

    def ready(self) -> None:
        from consents.access.signals import home_shown
        from consents.disclosures.customers.presenting import describe_news
        from consents.disclosures.selectors import preview_undecided_reports
        from consents.disclosures.telling.services import forget_look_news
        from consents.people.signals import customer_erased, erasure_previewed

        home_shown.connect(describe_news)
        customer_erased.connect(forget_look_news)
        erasure_previewed.connect(preview_undecided_reports)
