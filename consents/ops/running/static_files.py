"""Collect the static files where any of them has changed: to name and compress them all takes most of a start."""

import hashlib
from collections.abc import Iterator
from importlib.metadata import version

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect_static_files() -> None:
    """Do nothing where the same sources were collected before and all that came of them is still there."""
    mark = settings.STATIC_ROOT.with_suffix(".digest")
    if not mark.exists() or mark.read_text() != compute_digest():
        call_command("collectstatic", interactive=False, verbosity=0)
        mark.write_text(compute_digest())


def compute_digest() -> str:
    makers = f"{settings.STORAGES['staticfiles']} {version('django')} {version('whitenoise')}"
    digest = hashlib.sha256(makers.encode())
    for part in (*read_sources(), *list_collected_files()):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def read_sources() -> Iterator[bytes]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            yield path.encode()
            with storage.open(path) as file:
                yield file.read()


def list_collected_files() -> Iterator[bytes]:
    for path in sorted(settings.STATIC_ROOT.rglob("*")):
        yield f"{path.relative_to(settings.STATIC_ROOT)} {path.stat().st_size}".encode()
