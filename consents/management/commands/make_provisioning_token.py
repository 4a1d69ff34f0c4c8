"""`make_provisioning_token`: what the company's directory signs in with."""

from typing import Any

from consents.core.bearer_tokens import make_token
from consents.management.operator_command import OperatorCommand


class Command(OperatorCommand):
    help = """Make a token for the company's directory (SCIM 2.0), and show it once.

The directory is given the token, PORTAL_PROVISIONING_TOKENS its hash. Two hashes count at once, separated by a comma:
add the new one, give the token to the directory, then take the old hash away. Nothing is stored."""

    def handle(self, *args: Any, **options: Any) -> None:
        token, hashed = make_token()
        self.stdout.write(f"Token for the directory, shown this once: {token}\nPORTAL_PROVISIONING_TOKENS={hashed}")
