"""`public_key`: what anybody needs to verify what the portal signs."""

from typing import Any

from django.conf import settings

from consents.core import signing
from consents.ledger.services import appending
from consents.management.operator_command import OperatorCommand


class Command(OperatorCommand):
    help = """Print the public keys of this portal, newest last: PEM, and the line that tools for signed notes read
(name+id+key), one for each name that the log has had. Save it to a file for `manage.py verify_inclusion --key FILE`
and `verify_consistency --key FILE`; nothing in it is secret. It is published at /.well-known/ledger too.

Exit codes: 0 printed; 1 there is no signing key."""

    def handle(self, *args: Any, **options: Any) -> None:
        for key in signing.load_public_keys(settings.PORTAL_KEYS):
            lines = [signing.build_verifier_key(name, key) for name in appending.list_log_names()]
            self.stdout.write(signing.build_pem(key) + "\n".join(lines))
