"""Which systems there are, where they may be called, and when a webhook is tried again. Pure: no database or clock."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

type Network = IPv4Network | IPv6Network
# What the name of a system looks like, and the code of a purpose.
NAME, PURPOSE = "[a-z0-9][a-z0-9-]{0,59}", "[-a-zA-Z0-9_]{1,60}"


@dataclass(frozen=True)
class System:
    """A system of the company. `tokens`: SHA-256 of one token that it asks with, or of two while one follows the other.

    `address`: where it takes webhooks, empty where it takes none. `networks`: those of the company, not of the whole
    Internet, in which that address may lie.
    """

    name: str
    purposes: frozenset[str]
    tokens: tuple[str, ...]
    address: str = ""
    networks: tuple[Network, ...] = ()

    def may_ask_about(self, purpose: str) -> bool:
        """Return True for one of its purposes; for no purpose, which stands for all of them, always."""
        return not purpose or purpose in self.purposes


# Addresses of IPv6 behind which one of IPv4 lies, private perhaps: a gateway would lead there; and those of one site.
BEHIND_GATEWAYS = ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
# Networks that one release of Python or another calls global: of protocols (RFC 6890; before 3.12.4), documentation.
NOT_GLOBAL = ("192.0.0.0/24", "3fff::/20")
REFUSED_NETWORKS = tuple(map(ip_network, (*BEHIND_GATEWAYS, *NOT_GLOBAL, "fec0::/10", "5f00::/16")))


def may_call_address(address: str, networks: tuple[Network, ...]) -> bool:
    """Tell whether this IP address is one of the public Internet, or of the networks that the settings name.

    What the portal's own machine and its neighbours answer on private, loopback and link-local addresses is meant for
    nobody outside, and a name that the company does not keep may be led there (server-side request forgery).
    """
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        ip = ip.ipv4_mapped or ip
    if any(ip in network for network in networks):
        return True
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in REFUSED_NETWORKS)


# How long after each failure it is tried again; one more failure is the last (Standard Webhooks 1.0.0).
WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
LONGEST_WAIT = max(WAITS)
MOST_JITTER = 0.1  # of a wait, so that what failed together does not come again together
SOON = timedelta(seconds=30)  # until the job of the next minute
KEPT_DELIVERED, KEPT_UNDELIVERED = timedelta(days=7), timedelta(days=30)
KEPT_UNKNOWN = timedelta(days=1)  # of a system that the settings do not name, or not for this purpose
LATE = timedelta(minutes=15)
HELD_UP_FOR = 3  # failures of what was queued earlier of a customer: afterwards a no waits for it no longer

SLOW_DOWN = frozenset({408, 429})
NOT_THERE = frozenset({401, 403, 404, 405})  # whatever is sent: the address or the door in front of it is wrong
GONE = 410
SEALED_AWAY = frozenset({"CannotOpen", "KeyError"})  # one number that cannot be read: nothing was sent


@dataclass(frozen=True)
class Reply:
    """Holds what a receiver answered: its status, 0 for no answer at all; `error` names the kind of failure."""

    status: int = 0
    error: str = ""
    retry_after: timedelta | None = None

    @property
    def is_taken(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        return self.status == GONE

    @property
    def refuses_this_one(self) -> bool:
        """Tell whether it is this webhook alone that failed, so that others may still be taken."""
        return self.error in SEALED_AWAY or (400 <= self.status < 500 and self.status not in SLOW_DOWN | NOT_THERE)

    @property
    def kind(self) -> str:
        return self.error or f"HTTP {self.status}"


def compute_wait(failures: int, dice: float, retry_after: timedelta | None = None) -> timedelta | None:
    """Compute how long to wait after so many failures; None after the last. `dice`: from 0 to 1.

    What the receiver asks for is respected up to a day.
    """
    if failures > len(WAITS):
        return None
    wait = WAITS[failures - 1] * (1 + MOST_JITTER * dice)
    return max(wait, min(retry_after or wait, LONGEST_WAIT))
