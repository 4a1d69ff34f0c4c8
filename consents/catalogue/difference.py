"""What is different between two versions, fact by fact and word by word, for the officer who is to publish one."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override, pgettext

from consents.catalogue.models import Notice, PurposeVersion
from consents.catalogue.terms import name as term_name

SAME, GONE, NEW = "same", "gone", "new"


@dataclass(frozen=True)
class Change:
    """One thing that reads otherwise. `language` is its code, empty for what is the same in every language.

    `pieces`: (same, gone or new; text), in reading order.
    """

    language: str
    what: str
    pieces: list[tuple[str, str]]


def differences(before: PurposeVersion | None, after: PurposeVersion) -> list[Change]:
    """Everything that changed; everything there is when nothing came before."""
    changes = compared("", facts(before) if before else {}, facts(after))
    written = notices(before) if before else {}
    for language, notice in notices(after).items():
        earlier = written.get(language)
        with override(language):
            spoken = [words(earlier) if earlier else {}, words(notice)]
        changes += compared(language, *spoken)
    return changes


def compared(language: str, before: dict[str, str], after: dict[str, str]) -> list[Change]:
    return [
        Change(language, label_of(key), pieces(before.get(key, ""), text))
        for key, text in after.items()
        if text != before.get(key, "")
    ]


def pieces(before: str, after: str) -> list[tuple[str, str]]:
    """Word by word, neighbours of one kind together."""
    old, new = before.split(), after.split()
    told: list[tuple[str, str]] = []
    for act, i, j, k, m in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        told += [(SAME, word) for word in new[k:m]] if act == "equal" else []
        told += [(GONE, word) for word in old[i:j]] if act in ("delete", "replace") else []
        told += [(NEW, word) for word in new[k:m]] if act in ("insert", "replace") else []
    return [(kind, " ".join(word for _kind, word in run)) for kind, run in groupby(told, key=lambda one: one[0])]


def notices(version: PurposeVersion) -> dict[str, Notice]:
    written = {notice.language: notice for notice in version.notices.all()}
    return {code: written[code] for code, _language in settings.LANGUAGES if code in written}


def words(notice: Notice) -> dict[str, str]:
    return {
        "name": notice.name,
        "sentence": notice.sentence,
        "text": notice.text,
        "if_no": notice.if_no,
        "retention": notice.retention,
        "objection": notice.objection,
    }


def facts(version: PurposeVersion) -> dict[str, str]:
    return {
        "legal_basis": str(version.get_legal_basis_display()),
        "dpv_purpose": term_name(version.dpv_purpose) if version.dpv_purpose else "",
        "categories": ", ".join(sorted(category.title for category in version.categories.all())),
        "recipients": version.recipients_in_words or _("nobody"),
        "sale": pgettext("fact", "yes") if version.sale else pgettext("fact", "no"),
        "consent_months": months(version.consent_months) or _("until it is withdrawn"),
        "retention_months": months(version.retention_months) or _("as long as the purpose needs it"),
        "storage": version.storage_in_words,
    }


def months(count: int | None) -> str:
    return ngettext("%(n)d month", "%(n)d months", count) % {"n": count} if count else ""


def label_of(key: str) -> str:
    """As the form calls it."""
    model = Notice if key in words(Notice()) else PurposeVersion
    return str(model._meta.get_field(key).verbose_name)  # type: ignore[union-attr]
