"""`verify_receipt`: is this receipt genuine, and what does it prove? With --key it runs offline, without settings."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from consents.choices.receipts.claims import KIND_OF_KEY, VerifiedReceipt, verify_receipt
from consents.core import signing
from consents.core.refusals import Refusal
from consents.management.operator_command import OperatorCommand, read_own_keys, read_text_file


class Command(OperatorCommand):
    help = """Check a receipt that a customer took away, and say what it proves and what it does not.

FILE is the signed receipt (.jws). With --key KEYS (the company's /.well-known/jwks.json, saved to a file) nothing
else is needed: no network, no database, no settings, no key of the portal. Without it the portal's own keys are used,
and it is said whether that consent is in force now.

Exit codes: 0 genuine; 1 not genuine (one sentence says why); 2 a file cannot be read, or no key is here to
check it with."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="the signed receipt")
        parser.add_argument("--key", metavar="KEYS", type=Path, help="file with the public keys (JSON Web Key Set)")

    def handle(self, *args: Any, file: Path, key: Path | None, **options: Any) -> None:
        text, keys_text = read_text_file(file), read_text_file(key) if key else None
        try:
            receipt = verify_receipt(
                text,
                signing.parse_jwks(keys_text, KIND_OF_KEY) if keys_text is not None else read_own_keys(KIND_OF_KEY),
            )
        except Refusal as refusal:
            raise CommandError(f"Not genuine. {refusal}") from None
        self.stdout.write(describe_offline_receipt(receipt) if key else describe_receipt(receipt))


def describe_receipt(receipt: VerifiedReceipt) -> str:
    """Describe a verified receipt as the page does."""
    from consents.choices.receipts import document as presenting
    from consents.core import clock

    verdict = presenting.judge_receipt(receipt, clock.now())
    facts = "\n".join(f"{label}: {value}" for label, value in verdict.facts)
    return f"Genuine. {verdict.proves}\n{verdict.proves_not}\n{verdict.in_force}\n\n{facts}"


def describe_offline_receipt(receipt: VerifiedReceipt) -> str:
    at = receipt.at.isoformat(sep=" ", timespec="minutes")
    return (
        f"Genuine. {receipt.company} signed on {at} that “{receipt.name}” came to {receipt.status}.\n"
        "It does not prove who the customer is, or that nothing has changed since.\n"
        f"Whether that consent is in force now is told to its holder at {receipt.portal}/receipts/verify/\n\n"
        f"Receipt: {receipt.number}\nCustomer, by pseudonym: {receipt.customer}"
    )
