"""Soak the portal: `uv run python -m tests.soak --minutes 10`.

Clients ask, answer, open, stop, give, withdraw and export over HTTP against `manage.py serve`, while its web
processes, its worker, the database server and single processes of that are killed at random. Then nothing is killed,
and memory is watched. In the end the history is judged against database and ledger. Everything lies in a folder of
its own, which is removed then.

On standard output: what happened, and the verdict, a line for each thing that is wrong.
Exit codes: 0 all is well; 1 something is wrong; 2 wrong options.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

WELL = "All is well."
LOG_TAIL = 20_000  # of what the portal wrote, shown when something is wrong


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.split("\n\n")[1])
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (10)")
    parser.add_argument("--clients", type=int, default=8, help="how many at once (8)")
    parser.add_argument("--seed", type=int, default=1, help="of what clients do and what is killed (1)")
    parser.add_argument("--no-kill", dest="kill", action="store_false", help="load alone")
    parser.add_argument("--data", type=Path, help="the folder of a migrated portal, to begin with a copy of its files")
    parser.add_argument("--keep", type=Path, help="write the history to this file, a call a line")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    folder = Path(tempfile.mkdtemp(prefix="portal-soak-"))
    folder.chmod(0o755)  # the database server does not run as root
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_MODE": "demo",
        "PORTAL_VAR": str(folder / "var"),
        "PORTAL_LOG_LEVEL": "WARNING",
        # Asked again at once, and often: a soak has no thirty days.
        "PORTAL_WAIT_AFTER_NO_DAYS": "0",
        "PORTAL_WAIT_AFTER_SILENCE_DAYS": "0",
        "PORTAL_PENDING_PER_STAFF": "1000",
        "PORTAL_PENDING_PER_CUSTOMER": "100",
    }
    # The suite's own server may lose what it acknowledged, so that it is faster; this one must not.
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "PORTAL_KEYS", "PORTAL_POSTGRES_FAST"):
        os.environ.pop(name, None)
    import django

    django.setup()
    from tests.session_tokens import use_session_tokens
    from tests.soak.run import Plan, soak
    from tests.world.migrated import copy_made

    if chosen.data:
        copy_made(chosen.data, folder / "var")

    use_session_tokens()
    try:
        plan = Plan(chosen.minutes, chosen.clients, chosen.seed, chosen.kill, chosen.keep)
        result = soak(plan, lambda text: print(text, file=sys.stderr, flush=True))
        if result.wrong:
            sys.stderr.write((folder / "var" / "serve.log").read_text()[-LOG_TAIL:])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join([*result.seen, *(result.wrong[:50] or [WELL])]))
    return 1 if result.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
