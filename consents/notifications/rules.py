"""What becomes of a message, and which kinds can be switched off. Pure."""

from datetime import timedelta

# Tries before the queue gives a message up; the last about 27 hours after the first.
TRIES = 8
# Kinds that only remind: a customer can switch them off, and none gets more than one in this time. All others tell
# of something that happened, once.
DIGESTS = frozenset({"choices_digest"})
# Kinds that lie sealed, with address and text, until they are sent; what they leave behind names nobody.
SEALED = frozenset({"account", "customer_erased", "rights_request"})
DIGEST_EVERY = timedelta(days=7)

SENT, NO_ADDRESS, REFUSED, BOUNCED = "sent", "no address", "address refused", "bounced"
REJECTED = "mail rejected"  # the server took the address and not the mail
STOPPED = "stopped"  # the customer it was for has been erased
FAILED = frozenset({NO_ADDRESS, REFUSED, BOUNCED, REJECTED})
OUTCOMES = FAILED | {SENT, STOPPED}
