"""Judge a package as a whole, in words: is it what was exported, and does the ledger say so?"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from consents.core.counts import write_count
from consents.exports import verifying
from consents.exports.manifests import Manifest
from consents.exports.verifying import Comparison, PackageReader


@dataclass(frozen=True)
class Verdict:
    """Tells what was found.

    `faults`: a sentence for each way in which it is not as exported; `words`: what else was seen.
    """

    manifest: Manifest
    faults: list[str]
    words: list[str]

    @property
    def is_as_exported(self) -> bool:
        return not self.faults


def judge_package(place: PackageReader, manifest: Manifest, *, offline: bool = False) -> Verdict:
    """Check every file, the number of rows and, unless offline, the ledger and the rows of now."""
    faults = list(verifying.find_file_faults(place, manifest)) or list(verifying.find_row_count_faults(place, manifest))
    words = [] if offline else list(compare_with_portal(place, manifest, faults))
    return Verdict(manifest, faults, words)


def compare_with_portal(place: PackageReader, manifest: Manifest, faults: list[str]) -> Iterator[str]:
    """Yield words about the comparison with ledger and records; add what is wrong to `faults`."""
    from consents.exports import ledger_comparison  # needs settings, which an offline check has not

    faults += ledger_comparison.find_record_faults(manifest)
    if faults:
        return
    comparison = ledger_comparison.compare_with_current_rows(place, manifest)
    if comparison is None:
        yield _("Its columns have changed since: the rows cannot be compared with those of now.")
        return
    is_settled = manifest.content["query"]["settled"]
    if not comparison.is_whole and (is_settled or comparison.is_thinned):
        faults.append(_("It is not what the portal has: %(how)s") % {"how": describe_differences(comparison)})
    else:
        words = _("The ledger tells of this export, and nothing of it is missing: %(how)s")
        yield words % {"how": describe_differences(comparison)}


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


def describe_differences(comparison: Comparison) -> str:
    parts = [
        (comparison.same, _("%(count)s are the same now")),
        (comparison.changed, _("%(count)s have changed since, of which %(marked)s say so")),
        (comparison.since, _("%(count)s came into the period since and say so")),
        (comparison.missing, _("%(count)s of now are not in the file")),
        (comparison.added, _("%(count)s of the file are not there now")),
        (comparison.removed, _("%(count)s were removed since on record, in whole or in part, their time being over")),
        (comparison.lost, _("%(count)s were filed and are not in the file, though no removal is on record")),
        (comparison.unfiled, _("%(count)s of the file were never filed")),
    ]
    counted = [
        what % {"count": n, "marked": comparison.marked} for place, (n, what) in enumerate(parts) if n or not place
    ]
    return _("of the rows, %(counts)s.") % {"counts": "; ".join(counted)}
