"""Who comes first when the disk of the database is nearly full: whoever says no. What staff want waits."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from consents.core.embedded import ballast
from portal.views import turned_away


class FullDiskMiddleware:
    """Looking and signing in go on, and so does all that customers send; asking, opening and exporting do not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.staff_house = reverse("admin:index")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_staff_s = request.method == "POST" and request.path.startswith(self.staff_house)
        if is_staff_s and settings.EMBEDDED and ballast.is_given_up(settings.PORTAL_VAR):
            return turned_away(request, 503)
        return self.get_response(request)
