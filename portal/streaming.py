"""Stream a long response through a pipe, so that memory stays flat however slowly its reader reads.

The web server's own streams take everything at once and keep it. A named pipe in a folder of this process's own holds
64 KiB, makes the writer wait, and breaks when the reader goes away. Nothing is stored on disk.
"""

import os
import select
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path

from django.http import HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse

OPEN_SECONDS, SEND_SECONDS = 10, 60  # for the server to open the pipe; for the reader to take some more


class BegunStreamMiddleware:
    """Make the first piece of a streamed response before its status is sent: until then a failure is answered like that
    of any other page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse) and request.method != "HEAD":
            pieces: Iterator[bytes] = iter(response)
            response.streaming_content = chain([next(pieces, b"")], pieces)
        return response


class ReaderGone(OSError):
    """The reader went away, or takes nothing."""


def write_through_pipe(chunks: Iterable[bytes], begin: Callable[[str], None]) -> None:
    """Write the chunks into a new pipe, whose path `begin` gives to the web server. Raises ReaderGone."""
    with tempfile.TemporaryDirectory(prefix="portal-stream-") as folder:
        path = Path(folder) / "pipe"
        os.mkfifo(path, 0o600)
        begin(str(path))
        pipe = open_pipe(path)
    try:
        for chunk in chunks:
            write_chunk(pipe, memoryview(chunk))
    finally:
        os.close(pipe)


def open_pipe(path: Path) -> int:
    """Open the pipe for writing once the web server has opened it for reading."""
    until = time.monotonic() + OPEN_SECONDS
    while True:
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads yet
            if time.monotonic() > until:
                raise ReaderGone from None
            time.sleep(0.002)


def write_chunk(pipe: int, chunk: memoryview) -> None:
    poll = select.poll()
    poll.register(pipe, select.POLLOUT)
    while chunk:
        if not poll.poll(SEND_SECONDS * 1000):
            raise ReaderGone
        try:
            chunk = chunk[os.write(pipe, chunk) :]
        except BlockingIOError:
            continue
        except BrokenPipeError:
            raise ReaderGone from None
