"""What a customer who withdraws feels of a publication that ends the consent of very many others."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import Pool
from uuid import uuid4

from django.db.backends.base.base import BaseDatabaseWrapper
from django.urls import reverse

from consents.bench import company, load
from consents.bench.load import Call, Figures
from consents.bench.past import made_id
from consents.bench.scenarios import Token, posted
from consents.bench.sessions import signed_in
from consents.bench.table import Published
from consents.catalogue import services as catalogue
from consents.catalogue.models import PurposeVersion
from consents.catalogue.selectors import published_categories
from consents.choices import services as choices
from consents.core.owner import as_owner
from consents.ledger.rules import PORTAL
from consents.notifications.models import Message
from consents.people.models import Role, StaffMember, User

BATCH = 100_000
AFTER = load.HEAD_START + 0.1  # seconds: the clients have begun
# Customers beyond those of the run; nobody acts for them.
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
           portal_now() - interval '90 days', portal_now() + interval '275 days', '', false
    FROM generate_series(%(first)s, %(last)s) AS n
"""


class Publication:
    """One purpose that so many agreed to, and the draft of its next version, a material one."""

    def __init__(self, *, customers: int, standing: int, say: Callable[[str], None]) -> None:
        writer, self.officer = StaffMember.objects.filter(role=Role.PRIVACY_OFFICER).order_by("number")
        kinds = list(published_categories())  # an import before this left a draft
        code = company.publish_purpose(company.PURPOSES + 1, kinds, writer, self.officer)
        version = PurposeVersion.objects.select_related("purpose").get(purpose__code=code)
        with as_owner() as owner:
            for first in range(1, standing + 1, BATCH):
                last = min(first + BATCH - 1, standing)
                say(f"Making {last:,} consents that stand …")
                make(owner, version, first, last, customers)
            with owner.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")
        self.code = code
        self.draft = catalogue.next_version(purpose=version.purpose, officer=writer.user, by=PORTAL)

    def run(self, is_over: Callable[[], bool]) -> float:
        """Publish, then tell one batch of customers after the other, as the job does. Returns what publishing took."""
        time.sleep(AFTER)
        began = time.monotonic()
        catalogue.publish(version=self.draft, officer=self.officer.user, by=PORTAL)
        took, last = time.monotonic() - began, None
        while not is_over():
            last = choices.tell_next(version=self.draft.pk, after=last)
            if last is None:
                break
        return took


def make(owner: BaseDatabaseWrapper, version: PurposeVersion, first: int, last: int, customers: int) -> None:
    terms = {
        "purpose": version.purpose_id,
        "version": version.pk,
        "first": first,
        "last": last,
        "customers": customers,
    }
    with owner.cursor() as cursor:
        for statement in (PEOPLE, CHOICES):
            cursor.execute(statement, terms)


def withdrawals(code: str, numbers: range, token: Token) -> list[Call]:
    """One of each of these customers."""
    users = User.objects.in_bulk([made_id("user", number) for number in numbers])
    path = {name: reverse(f"choices:{name}", args=[code]) for name in ("withdraw", "saved")}
    return [
        posted(path["withdraw"], 302, path["saved"], cookie, token, {"token": str(uuid4())})
        for cookie in signed_in(users.values())
    ]


def measure(
    pool: Pool, port: int, publication: Publication, calls: Sequence[Call], *, standing: int, seconds: float
) -> Published:
    """Half of the calls beside nothing, half beside the publication. Raises WrongAnswer."""

    def withdrawn(some: Sequence[Call]) -> Figures:
        return load.measure(pool, port, [some], again=False, seconds=seconds)

    quiet = withdrawn(calls[::2])
    with ThreadPoolExecutor(1) as beside:
        during = beside.submit(withdrawn, calls[1::2])
        took = publication.run(during.done)
    told = Message.objects.filter(kind="choice_outdated").count()
    return Published(standing, took, told, quiet, during.result())
