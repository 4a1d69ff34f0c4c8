"""A backup outlives the release it was made by."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from consents.ops.running.checks import check_database
from tests.backups.restoring import restore

# An installed app without migrations of its own lends its name.
ROOM, FOLDER = "humanize", "later_release"
MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    operations = [migrations.RunSQL("CREATE TABLE public.scratch_later AS SELECT count(*) FROM people_customer")]
"""


@pytest.fixture
def later_release(tmp_path, monkeypatch, settings) -> Callable[[], None]:
    """Make this the portal of a release that adds a migration, once it is called."""
    folder = Path(tmp_path, FOLDER)
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "0001_scratch.py").write_text(MIGRATION)
    monkeypatch.syspath_prepend(tmp_path)

    def release() -> None:
        settings.MIGRATION_MODULES = {ROOM: FOLDER}

    return release


def test_one_of_an_older_portal_is_migrated(backed_up, loaded_backup, elsewhere, later_release):
    elsewhere()
    later_release()

    restore(loaded_backup)

    check_database()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count = (SELECT count(*) FROM people_customer) FROM scratch_later")
        assert cursor.fetchone() == (True,)
