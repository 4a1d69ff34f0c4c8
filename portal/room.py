"""No more at once than can be served in time. Who would have to wait too long is asked to come back, without a look
at the database: it fails closed."""

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from portal.views import turned_away

WAIT_SECONDS = 2.0
log = logging.getLogger(__name__)


class Room:
    """Places for so many at once. Once somebody waited in vain, nobody waits any more until a place gets free."""

    def __init__(self, places: int, patience: float = WAIT_SECONDS) -> None:
        self.places, self.patience, self.is_jammed = threading.BoundedSemaphore(places), patience, False

    def enter(self) -> bool:
        if self.places.acquire(blocking=False):
            return True
        if self.is_jammed:
            return False
        if self.places.acquire(timeout=self.patience):
            return True
        self.is_jammed = True
        log.warning("More requests than can be served in time: some are asked to come back.")
        return False

    def leave(self) -> None:
        self.is_jammed = False
        self.places.release()


class RoomMiddleware:
    """A streamed answer gives its place back when its first byte is ready; exports have a bound of their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.room = Room(settings.REQUESTS_AT_ONCE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return self.get_response(request)
        if not self.room.enter():
            return turned_away(request, 503)
        try:
            return self.get_response(request)
        finally:
            self.room.leave()
