"""Finding a port to listen on, with a sentence when it cannot be had."""

import errno
import socket

from consents.core.embedded import CannotStart

HIGHEST = 65535


def usable(host: str, port: int) -> int:
    """`port` itself when it is free, some free one for 0. Raises CannotStart."""
    if not 0 <= port <= HIGHEST:
        raise CannotStart(f"{port} is not a port: choose a number from 1 to {HIGHEST} with --port.")
    family, *_, address = address_of(host, port)
    with socket.socket(family) as probe:
        # As the web server does: a port that is only waiting out its last connections counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen()
        except OSError as reason:
            raise CannotStart(sentence(reason, host, port)) from None
        found: int = probe.getsockname()[1]
        return found


def address_of(host: str, port: int) -> tuple:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError:
        raise CannotStart(f"This machine has no address {host}: choose another one with --host.") from None


def sentence(reason: OSError, host: str, port: int) -> str:
    if reason.errno == errno.EADDRINUSE:
        other = port + 1 if port < HIGHEST else port - 1
        return f"Port {port} is taken by another program: stop that program, or choose another port: --port {other}."
    if reason.errno in (errno.EACCES, errno.EPERM):
        return f"This user may not listen on port {port}: choose one from 1024 upwards with --port."
    return f"Nothing can listen on {host}, port {port} ({reason.strerror}): choose others with --host and --port."
