"""`record_bounce`: a delivery report on standard input marks the address that mail does not reach."""

import os
import sys
from typing import Any

from django.core.management.base import CommandError
from django.db import Error

from consents.ledger.rules import Actor
from consents.management.operator_command import OperatorCommand
from consents.notifications import delivery
from consents.notifications.services import failing
from consents.ops.embedded import CannotStart


class Command(OperatorCommand):
    help = """Read one delivery report (RFC 3464) from standard input; the first MiB of it counts.

Point the mail server's alias for the address of PORTAL_MAIL_FROM here, for instance
    portal-bounces: "|/path/to/portal/manage.py record_bounce"
An email that failed for good is marked, and so is the address it went to, by keyed hash: its owner is told when they
next sign in, and officers see how many there are. An email that is only delayed changes nothing. The report is known by
the Message-ID of our email; addresses in it are neither believed nor kept.

Exit codes: 0 recorded, recorded before, or nothing to record; 1 not a delivery report about an email of ours; 75 the
database cannot be reached: hand it in again later (a mail server does so by itself)."""

    def handle(self, *args: Any, **options: Any) -> None:
        content = sys.stdin.buffer.read(delivery.MAX_BYTES)
        try:
            bounce = delivery.parse_bounce(content)
            if bounce.is_final:
                failing.record_bounce(message=bounce.message, status=bounce.status, by=Actor("portal", channel="mail"))
        except (Error, CannotStart, OSError) as reason:
            raise CommandError(
                f"The database cannot be reached ({type(reason).__name__}).", returncode=os.EX_TEMPFAIL
            ) from None
        self.stdout.write("Recorded." if bounce.is_final else "Only delayed: nothing to record.")
