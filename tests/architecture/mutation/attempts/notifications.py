"""What the rules of notifications forbid, tried."""

from collections.abc import Callable

from tests.architecture.mutation.attempts.statements import by_application

# What breaks a CHECK: assignments to any one row, or to the row that fits.
BREAKS = {
    "notifications_message_context": "context = '[]'",
    "notifications_failingaddress_known_how": "how = 'guessed'",
    "notifications_message_done_or_not": "outcome = 'lost', sent_at = portal.now()",
    "notifications_message_tries_check": "tries = -1",
    "notifications_preference_known": "digests = 'daily'",
    "notifications_staffpreference_known": "told = 'never'",
    "notifications_message_one_recipient": "user_id = (SELECT id FROM people_user LIMIT 1),"
    " customer_id = (SELECT id FROM people_customer LIMIT 1)",
}
# By trigger or policy.
NAMED: dict[str, Callable[..., str]] = {
    "notifications_preference_on_record": by_application(
        lambda s: ("INSERT INTO notifications_preference (customer_id, digests) VALUES (%s, 'never')", [s.ben])
    ),
    "notifications_staffpreference_on_record": by_application(
        lambda s: (
            "INSERT INTO notifications_staffpreference (member_id, told)"
            " SELECT user_id, 'daily' FROM people_staffmember WHERE team = 'Returns'"
        )
    ),
}
