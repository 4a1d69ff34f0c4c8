"""`verify_export`: is this what was exported, whole, and does the ledger say so? With --key it runs offline."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consents.core import jose
from consents.core.refusals import Refusal
from consents.exports import verifying
from consents.exports.manifests import KIND_OF_KEY, Manifest
from consents.exports.verifying import Comparison, ExportUnreadable, PackageReader

HELP = """Check an export: the ZIP that was taken, or the folder it was unpacked to.

The manifest must be signed by the portal, and every file be byte for byte what it says, with as many rows. With
--key KEYS (the company's /.well-known/jwks.json, saved to a file) nothing else is needed: no network, no database, no
settings. Without it the portal's own keys are used, the ledger must tell of this very export and be the one it was
taken of, and the records are compared row by row with those the portal has now: none may be missing or made up, and
a row that has changed must say so. Rights requests and their metrics are compared with the ledger's own entries too:
whatever was filed is in the file, unless its removal is on record; what was removed since is counted apart.

Exit codes: 0 as exported; 1 not as exported (a sentence for each reason); 2 it cannot be read."""


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.add_argument("path", metavar="FOLDER_OR_ZIP", type=Path, help="what was taken")
        parser.add_argument("--key", metavar="KEYS", type=Path, help="file with the public keys (JSON Web Key Set)")

    def handle(self, *args: Any, path: Path, key: Path | None, **options: Any) -> None:
        try:
            keys = jose.parse_jwks(key.read_text(), KIND_OF_KEY) if key else read_own_keys()
            with verifying.open_package(path) as place:
                self.judge(place, verifying.read_manifest(place, keys), offline=key is not None)
        except Refusal as refusal:
            raise CommandError(f"Not genuine. {refusal}") from None
        except ExportUnreadable as reason:
            raise CommandError(str(reason), returncode=2) from None
        except (OSError, UnicodeDecodeError) as reason:
            raise CommandError(f"It cannot be read ({type(reason).__name__}).", returncode=2) from None

    def judge(self, place: PackageReader, manifest: Manifest, *, offline: bool) -> None:
        faults = list(verifying.find_file_faults(place, manifest)) or list(
            verifying.find_row_count_faults(place, manifest)
        )
        words = [] if offline else list(self.beside_ledger(place, manifest, faults))
        if faults:
            raise CommandError("Not as exported.\n" + "\n".join(faults))
        self.stdout.write("\n".join([describe_manifest(manifest), *words]))

    def beside_ledger(self, place: PackageReader, manifest: Manifest, faults: list[str]) -> Iterator[str]:
        """Yield words about the comparison with the ledger; add what is wrong to `faults`."""
        from consents.exports import ledger_comparison

        faults += ledger_comparison.find_record_faults(manifest)
        if faults:
            return
        comparison = ledger_comparison.compare_with_current_rows(place, manifest)
        if comparison is None:
            yield "Its columns have changed since: the rows cannot be compared with those of now."
            return
        is_settled = manifest.content["query"]["settled"]
        if not comparison.is_whole and (is_settled or comparison.is_thinned):
            faults.append("It is not what the portal has: " + describe_differences(comparison))
        else:
            yield "The ledger tells of this export, and nothing of it is missing: " + describe_differences(comparison)


def read_own_keys() -> jose.KeySet:
    from django.conf import settings

    return jose.load_key_set(settings.PORTAL_KEYS, KIND_OF_KEY)


def describe_manifest(manifest: Manifest) -> str:
    content, records = manifest.content, manifest.records
    query = content["query"]
    chosen = "".join(f", {name} {value}" for name, value in sorted(query["chosen"].items()))
    return (
        f"As exported. {content['company']} signed on {content['taken_at']} that {records.name} held "
        f"{records.rows} rows in {records.size} bytes.\n"
        f"Records: {content['dataset']} {content['version']}, {query['from']} until {query['until']} "
        f"({query['time_zone']}){chosen}, personal columns {'included' if content['personal'] else 'left empty'}.\n"
        f"Taken by {content['officer'] or 'the command line'}"
        f"{', agreed to by ' + content['second_officer'] if content['second_officer'] else ''}. "
        f"Export {content['export']}, SHA-256 {records.sha256}."
    )


def describe_differences(comparison: Comparison) -> str:
    parts = [
        (comparison.same, "are the same now"),
        (comparison.changed, f"have changed since, of which {comparison.marked} say so"),
        (comparison.since, "came into the period since and say so"),
        (comparison.missing, "of now are not in the file"),
        (comparison.added, "of the file are not there now"),
        (comparison.removed, "were removed since on record, in whole or in part, their time being over"),
        (comparison.lost, "were filed and are not in the file, though no removal is on record"),
        (comparison.unfiled, "of the file were never filed"),
    ]
    return "of the rows, " + "; ".join(f"{count} {what}" for count, what in parts if count or what == parts[0][1]) + "."
