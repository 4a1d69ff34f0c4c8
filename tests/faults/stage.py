"""Sets the stage for a portal of a test's own, in the database of the environment, and says as JSON who there is.

python -m tests.faults.stage set_up N  makes the keys, the company and N customers who have just signed in
python -m tests.faults.stage arrive N  makes N more
"""

import json
import sys
from io import StringIO
from typing import Any

import django
from django.core.management import call_command


def set_up(count: int) -> dict[str, Any]:
    from tests.world.cast import PASSWORD, build_world

    call_command("make_keys", stdout=StringIO())
    world = build_world()
    return arrive(count) | {
        "sign_in": {"login": world.sam.user.email, "password": PASSWORD},
        "purpose": world.purpose.code,
        "version": world.version.pk,
        "category": world.categories["orders"].pk,
    }


def arrive(count: int) -> dict[str, Any]:
    """With a member of staff: the sessions of them all end half an hour later."""
    from bench.sessions import create_sessions
    from consents.catalogue.models import Category
    from consents.people.found_customers import sign_found_customer
    from consents.people.models import Customer, User
    from tests.world.cast import make_customer, put_in_vault

    sam, orders = User.objects.get(email="sam@example.com"), Category.objects.get(code="orders")
    first = 2000 + Customer.objects.count()
    people = [make_customer(f"C-{number}", f"c{number}@example.com") for number in range(first, first + count)]
    for one in people:
        put_in_vault(one.customer, orders, {"item": "Marker lamp", "price": "19.90"})
    staff, *own = create_sessions([sam, *(one.user for one in people)])
    return {
        "staff": staff,
        "customers": [
            {"id": str(one.customer.id), "session": session, "found": sign_found_customer(one.customer.pk, sam)}
            for one, session in zip(people, own, strict=True)
        ],
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps({"set_up": set_up, "arrive": arrive}[sys.argv[1]](int(sys.argv[2]))))
