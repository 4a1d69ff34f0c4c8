from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "consents.decisions"

    def ready(self) -> None:
        from consents.decisions.selectors import queue_part_webhooks
        from consents.vault.signals import part_erased

        part_erased.connect(queue_part_webhooks)
