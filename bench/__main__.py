"""`python -m bench`: how fast the portal is on this machine."""

import os
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence

PARTS = ("pages", "acts", "ledger", "decisions", "import", "export")
DESCRIPTION = """Measure the portal on this machine, and hold it against what is wanted.

pages: of customers and staff over HTTP, one after the other, beside a bare page of Django of the same length (session,
  user, one SELECT, a template); statements without those of transactions.
acts: answering, stopping, withdrawing, recording a choice, opening data, over HTTP, once for each of 100 customers.
ledger: an entry by the ledger's own function beside a plain INSERT of the same row, 8 clients of pgbench.
decisions: the API that systems ask at, one question and 100 at once.
import, export: the commands in processes of their own, start-up included: a list of as many customers, and the log of
  their consents as CSV.

It makes a database of its own (portal_bench) on the portal's server, and drops it at the end and on Ctrl-C. Let the
machine rest meanwhile: the client shares it with the portal.

Exit codes: 0 measured, whether the goals are met or missed; 1 not measured, or a page answered wrongly; 2 wrong
options; 130 interrupted."""


def parse_options(words: Sequence[str]) -> tuple[int, float, list[str]]:
    parser = ArgumentParser(prog="bench", description=DESCRIPTION, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000, metavar="N", help="how many, at least 20 (100000)")
    parser.add_argument("--seconds", type=float, default=3.0, metavar="S", help="of each page and question (3)")
    parser.add_argument("--parts", default=",".join(PARTS), metavar="NAME,NAME", help=f"which ({','.join(PARTS)})")
    options = parser.parse_args(words)
    parts = options.parts.split(",")
    if options.customers < 20 or not 0 < options.seconds <= 600:
        parser.error("use at least 20 customers, and more than 0 and up to 600 seconds")
    if not set(parts) <= set(PARTS):
        parser.error(f"use parts out of {','.join(PARTS)}")
    return options.customers, options.seconds, parts


def measure(customers: int, seconds: float, parts: Sequence[str], say: Callable[[str], None]) -> str:
    """Fill the database that Django speaks to, measure, and return the table. Raises WrongAnswer."""
    from bench import commands, http_load, ledger, pages, report, servers
    from bench.data import create_data

    say(f"Making {customers:,} customers …")
    readers, officer = create_data(customers)
    rows: list[report.Row] = []
    if {"pages", "acts", "decisions"} & set(parts):
        with servers.start_portal() as portal, servers.start_floor() as floor:
            token = http_load.fetch_token(portal)
            if "pages" in parts:
                rows += pages.measure_pages(portal, floor, readers, officer, seconds, say)
            if "decisions" in parts:
                rows += pages.measure_decisions(portal, customers, seconds, say)
            if "acts" in parts:
                rows += pages.measure_acts(portal, readers, token, say)
    if "ledger" in parts:
        rows.append(ledger.measure_append(customers, seconds, say))
    if "export" in parts:
        rows.append(commands.measure_export(say))
    if "import" in parts:
        rows.append(commands.measure_import(customers, say))
    return report.render(customers, rows)


def main() -> None:
    plan = parse_options(sys.argv[1:])
    os.environ["PORTAL_MODE"] = "test"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    import django

    django.setup()
    from bench.database import use_bench_database
    from bench.http_load import WrongAnswer
    from consents.ops.key_checks import make_first_keys
    from consents.ops.running.portal import collect_static_files

    began = time.monotonic()

    def report_progress(text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:5.0f} s  {text}\n")

    make_first_keys()
    collect_static_files()
    try:
        with use_bench_database():
            print(measure(*plan, report_progress))
    except WrongAnswer as wrong:
        sys.exit(str(wrong))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
