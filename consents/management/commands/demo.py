"""`demo`: the whole portal with a made-up company, in one command."""

import json
import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandParser
from django.db import connections
from django.utils.translation import get_language_info

from consents.ledger.rules import Actor
from consents.management.operator_command import OperatorCommand
from consents.ops import key_checks
from consents.ops.demo import company, customers, reset
from consents.ops.embedded import CannotStart
from consents.ops.running.portal import collect_static_files, run_portal
from consents.ops.running.ports import find_free_port
from consents.ops.running.runner import exit_on_interrupt

HOST = "127.0.0.1"


class Command(OperatorCommand):
    help = """Run the portal with a made-up company: database, web server, worker.

Everything lies in the folder PORTAL_VAR (default: var/). A second run keeps the data. Ctrl-C stops all it started.

Exit codes: 0 stopped or, with --prepare, set up; 1 it cannot start (one sentence says why);
130 interrupted while setting up."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="TCP port, 1 to 65535; 0 takes a free one (8000)")
        parser.add_argument("--reset", action="store_true", help="throw the demo's data away and make it anew")
        parser.add_argument("--prepare", action="store_true", help="set up and exit")
        parser.add_argument(
            "--json",
            action="store_true",
            help="on standard output nothing but one object, once ready: address, address of the email, accounts",
        )

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        if not settings.DEMO:
            raise CannotStart("Start the demo as `manage.py demo`, or with PORTAL_MODE=demo.")
        with exit_on_interrupt():
            port = port if options["prepare"] else find_free_port(HOST, port)
            if "PORTAL_URL" not in os.environ:  # sealed emails and receipts of the past name the address, too
                settings.PORTAL_URL = build_address(port or 8000)
            self.prepare(anew=options["reset"])
            if options["prepare"]:
                self.announce(port or 8000, as_json=options["json"], running=False)
                return
            run_portal(
                host=HOST,
                port=port,
                when_ready=lambda: self.announce(port, as_json=options["json"], running=True),
                defaults={"PORTAL_URL": build_address(port)},
            )

    def prepare(self, *, anew: bool) -> None:
        self.report_progress("Starting the database …")
        if anew:
            reset.reset_demo()
        key_checks.make_first_keys()
        call_command("migrate", interactive=False, verbosity=0)
        collect_static_files()
        self.report_progress("Setting up the company …")
        self.report_progress("It is set up." if company.set_up_company() else "It was set up before; its data is kept.")
        key_checks.check_recorded_keys()
        key_checks.record_new_keys(Actor("portal", channel="command"))
        connections.close_all()

    def announce(self, port: int, *, as_json: bool, running: bool) -> None:
        url = build_address(port)
        mail = f"{url}/demo/mail/"
        if as_json:
            people = [customers.build_account_json(account) for account in customers.ACCOUNTS]
            self.stdout.write(json.dumps({"url": url, "mail": mail, "accounts": people}))
        else:
            self.stdout.write(describe_demo(url, mail) if running else "The demo is set up. `manage.py demo` runs it.")
        self.stdout.flush()


def build_address(port: int) -> str:
    return f"http://localhost:{port}"


def describe_demo(url: str, mail: str) -> str:
    rosa, theo, nora = customers.ROSA, customers.THEO, customers.NORA
    return f"""
The portal of {settings.PORTAL_COMPANY} is open: {url}
Its email arrives at {mail}

Sign in with one of these; the password is: {customers.PASSWORD}
{"\n".join(describe_account(account) for account in customers.ACCOUNTS)}

{theo.first_name} also acts for his daughter {nora.first_name} (number {nora.reference}).
{rosa.email} is on file (number {rosa.reference}) and has never signed in: set up access
with that address and the code that is emailed to it; or, without an account, collect the copy
she asked for at {url}/rights/collect/ with the number and code in her email.
Outside this demo, staff need a second factor.

Everybody here is made up. Ctrl-C stops the portal; the next start keeps the data."""


def describe_account(account: customers.Account) -> str:
    place = account.team or f"number {account.reference}"
    if account.language != "en":
        place += f", reads {get_language_info(account.language)['name']}"
    return f"    {account.email:<30}{account.first_name}, {account.role.replace('_', ' ')}, {place}"
