"""Find a port to listen on, or say in a sentence why it cannot be had."""

import errno
import socket

from consents.ops.embedded import CannotStart

HIGHEST = 65535


def find_free_port(host: str, port: int) -> int:
    """Return `port` itself when it is free, some free one for 0. Raises CannotStart."""
    if not 0 <= port <= HIGHEST:
        raise CannotStart(f"{port} is not a port: choose a number from 1 to {HIGHEST} with --port.")
    family, *_, address = resolve_address(host, port)
    with socket.socket(family) as probe:
        # As the web server does: a port that is only waiting out its last connections counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen()
        except OSError as reason:
            raise CannotStart(describe_refusal(reason, host, port)) from None
        free: int = probe.getsockname()[1]
        return free


def resolve_address(host: str, port: int) -> tuple:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError:
        raise CannotStart(f"This machine has no address {host}: choose another one with --host.") from None


def describe_refusal(reason: OSError, host: str, port: int) -> str:
    if reason.errno == errno.EADDRINUSE:
        other = port + 1 if port < HIGHEST else port - 1
        return f"Port {port} is taken by another program: stop that program, or choose another port: --port {other}."
    if reason.errno in (errno.EACCES, errno.EPERM):
        return f"This user may not listen on port {port}: choose one from 1024 upwards with --port."
    return f"Nothing can listen on {host}, port {port} ({reason.strerror}): choose others with --host and --port."
