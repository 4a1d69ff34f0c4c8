"""Compare two versions, fact by fact and word by word, for the officer who is to publish one."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override, pgettext

from consents.catalogue.display import WORDS, get_words
from consents.catalogue.models import Notice, PurposeVersion
from consents.catalogue.terms import format_term as term_name

SAME, GONE, NEW = "same", "gone", "new"


@dataclass(frozen=True)
class Change:
    """A changed field. `language` is its code, '' for a fact that does not depend on the language.

    `pieces`: (same, gone or new; text), in reading order.
    """

    language: str
    what: str
    pieces: list[tuple[str, str]]


def compare_versions(before: PurposeVersion | None, after: PurposeVersion) -> list[Change]:
    """List everything that changed, or everything there is when nothing came before."""
    changes = compare_words("", describe_facts(before) if before else {}, describe_facts(after))
    written = get_notices_in_order(before) if before else {}
    for language, notice in get_notices_in_order(after).items():
        earlier = written.get(language)
        with override(language):
            spoken = [get_words(earlier) if earlier else {}, get_words(notice)]
        changes += compare_words(language, *spoken)
    return changes


def compare_words(language: str, before: dict[str, str], after: dict[str, str]) -> list[Change]:
    return [
        Change(language, get_field_label(key), split_pieces(before.get(key, ""), text))
        for key, text in after.items()
        if text != before.get(key, "")
    ]


def split_pieces(before: str, after: str) -> list[tuple[str, str]]:
    """Split into pieces that stayed, went or came, word by word."""
    old, new = before.split(), after.split()
    pieces: list[tuple[str, str]] = []
    for act, i, j, k, m in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        pieces += [(SAME, word) for word in new[k:m]] if act == "equal" else []
        pieces += [(GONE, word) for word in old[i:j]] if act in ("delete", "replace") else []
        pieces += [(NEW, word) for word in new[k:m]] if act in ("insert", "replace") else []
    return [(kind, " ".join(word for _kind, word in run)) for kind, run in groupby(pieces, key=lambda piece: piece[0])]


def get_notices_in_order(version: PurposeVersion) -> dict[str, Notice]:
    written = {notice.language: notice for notice in version.notices.all()}
    return {code: written[code] for code, _language in settings.LANGUAGES if code in written}


def describe_facts(version: PurposeVersion) -> dict[str, str]:
    return {
        "legal_basis": str(version.get_legal_basis_display()),
        "dpv_purpose": term_name(version.dpv_purpose) if version.dpv_purpose else "",
        "categories": ", ".join(sorted(category.title for category in version.categories.all())),
        "recipients": version.recipients_in_words or _("nobody"),
        "sale": pgettext("fact", "yes") if version.sale else pgettext("fact", "no"),
        "consent_months": describe_months(version.consent_months) or _("until it is withdrawn"),
        "retention_months": describe_months(version.retention_months) or _("as long as the purpose needs it"),
        "storage": version.storage_in_words,
        "needs_agreement": pgettext("fact", "yes") if version.needs_agreement else pgettext("fact", "no"),
    }


def describe_months(count: int | None) -> str:
    return ngettext("%(n)d month", "%(n)d months", count) % {"n": count} if count else ""


def get_field_label(key: str) -> str:
    """Return the form's label of a field."""
    model = Notice if key in WORDS else PurposeVersion
    return str(model._meta.get_field(key).verbose_name)  # type: ignore[union-attr]
