from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CopiesConfig(AppConfig):
    name = "consents.copies"
    label = "copies"
    verbose_name = _("Copies")

    def ready(self) -> None:
        from consents.copies import selectors
        from consents.copies.services import files, packages
        from consents.people.signals import customer_erased
        from consents.rights.signals import answer_begins, copy_shown, rights_request_answered
        from consents.vault.signals import part_erased

        copy_shown.connect(selectors.describe_copy, dispatch_uid="copies.shown")
        answer_begins.connect(files.check_files_ready, dispatch_uid="copies.files_ready")
        rights_request_answered.connect(packages.queue_package, dispatch_uid="copies.answered")
        part_erased.connect(packages.remove_after_part_erasure, dispatch_uid="copies.part_erased")
        customer_erased.connect(packages.remove_all_packages, dispatch_uid="copies.customer_erased")
