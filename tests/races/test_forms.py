"""A form under way puts on record where it came from: nobody waits for that in a circle, and an erasure does wait."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import pytest

from consents.people.models import Customer, Evidence
from consents.people.services import locking, staff_members
from tests.architecture.mutation.speaking import application_speaking
from tests.races.meetings import WAITS, apart
from tests.waiting import PATIENCE
from tests.world.colleagues import by_officer
from tests.world.erasing import erase

BEGIN_SUBMISSION = "SELECT portal.begin_submission(%s, gen_random_uuid(), %s, '10.0.0.0', 'a browser', 'en')"
HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


@contextmanager
def form_under_way(user):
    """Their connection, after what every form begins with, and before what its act holds."""
    with application_speaking() as form:
        form.execute("SET lock_timeout = '10s'")
        form.execute("BEGIN")
        form.execute(BEGIN_SUBMISSION, [user.pk, uuid4()])
        yield form


@pytest.mark.parametrize("of", ["a customer", "a colleague"])
def test_what_changes_an_account_does_not_wait_for_its_forms(real_world, of):
    """The form may next want what this act holds of the user."""
    ada, sam, pia = real_world.ada, real_world.sam, real_world.pia
    user, act = {
        "a customer": (
            ada.user,
            lambda: locking.lock_account(
                user=ada.user, customer=ada.customer.id, ways={"password", "code"}, by=ada.actor
            ),
        ),
        "a colleague": (
            sam.user,
            lambda: staff_members.end_colleague_place(member=sam.pk, officer=pia, by=by_officer(pia)),
        ),
    }[of]
    with form_under_way(user) as form, ThreadPoolExecutor(1) as pool:
        acting = pool.submit(apart, act)
        while not acting.done() and not form.execute(WAITS).fetchone()[0]:
            pass
        form.execute(HOLD, [str(user.pk)])
        form.execute("COMMIT")

        acting.result(timeout=PATIENCE)


def test_an_erasure_waits_for_a_form_and_leaves_nothing_of_it(real_world):
    ada = real_world.ada
    with form_under_way(ada.user) as form, ThreadPoolExecutor(1) as pool:
        erasing = pool.submit(apart, lambda: erase(real_world))
        while not form.execute(WAITS).fetchone()[0]:
            assert not erasing.done()
        form.execute(HOLD, [str(ada.customer.id)])
        form.execute("COMMIT")

        erasing.result(timeout=PATIENCE)

    assert Customer.objects.get(pk=ada.customer.id).erased_at
    assert not Evidence.objects.filter(user=ada.user.pk).exclude(network="").exists()
