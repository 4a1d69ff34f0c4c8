"""Nobody decides in their own matter: an officer does something about a customer whom they come to act for."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from tests.architecture.mutation.attempts.statements import all_by_application
from tests.world.sql import own_matters


def in_own_matter(statement: str, of: str) -> Callable[..., str]:
    """An officer does it about a customer whom they come to act for, in the same transaction. `of`: the scene's request
    of that customer."""
    acting = "INSERT INTO people_acting (user_id, customer_id, capacity) SELECT %(officer)s, customer_id, 'agent'"
    acting += " FROM rights_rightsrequest WHERE id = %(id)s"
    statement = statement.replace("%(customer)s", "(SELECT customer_id FROM rights_rightsrequest WHERE id = %(id)s)")

    def about(s: SimpleNamespace) -> dict[str, Any]:
        return {"id": getattr(s, of), "officer": s.otto, "kind": "staff"}

    return all_by_application(lambda s: [(acting, about(s)), (statement, about(s))])


def told_by_staff(event: str, object_type: str) -> str:
    return own_matters.ENTRY.replace("%(event)s", f"'{event}'").replace("%(object_type)s", f"'{object_type}'")


# On which request of the scene, where not on any open one.
OWN_REQUESTS = {
    "rights_answerdispatch_own_matter": "denied_right",
    "rights_appealdecision_own_matter": "appealed",
    "rights_mention_own_matter": "noted_right",
    "rights_redaction_own_matter": "noted_right",
    "vault_parterasure_own_matter": "unerased_right",
}
NAMED = {
    trigger: in_own_matter(statements[0], OWN_REQUESTS.get(trigger, "right"))
    for trigger, statements in own_matters.ROWS.items()
}
NAMED |= {
    trigger: in_own_matter(told_by_staff(*entries[0]), "right") for trigger, entries in own_matters.ENTRIES.items()
}
