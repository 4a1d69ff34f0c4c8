"""Measure withdrawals while a publication ends the consent of very many other customers."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import Pool
from uuid import uuid4

from django.urls import reverse

from consents.catalogue.models import PurposeVersion, Usage
from consents.catalogue.selectors import select_published_categories
from consents.catalogue.services import publishing, versions
from consents.choices.services import emails
from consents.core.owner import as_owner
from consents.ledger.rules import PORTAL
from consents.notifications.models import Message
from consents.ops.bench import company, load
from consents.ops.bench.load import Call, Figures
from consents.ops.bench.past import build_id, run_statements
from consents.ops.bench.scenarios import Token, build_form_call
from consents.ops.bench.sessions import create_sessions
from consents.ops.bench.table import MeasuredPublication
from consents.people.models import Role, StaffMember, User

BATCH = 100_000
AFTER = load.HEAD_START + 0.1  # seconds: the clients have begun
# Additional customers without accounts.
PEOPLE = """
INSERT INTO people_customer (id, reference, address_hash, sealed_address, country, region, language)
    SELECT bench_id('customer', n), 'B-' || n, sha256(convert_to('B-' || n, 'UTF8')),
           sha256(convert_to('sealed' || n, 'UTF8')), 'DE', '', 'en'
    FROM generate_series(%(first)s, %(last)s) AS n WHERE n > %(customers)s
"""
CHOICES = """
INSERT INTO choices_choice (id, customer_id, purpose_id, version_id, language, status, since, valid_until, rest_rule,
                            despite_signal)
    SELECT bench_id('standing', n), bench_id('customer', n), %(purpose)s, %(version)s, 'en', 'ConsentGiven',
           portal.now() - interval '90 days', portal.now() + interval '275 days', '', false
    FROM generate_series(%(first)s, %(last)s) AS n
"""


class Publication:
    """A purpose with many consents, and the draft of its next, material version."""

    def __init__(self, *, customers: int, standing: int, say: Callable[[str], None]) -> None:
        writer, self.officer = StaffMember.objects.filter(role=Role.PRIVACY_OFFICER).order_by("number")
        kinds = list(select_published_categories())  # an import before this left a draft
        code = company.publish_purpose(f"purpose-{company.PURPOSES + 1}", Usage.BOTH, kinds, writer, self.officer)
        version = PurposeVersion.objects.select_related("purpose").get(purpose__code=code)
        numbers = {"purpose": version.purpose_id, "version": version.pk, "customers": customers}
        with as_owner() as owner, owner.cursor() as cursor:
            for first in range(1, standing + 1, BATCH):
                last = min(first + BATCH - 1, standing)
                say(f"Making {last:,} consents that stand …")
                numbers["first"], numbers["last"] = first, last
                run_statements(cursor, (PEOPLE, CHOICES), numbers)
            cursor.execute("VACUUM ANALYZE")
        self.code = code
        self.draft = versions.draft_next_version(purpose=version.purpose, officer=writer.user, by=PORTAL)

    def run(self, is_over: Callable[[], bool]) -> float:
        """Publish, then notify batch after batch, as the job does, one at least. Return the seconds of publishing."""
        time.sleep(AFTER)
        began = time.monotonic()
        by = company.build_staff_actor(self.officer.pk)
        publishing.publish_version(version=self.draft, officer=self.officer.user, by=by)
        took, last = time.monotonic() - began, None
        while (last := emails.notify_next_customers(version=self.draft.pk, after=last)) is not None:
            if is_over():
                break
        return took


def build_withdrawals(code: str, numbers: range, token: Token) -> list[Call]:
    """Build one withdrawal per customer."""
    users = User.objects.in_bulk([build_id("user", number) for number in numbers])
    path = {name: reverse(f"choices:{name}", args=[code]) for name in ("withdraw", "saved")}
    return [
        build_form_call(path["withdraw"], 302, path["saved"], cookie, token, {"token": str(uuid4())})
        for cookie in create_sessions(users.values())
    ]


def measure_publication(
    pool: Pool, port: int, publication: Publication, calls: Sequence[Call], *, standing: int, seconds: float
) -> MeasuredPublication:
    """Measure half of the calls alone, half during the publication. Raises WrongAnswer."""

    def withdrawn(some: Sequence[Call]) -> Figures:
        return load.measure_load(pool, port, [some], again=False, seconds=seconds)

    quiet = withdrawn(calls[::2])
    with ThreadPoolExecutor(1) as beside:
        during = beside.submit(withdrawn, calls[1::2])
        took = publication.run(during.done)
    told = Message.objects.filter(kind="choice_outdated").count()
    return MeasuredPublication(standing, took, told, quiet, during.result())
