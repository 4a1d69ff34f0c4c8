from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CopiesConfig(AppConfig):
    name = "consents.copies"
    verbose_name = _("Copies")

    def ready(self) -> None:
        from consents.copies import selectors
        from consents.copies.services import files, packages
        from consents.people.signals import customer_erased
        from consents.rights.signals import answer_begins, copy_shown, rights_request_answered
        from consents.vault.signals import part_erased

        copy_shown.connect(selectors.describe_copy)
        answer_begins.connect(files.check_files_ready)
        rights_request_answered.connect(packages.queue_package)
        part_erased.connect(packages.remove_after_part_erasure)
        customer_erased.connect(packages.remove_all_packages)
