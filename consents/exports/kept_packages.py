"""Check a package without taking it out: the sealed one that is kept here, or the text of its manifest alone."""

import io
from zipfile import ZipFile

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from consents.core import clock, jose
from consents.core.refusals import NotValid, Refusal
from consents.exports import ledger_comparison, manifests, verifying
from consents.exports.models import Export
from consents.exports.rules import RETENTION
from consents.exports.sealed_files import FileUnavailable, SealedFile
from consents.exports.selectors import select_exports
from consents.exports.verifying import CHANGED, Verdict, judge_package, unify_zip_errors

LARGEST_CHECKED = 20 << 20  # bytes; it is held in memory, and a page answers within seconds
MOST_OFFERED = 50


class TooLargeToCheck(Refusal):
    status = 413
    sentence = _("This package is too large to be checked on a page. Download it and use “manage.py verify_export”.")


class NoPackageKept(Refusal):
    status = 410
    sentence = _("This package is no longer kept here, or it cannot be opened. Paste the text of its manifest instead.")


class PackageChanged(NotValid):
    sentence = _("The package that is kept here cannot be read to its end: it was changed after the export.")


def list_kept_exports() -> list[Export]:
    """Return the newest finished exports whose package is still kept, whichever machine wrote it."""
    kept = select_exports().filter(made_by__isnull=False, result__finished_at__gt=clock.now() - RETENTION)
    return list(kept.order_by("-made_at", "-pk")[:MOST_OFFERED])


def check_kept_package(export: Export) -> Verdict:
    """Raises NoPackageKept, TooLargeToCheck, PackageChanged, or NotGenuine with the reason."""
    try:
        kept = SealedFile.open(export.id)
    except FileUnavailable:
        raise NoPackageKept from None
    if kept.size > LARGEST_CHECKED:
        raise TooLargeToCheck
    try:
        file = io.BytesIO(b"".join(kept.read()))
        with unify_zip_errors(lambda: ZipFile(file)) as zip:
            place = verifying.read_zip(zip)
            return judge_package(place, verifying.read_manifest(place, load_own_keys()))
    except (FileUnavailable, verifying.ExportUnreadable, *CHANGED):
        raise PackageChanged from None


def check_manifest_text(text: str) -> Verdict:
    """Check the signature and what the ledger says; of the files it knows only what was signed. Raises NotGenuine."""
    manifest = manifests.verify_manifest(text, load_own_keys())
    return Verdict(manifest, list(ledger_comparison.find_record_faults(manifest)), [])


def load_own_keys() -> jose.KeySet:
    return jose.load_key_set(settings.PORTAL_KEYS, manifests.KIND_OF_KEY)
