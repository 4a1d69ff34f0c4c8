"""Find copies that can be downloaded now, and the codes that open them."""

import json
import re
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from consents.copies.models import AddedFile, CollectionCode, FileChunk, FileDecision, Package
from consents.copies.rules import TRIED_FOR, LeftOut
from consents.core import clock
from consents.core.refusals import NotPermitted, NotValid, Refusal
from consents.ledger.models import Restoration
from consents.ledger.selectors.timelines import list_entries
from consents.people import keys
from consents.rights.models import RightsRequest
from consents.rights.rules import normalize_number
from consents.rights.selectors import asks_for_copy, has_copy, select_with_people


def describe_copy(*, rights_request: RightsRequest, **_: Any) -> dict[str, Any]:
    """Say where the copy stands, for the page of its request: `package` if one is ready, `was_made` if one ever was
    and nobody has asked for another since; `was_emptied` if data of the customer was deleted before its time was over;
    `is_overdue` if it could not be prepared.

    By signal.
    """
    if not has_copy(rights_request):
        return {}
    package, newest = get_available_package(rights_request), rights_request.packages.order_by("-made_at").first()
    was_made = newest is not None and not has_newer_request(rights_request, newest)
    return {
        "package": package,
        "was_made": was_made,
        "was_emptied": bool(was_made and newest and newest.removed_at and newest.removed_at < newest.ends_at),
        "is_overdue": package is None and not was_made and is_overdue(rights_request),
        "is_copied": True,
        "has_files": package is not None and has_content(rights_request),
    }


def is_overdue(rights_request: RightsRequest) -> bool:
    """Return True for a copy that was asked for longer ago than it is tried for."""
    entries = list_entries(rights_request.pk).filter(event="rights_request.package_asked")
    last = entries.order_by("-id").first()
    since = last.occurred_at if last else rights_request.responded_at
    return since is not None and since + TRIED_FOR < clock.now()


def has_newer_request(rights_request: RightsRequest, newest: Package) -> bool:
    asked = list_entries(rights_request.pk).filter(event="rights_request.package_asked")
    return asked.filter(occurred_at__gte=newest.made_at).exists()


def select_available_packages(rights_request: RightsRequest) -> QuerySet[Package]:
    """Select the packages that can be downloaded now, newest first."""
    return rights_request.packages.filter(removed_at=None, ends_at__gt=clock.DatabaseNow()).order_by("-made_at")


def get_available_package(rights_request: RightsRequest) -> Package | None:
    """Return the newest package that can be downloaded now, without loading its content."""
    return select_available_packages(rights_request).defer("sealed_page", "sealed_data").first()


def get_working_code(rights_request: RightsRequest) -> CollectionCode | None:
    """Return the one code that opens the available package. Codes made before a restore may have been ended since, and
    do not count."""
    package = get_available_package(rights_request)
    restored = Restoration.objects.filter(began_at__gt=OuterRef("made_at"))
    return package.codes.filter(~Exists(restored), ended_at=None).first() if package else None


def find_collectable(number: str) -> RightsRequest | None:
    """Return the request with this number, however it was typed, if one of its codes works now."""
    rights_request = select_with_people(RightsRequest.objects.filter(number=normalize_number(number))).first()
    return rights_request if rights_request and get_working_code(rights_request) else None


def get_unlocked_code(id: str | None) -> CollectionCode | None:
    """Return the code with this id while it works."""
    codes = CollectionCode.objects.select_related("package__rights_request__customer")
    code = codes.filter(pk=id).first() if id else None
    return code if code and code == get_working_code(code.package.rights_request) else None


def takes_files(rights_request: RightsRequest) -> bool:
    """Tell whether a copy would answer this request, whose customer is known, and it waits for its answer."""
    return rights_request.has_known_customer and asks_for_copy(rights_request) and not rights_request.is_answered


def select_files_in_copy(rights_request: RightsRequest) -> Any:
    """Select what officers added and did not take out again, in the order of the systems."""
    taken_out = FileDecision.objects.filter(file=OuterRef("pk"), outcome=FileDecision.Outcome.TAKEN_OUT)
    agreed = FileDecision.objects.filter(file=OuterRef("pk"), outcome=FileDecision.Outcome.AGREED)
    content = FileChunk.objects.filter(file=OuterRef("pk"))
    files: Any = rights_request.added_files.filter(~Exists(taken_out))
    files = files.annotate(is_agreed=Exists(agreed), has_content=Exists(content))
    return files.select_related("added_by").order_by("system", "added_at", "pk")


def select_waiting_files() -> QuerySet[AddedFile]:
    """Select what a second officer has to agree to: something is left out of it, and nobody has decided on it yet."""
    decided = FileDecision.objects.filter(file=OuterRef("pk"))
    return AddedFile.objects.exclude(left_out=LeftOut.NOTHING).filter(~Exists(decided))


def has_content(rights_request: RightsRequest) -> bool:
    """Tell whether the content of a file is here, to be sent with the copy."""
    return bool(select_files_in_copy(rights_request).filter(has_content=True).exists())


def open_about(added: AddedFile) -> dict[str, str]:
    """Open the name of a file, its SHA-256 and what is left out of it; empty once the customer is erased."""
    text = keys.open_unless_erased(added.customer_id, added.sealed_about, "copy file", str(added.pk), "about")
    facts: dict[str, str] = json.loads(text or "{}")
    return facts


def name_files(rights_request: RightsRequest) -> list[tuple[str, Any, dict[str, str]]]:
    """Return each file of the copy with its path there and what `open_about` tells of it, by system; each path is the
    same every time, and none there twice."""
    named, used = [], set()
    for added in select_files_in_copy(rights_request):
        facts = open_about(added)
        path, number = build_path(added, facts.get("name", "")), 1
        while path in used:
            number += 1
            path = build_path(added, f"{number} {facts.get('name', '')}")
        used.add(path)
        named.append((path, added, facts))
    return named


def build_path(added: AddedFile, name: str) -> str:
    folder = re.sub(r"[^\w -]+", "_", added.system).strip(" ._") or "system"
    return f"files/{folder}/{name}" if name else f"files/{folder}"


class NoPackage(Refusal):
    sentence = _("The copy is no longer available. Ask us to prepare it again.")


class CodeDoesNotWork(NotValid):
    """Raised for every reason alike, so that guessing reveals nothing."""

    sentence = _(
        "The number and the code do not match, or the code no longer works. Check both, or ask us for another code."
    )


class CanSignIn(Refusal):
    sentence = _("This customer has an account and can download it there. No code is needed.")


class CodeIsMailed(Refusal):
    sentence = _("The email address on file works: the code is emailed, and no one here sees it.")


class CodeIsNotMailed(Refusal):
    sentence = _(
        "There is no working email address for this customer alone. Give out the code on paper or by calling back."
    )


class CheckedIdentity(NotPermitted):
    sentence = _("The officer who confirmed the identity cannot give out the code; another officer must do it.")


class CodeEnded(Refusal):
    sentence = _("This code no longer works. Make another one.")


class NoSystem(NotValid):
    sentence = _("Name the system it is from.")


class NoFilesHere(Refusal):
    sentence = _("Files are added to a copy before the request is answered, once it is known whose it is.")


class SayWhatIsLeftOut(NotValid):
    sentence = _("Say what is left out and why, in words for the customer.")


class TooManyFiles(NotValid):
    sentence = _("A copy holds at most %(n)d files. Put several of them into one PDF.")


class FileTooLarge(NotValid):
    sentence = _("A file may have at most %(n)d MB. Send it in parts.")


class FileIsTakenOut(Refusal):
    sentence = _("This file was taken out of the copy.")


class FileWaits(Refusal):
    sentence = _("A file of this copy waits for a second officer, who must agree to what is left out.")
