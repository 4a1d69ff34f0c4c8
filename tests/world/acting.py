"""Somebody who comes to act for a customer, past the services."""

from tests.world.owners import acting_as_owner


def act_for(user, customer, ends: str = "NULL") -> None:
    with acting_as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_acting (user_id, customer_id, capacity, starts_at, ends_at)"
            f" VALUES (%s, %s, 'agent', portal.now(), {ends})",
            [user, customer],
        )
