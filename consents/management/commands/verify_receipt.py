"""`verify_receipt`: is this receipt genuine, and what does it prove? With --key it runs offline, without settings."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consents.choices.receipts.claims import KIND_OF_KEY, Verified, verified
from consents.core import jose
from consents.core.refusals import Refusal

HELP = """Check a receipt that a customer took away, and say what it proves and what it does not.

FILE is the signed receipt (.jws). With --key KEYS (the company's /.well-known/jwks.json, saved to a file) nothing
else is needed: no network, no database, no settings, no key of the portal. Without it the portal's own keys are used,
and it is said whether that consent is in force now.

Exit codes: 0 genuine; 1 not genuine (one sentence says why); 2 a file cannot be read."""


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument("file", metavar="FILE", type=Path, help="the signed receipt")
        parser.add_argument("--key", metavar="KEYS", type=Path, help="file with the public keys (JSON Web Key Set)")

    def handle(self, *args: Any, file: Path, key: Path | None, **options: Any) -> None:
        text, keys_text = text_of(file), text_of(key) if key else None
        try:
            receipt = verified(text, jose.read_jwks(keys_text) if keys_text is not None else own_keys())
        except Refusal as refusal:
            raise CommandError(f"Not genuine. {refusal}") from None
        self.stdout.write(offline_words(receipt) if key else words(receipt))


def own_keys() -> jose.KeySet:
    from django.conf import settings

    return jose.known_in(settings.PORTAL_KEYS, KIND_OF_KEY)


def words(receipt: Verified) -> str:
    """As the page says it."""
    from consents.choices.receipts import presenting, selectors
    from consents.core import clock

    in_force = presenting.in_force_now(selectors.entry_of(receipt), clock.now())
    verdict = presenting.verdict(receipt, in_force)
    facts = "\n".join(f"{label}: {value}" for label, value in verdict.facts)
    return f"Genuine. {verdict.proves}\n{verdict.proves_not}\n{verdict.in_force}\n\n{facts}"


def offline_words(receipt: Verified) -> str:
    at = receipt.at.isoformat(sep=" ", timespec="minutes")
    return (
        f"Genuine. {receipt.company} signed on {at} that “{receipt.name}” came to {receipt.status}.\n"
        "It does not prove who the customer is, or that nothing has changed since.\n"
        f"Whether that consent is in force now is told to its holder at {receipt.portal}/receipts/verify/\n\n"
        f"Receipt: {receipt.number}\nCustomer, by pseudonym: {receipt.customer}"
    )


def text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(2 * jose.LARGEST + 1).decode()
    except (OSError, UnicodeDecodeError, ValueError) as reason:
        raise CommandError(f"A file cannot be read ({type(reason).__name__}).", returncode=2) from None
