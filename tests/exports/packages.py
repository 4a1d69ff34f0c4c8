"""An export package, unpacked and verified as an auditor does."""

import io
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError


def unpacked(package: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(package)) as zip:
        zip.extractall(folder)
    return folder


def checked(path: Path, *options: str) -> str:
    out = io.StringIO()
    call_command("verify_export", str(path), *options, stdout=out)
    return out.getvalue()


def refused(path: Path, *options: str) -> str:
    with pytest.raises(CommandError) as refusal:
        checked(path, *options)
    return str(refusal.value)
