"""`verify_export`: is this what was exported, whole, and does the ledger say so? With --key it runs offline."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from consents.core import signing
from consents.core.charts import write_count
from consents.core.refusals import Refusal
from consents.exports import verifying
from consents.exports.manifests import KIND_OF_KEY, Manifest
from consents.exports.verifying import ExportUnreadable, PackageReader, judge_package
from consents.management.operator_command import OperatorCommand, read_own_keys, read_text_file


class Command(OperatorCommand):
    help = """Check an export: the ZIP that was taken, or the folder it was unpacked to.

The manifest must be signed by the portal, and every file be byte for byte what it says, with as many rows. With
--key KEYS (the company's /.well-known/jwks.json, saved to a file) nothing else is needed: no network, no database, no
settings. Without it the portal's own keys are used, the ledger must tell of this very export and be the one it was
taken of, and the records are compared row by row with those the portal has now: none may be missing or made up, and
a row that has changed must say so. Rights requests and their metrics are compared with the ledger's own entries too:
whatever was filed is in the file, unless its removal is on record; what was removed since is counted apart.

Exit codes: 0 as exported; 1 not as exported (a sentence for each reason); 2 it cannot be read, or nothing is here to
check it with."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", metavar="FOLDER_OR_ZIP", type=Path, help="what was taken")
        parser.add_argument("--key", metavar="KEYS", type=Path, help="file with the public keys (JSON Web Key Set)")

    def handle(self, *args: Any, path: Path, key: Path | None, **options: Any) -> None:
        try:
            keys = signing.parse_jwks(read_text_file(key), KIND_OF_KEY) if key else read_own_keys(KIND_OF_KEY)
            with verifying.open_package(path) as place:
                self.judge(place, verifying.read_manifest(place, keys), offline=key is not None)
        except Refusal as refusal:
            raise CommandError(f"Not genuine. {refusal}") from None
        except ExportUnreadable as reason:
            raise CommandError(str(reason), returncode=2) from None
        except (OSError, UnicodeDecodeError) as reason:
            raise CommandError(f"It cannot be read ({type(reason).__name__}).", returncode=2) from None

    def judge(self, place: PackageReader, manifest: Manifest, *, offline: bool) -> None:
        verdict = judge_package(place, manifest, offline=offline)
        if verdict.faults:
            raise CommandError("Not as exported.\n" + "\n".join(verdict.faults))
        self.stdout.write("\n".join([describe_manifest(manifest), *verdict.words]))


def describe_manifest(manifest: Manifest) -> str:
    content, records = manifest.content, manifest.records
    query = content["query"]
    chosen = "".join(f", {name} {value}" for name, value in sorted(query["chosen"].items()))
    return (
        f"As exported. {content['company']} signed on {content['taken_at']} that {records.name} held "
        f"{write_count(records.rows, 'row')} in {write_count(records.size, 'byte')}.\n"
        f"Records: {content['dataset']}, version {content['version']} of its columns, "
        f"{query['from']} until {query['until']} ({query['time_zone']}){chosen}, "
        f"personal columns {'included' if content['personal'] else 'left empty'}.\n"
        f"Taken by {content['officer'] or 'the command line'}"
        f"{', agreed to by ' + content['second_officer'] if content['second_officer'] else ''}. "
        f"Export {content['export']}, SHA-256 {records.sha256}."
    )
