"""Define the outcomes of a message, and the kinds that can be switched off. Pure."""

from datetime import timedelta

# Tries before the queue gives a message up; the last about 27 hours after the first.
MAX_TRIES = 8
# Somebody waits in front of the page for a code: it is tried again soon, and not once it has died.
LONGEST_WAIT_FOR_CODE = 60  # seconds
# Kinds that only remind: none gets more than one in this time. All others tell of something that happened, once.
DIGESTS = frozenset({"choices_digest"})
# Kinds that a customer can switch off: those, and the end of a time that was said when it began.
OPTIONAL = DIGESTS | {"choice_expired"}
# A kind that a setting of its own switches: how often a customer is told of looks (`disclosures.telling`).
CHOSEN = frozenset({"looks_allowed"})
# Kinds that go to many at once: they wait behind every other email, and are not queued where email does not arrive.
# What the company changes about consent is told whatever a customer wants of reminders (GDPR Art 13(3)).
MASS_KINDS = OPTIONAL | CHOSEN | {"choice_outdated", "choice_reworded", "choice_retired"}
# Those that may go to everybody at once: what one person waits for, a code above all, overtakes them.
OVERTAKEN = MASS_KINDS | {"breach_told"}
LOW_PRIORITY = -10  # the queue takes higher numbers first; 0 is that of every other job
# Kinds that lie sealed, with address and text, until they are sent; what they leave behind names nobody.
SEALED = frozenset({"account", "customer_erased", "rights_code", "rights_request"})
# Of those, kinds without a code, worth sending later too: what could not be sent, or is held back, stays sealed.
LASTING = frozenset({"rights_request"})
# Kinds about work here: who has left can do nothing about them, and is no longer told of customers.
WORK_KINDS = frozenset(
    {
        "access_ended",
        "access_request_answered",
        "access_request_question",
        "breach_announcement",
        "breach_due",
        "breach_recorded",
        "bypass_found",
        "exemption_decided",
        "exemption_filed",
        "exemption_unchecked",
        "look_report_settled",
        "look_reported",
        "proposed_request_over",
        "rights_request_replied",
        "training_lapses",
        "work_began",
        "work_of_the_day",
    }
)
DIGEST_EVERY = timedelta(days=7)

SENT, NO_ADDRESS, REFUSED, BOUNCED = "sent", "no address", "address refused", "bounced"
REJECTED = "mail rejected"  # the server took the address and not the mail
STOPPED = "stopped"  # the customer it was for has been erased, or the member of staff has left
EXPIRED = "code expired"  # it could not be sent while the code in it counted
HELD = "not sent again"  # it waited in a backup that was restored, and may have gone out since
FAILED = frozenset({NO_ADDRESS, REFUSED, BOUNCED, REJECTED, HELD, EXPIRED})
OUTCOMES = FAILED | {SENT, STOPPED}
