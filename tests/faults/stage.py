"""Sets the stage for a portal of a test's own: `python -m tests.faults.stage CUSTOMERS` migrates the database of the
environment, fills it, and prints who there is as JSON."""

import json
import sys
from typing import Any

import django
from django.core.management import call_command


def set_up(customers: int) -> dict[str, Any]:
    from consents.bench.sessions import signed_in
    from consents.people.visitors import sealed_find
    from tests.cast import PASSWORD, build_world, make_customer, put_in_vault

    call_command("migrate", interactive=False, verbosity=0)
    world = build_world()
    people = [make_customer(f"C-{number}", f"c{number}@example.com") for number in range(2000, 2000 + customers)]
    for one in people:
        put_in_vault(one.customer, world.categories["orders"], {"item": "Marker lamp", "price": "19.90"})
    staff, *own = signed_in([world.sam.user, *(one.user for one in people)])
    return {
        "staff": staff,
        "sign_in": {"login": world.sam.user.email, "password": PASSWORD},
        "purpose": world.purpose.code,
        "version": world.version.pk,
        "category": world.categories["orders"].pk,
        "customers": [
            {
                "id": str(one.customer.id),
                "session": session,
                "found": sealed_find(one.customer.pk, world.sam.user),
            }
            for one, session in zip(people, own, strict=True)
        ],
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps(set_up(int(sys.argv[1]))))
