"""The ground of every test: a real PostgreSQL, and the application's own role.

`--times N` repeats what luck decides (tests/races, tests/faults), each time with other dice; `--seed` throws the same.
"""

import gc
import os
import random
import signal
from collections.abc import Callable, Generator, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import psutil
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase
from django.test.testcases import LiveServerThread
from django.utils import translation
from psycopg.pq import TransactionStatus
from xdist.scheduler import LoadScopeScheduling

from consents.core import keys, roles
from consents.ops.rebuilding import SELECT_ROWS, Difference, compare_rows
from tests.architecture.mutation.speaking import application_speaking, outcome
from tests.examples import give_savepoints
from tests.forking import COLLECTOR, ForkedWorkers
from tests.head_start import HeadStart
from tests.session_tokens import use_session_tokens
from tests.slow_tests import Finder, get_name, read_slow_tests
from tests.world.ahead import running_ahead
from tests.world.ground import ground
from tests.world.scene_fixtures import lay_ground, sort_by_scene
from tests.world.serving import HandingServer
from tests.world.snapshots import keep_snapshots
from tests.world.template import become_owner, ensure_template

ROOT = Path(__file__).parent
IN_LOOP = "not slow"  # what the loop of a developer asks for by `-m`
# Folders and files that it leaves out: browsers, other processes, luck, walks of everybody through every page, and each
# act done again for whatever could be wrong with it.
SLOW = {
    "journeys",
    "model",
    "faults",
    "races",
    "soak",
    "bench",
    "demo",
    "backups",
    "embedded",
    "mutation",
    "test_conformance.py",
    "test_forms.py",
    "test_golden.py",
    "test_parameters.py",
    "test_runner.py",
    "test_real_provider.py",
    "test_spreadsheet_program.py",
}
# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("portal", deadline=None)
hypothesis.settings.load_profile("portal")
REPEATED = {"races", "faults"}
# Every lock of every act is noted, and every statement fails, one after the other: no luck decides that.
SWEEPS = {"test_every_act.py", "test_lock_order.py", "test_lock_order_above.py"}
# Files whose tests share a running portal, or wait for what there is once: each group keeps to one worker.
TOGETHER = {
    "tests/faults/test_full_disk.py": "own portal",
    "tests/faults/test_half_sent.py": "own portal",
    "tests/faults/test_kills.py": "own portal",
    "tests/faults/test_mail.py": "own portal",
    "tests/faults/test_no_connections.py": "own portal",
    "tests/faults/test_overload.py": "own portal",
    "tests/faults/test_rolling_restart.py": "own portal",
    "tests/faults/test_silent_database.py": "own portal",
    "tests/backups/test_commands.py": "backups of commands",
    "tests/bench/test_bench.py": "bench",
    "tests/embedded/test_sharing.py": "embedded server",
    "tests/embedded/test_starting.py": "embedded server",
    "tests/demo/test_demo_command.py": "demo",
    # The demo's past of two years takes ten seconds to make.
    "tests/demo/test_company.py": "demo company",
    "tests/journeys/rights/test_every_right.py": "demo company",
    "tests/journeys/rights/test_other_ways.py": "demo company",
    # What one person's page was judged to be, another's of the same structure is; and every page is asked for once.
    "tests/journeys/test_every_page.py": "every page",
    "tests/architecture/test_forms.py": "every page",
    "tests/bench/test_no_query_per_row.py": "every page",
    "tests/architecture/test_spoiled_ledger.py": "every page",
    "tests/faults/test_every_act.py": "triggers of its own",
    # All of the portal's syntax is read by the first of them.
    **dict.fromkeys((f"tests/architecture/test_{name}.py" for name in ("names", "prose", "services")), "sources"),
    # What an empty query and an empty form are answered, everywhere, is asked for once.
    "tests/architecture/test_closed_doors.py": "every door",
    "tests/architecture/test_parameters.py": "every door",
}
# Minutes in one test or in tests that belong together: they begin first (and xdist leaves the order alone), so that in
# the end no worker is left alone with one.
LONGEST = {
    "test_bench.py",
    "test_closed_doors.py",
    "test_commands.py",
    "test_company.py",
    "test_every_act.py",
    "test_every_clause_is_missed.py",
    "test_every_clause_of_a_function_is_missed.py",
    "test_every_page.py",
    "test_every_part_is_missed.py",
    "test_every_right.py",
    "test_full_disk.py",
    "test_mail.py",
    "test_other_ways.py",
    "test_parameters.py",
    "test_pseudo_language.py",
    "test_soak.py",
}
MOST_WORKERS = 8


class Together(LoadScopeScheduling):
    """Of the others, what is slow goes one by one to whoever is free; the rest file by file: what a file's tests need
    (a scene, a plan, a folded template, the parsed sources, a browser) is made by one worker and not by each."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        folders = path.split("/")
        return TOGETHER.get(path, path if SLOW.isdisjoint(folders) or "journeys" in folders else nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One for each core that the system counts: xdist leaves out the second half of a core that runs two threads, and
    so half of most rented machines. One more for what is slow, a third of which is waiting for browsers and other
    programs. Each worker has a database of its own; more than eight are not worth it."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    waits = config.option.markexpr != IN_LOOP
    return min((psutil.cpu_count() or 1) + waits, MOST_WORKERS)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--times", type=int, default=1, metavar="N", help="repeat every race and fault so often (1)")
    parser.addoption("--seed", type=int, default=1, metavar="N", help="of the dice in races and models (1)")
    parser.addoption("--keep-outlines", action="store_true", help="keep how the ten pages look now (tests/journeys)")
    parser.addoption("--find-slow", action="store_true", help="write slow.txt anew, for the files that are run")
    parser.addoption("--clauses", type=int, default=6, metavar="N", help="try one clause of the rules in N (6)")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--find-slow"):
        config.pluginmanager.register(Finder())
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(ForkedWorkers())
    elif config.workerinput["workerid"] == COLLECTOR:
        config.pluginmanager.register(HeadStart())


# Seconds that a test with its fixtures may take, on a machine that is busy with eight others, before it is ended and
# says where it stood. A test that needs more says so (`timeout`).
LIMIT = 900


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    slow_tests = read_slow_tests()
    for item in items:
        if is_slow(item, slow_tests):
            item.add_marker(pytest.mark.slow)
        if config.pluginmanager.hasplugin("timeout") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LIMIT))
    give_savepoints(items)
    sort_by_scene(items)
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Leave what is imported and collected out of every search for garbage: it stays until the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(10_000, 20, 50)


def is_slow(item: pytest.Item, slow_tests: frozenset[str]) -> bool:
    return get_name(item.nodeid) in slow_tests or lies_in_slow_place(item.path)


@cache
def lies_in_slow_place(path: Path) -> bool:
    return not SLOW.isdisjoint(path.relative_to(ROOT).parts)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """In the loop of a developer, what is slow by its place is not even imported."""
    is_left_out = config.option.markexpr == IN_LOOP and collection_path.name in SLOW
    return True if is_left_out and ROOT in collection_path.parents else None


def pytest_sessionstart() -> None:
    use_session_tokens()
    keep_snapshots()
    keys.make_keys(settings.PORTAL_KEYS)


def pytest_report_header(config: pytest.Config) -> str:
    return f"dice: --seed {config.getoption('seed')} --times {config.getoption('times')}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    times = metafunc.config.getoption("times")
    path = metafunc.definition.path
    if times > 1 and REPEATED & set(path.parts) and path.name not in SWEEPS:
        metafunc.fixturenames.append("turn")
        metafunc.parametrize("turn", range(1, times + 1), ids=lambda turn: f"turn{turn}")


@pytest.fixture
def dice(request: pytest.FixtureRequest) -> random.Random:
    """The same throws for the same test, turn and --seed."""
    return random.Random(f"{request.config.getoption('seed')} {request.node.nodeid}")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker) -> None:
    """Create the test database as its owner, from the migrated one."""
    default = connections["default"]
    become_owner(default)
    with django_db_blocker.unblock():
        default.settings_dict["TEST"]["TEMPLATE"] = ensure_template()


@pytest.fixture(scope="session", autouse=True)
def as_application(django_db_setup: None, django_db_blocker, django_db_modify_db_settings: None) -> Iterator[None]:
    """From here on every test is the application role; the owner returns only to drop the database."""
    default = connections["default"]
    app = {"USER": roles.APP, "OPTIONS": settings.PREPARED}
    with django_db_blocker.unblock():
        default.close()
        default.settings_dict |= app
        # Django keeps what it knew of the owner's connection, and would log each statement in quotes.
        vars(default.features).pop("uses_server_side_binding", None)
        vars(default.features).pop("max_query_params", None)
        assert default.features.uses_server_side_binding
        assert roles.find_role_problems(default) == []
    yield
    ground.fall_silent()
    with django_db_blocker.unblock():
        connections.close_all()  # in the event loop of a browser there is one of its own
        default.close()
        become_owner(default)


@pytest.fixture(scope="session", autouse=True)
def journal_of_their_own(tmp_path_factory) -> None:
    settings.PORTAL_JOURNAL = tmp_path_factory.mktemp("journal")


@pytest.fixture(scope="session", autouse=True)
def exports_of_their_own(tmp_path_factory) -> None:
    settings.PORTAL_EXPORTS = tmp_path_factory.mktemp("exports")


# As a terminal leaves them to what it starts.
HEEDED = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_DFL}


@pytest.fixture
def interruptible() -> Iterator[None]:
    """What the test starts heeds Ctrl-C and a closed terminal, also where the suite itself was told not to: under
    nohup, or in the background of a script."""
    kept = {number: signal.signal(number, handler) for number, handler in HEEDED.items()}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def in_english() -> None:
    """Each test begins so; what a page was last asked for in stays active in its thread."""
    translation.activate(settings.LANGUAGE_CODE)


# Django would flush as the application role, which may neither TRUNCATE nor delete.
TransactionTestCase._fixture_teardown = lambda self: ground.leave()
LiveServerThread.server_class = HandingServer


@pytest.fixture(scope="session")
def peopled(as_application: None, journal_of_their_own: None, exports_of_their_own: None, django_db_blocker) -> None:
    """Before any test has settings of its own."""
    with django_db_blocker.unblock():
        ground.found()


@pytest.fixture
def laid(request: pytest.FixtureRequest, peopled: None, in_english: None, django_db_blocker) -> None:
    with django_db_blocker.unblock():
        lay_ground(request.node)


@pytest.fixture
def _django_db_helper(laid: None, _django_db_helper: None) -> None:
    """pytest-django's, on the ground that the test stands on."""


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    """Everybody, before the test's transaction."""
    return ground.cast()


@pytest.fixture
def real_world(transactional_db: None) -> SimpleNamespace:
    """The same, for a test that commits."""
    return ground.cast()


@pytest.fixture
def tried(real_world: SimpleNamespace) -> Iterator[Callable[..., str]]:
    """`tried(*statements)`: what the database says to them, as the application."""
    with application_speaking() as application:
        yield lambda *statements: outcome(application, *statements)


@pytest.fixture
def with_cal() -> None:
    """Named beside `world` or `real_world`: there is Cal, too, who lives in California (`world.cal`)."""


@pytest.fixture
def with_offers() -> None:
    """Named beside `world` or `real_world`: a purpose that a standing choice is asked for (`world.offers`)."""


@pytest.fixture
def lived_in(real_world: SimpleNamespace) -> SimpleNamespace:
    """A world where every page has something to show."""
    return real_world


@pytest.fixture
def backed_up(real_world: SimpleNamespace) -> SimpleNamespace:
    """A world with something to lose in a backup: consent, access, another customer, an account of nobody."""
    return real_world


# Two whose tests roll back what they do: who names `transactional_db` or `real_world` beside them commits.


@pytest.fixture
def played(world: SimpleNamespace) -> SimpleNamespace:
    """A world after a few days of work, to be exported."""
    return world


@pytest.fixture
def every_dataset(world: SimpleNamespace) -> SimpleNamespace:
    """The same with something to export in every dataset."""
    return world


@pytest.fixture
def crowded(real_world: SimpleNamespace) -> SimpleNamespace:
    """A world with thirty customers who allow statistics: `.crowd`."""
    return real_world


@pytest.fixture
def demo_company(transactional_db: None) -> None:
    """The company that `manage.py demo` makes up, and nobody else."""


def is_unwritten() -> bool:
    """The test's own transaction, which nobody else sees, has written nothing: it holds what the world held."""
    if not connection.in_atomic_block:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NULL")
        return bool(cursor.fetchone()[0])


def is_aborted() -> bool:
    """The test's transaction ended in an error: nothing of it stays, and nothing can be asked."""
    now = connection.connection and connection.connection.info.transaction_status
    return connection.needs_rollback or now == TransactionStatus.INERROR


def find_untrue_rows() -> list[Difference]:
    """As `rebuild_state` does, but by a statement that stays prepared: it is asked after every test."""
    with connection.cursor() as cursor:
        cursor.execute(SELECT_ROWS)
        rows = cursor.fetchall()
    return [found for found in compare_rows(rows) if isinstance(found, Difference)]


USES_DATABASE = {"db", "transactional_db", "live_server"}


@pytest.fixture(autouse=True)
def state_is_what_the_ledger_says(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did through the portal: at its end every choice, request and grant follows from the ledger.

    Not where the test forces rows behind the ledger's back and says so (`forced`).
    """
    marked = {marker.name for marker in request.node.iter_markers()}
    if "django_db" not in marked and USES_DATABASE.isdisjoint(request.fixturenames):
        yield
        return
    request.getfixturevalue("_django_db_helper")  # so that this ends before the reset
    yield
    if "forced" not in marked and not is_aborted() and not is_unwritten():
        assert find_untrue_rows() == []


@pytest.fixture
def later(transactional_db: None) -> Iterator[Callable[[timedelta], None]]:
    """`later(timedelta)`: the database's clock runs ahead for everybody, until the test ends."""
    with running_ahead() as move:
        yield move
