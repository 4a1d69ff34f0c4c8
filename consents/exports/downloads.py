"""A delivery as an HTTP answer: streamed, or in the part that was asked for (RFC 9110, one range)."""

import re

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from consents.exports.services import Delivery

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class NoSuchPart(Exception):
    """The range lies outside the file, which is `whole` bytes long."""

    def __init__(self, whole: int) -> None:
        self.whole = whole


def span_of(request: HttpRequest, whole: int, tag: str) -> tuple[int, int] | None:
    """The bytes asked for, half-open; None for all of them, also when the file is another one by now."""
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    known = request.headers.get("If-Range", "").strip()
    if not found or found[0] == "bytes=-" or known not in ("", f'"{tag}"'):
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, whole - int(last))
    end = min(int(last) + 1, whole) if first and last else whole
    if start >= end:
        raise NoSuchPart(whole)
    return start, end


def not_there(whole: int) -> HttpResponse:
    return HttpResponse(status=416, headers={"Content-Range": f"bytes */{whole}"})


def answer(delivery: Delivery, content_type: str) -> HttpResponseBase:
    """With a length, and to be continued later, once it is kept."""
    headers = {"Content-Disposition": f'attachment; filename="{delivery.name}"'}
    if delivery.whole is None or delivery.size is None:
        return StreamingHttpResponse(delivery.content, content_type=content_type, headers=headers)
    headers |= {"Accept-Ranges": "bytes", "Content-Length": str(delivery.size), "ETag": f'"{delivery.tag}"'}
    is_part = delivery.size != delivery.whole
    if is_part:
        last = delivery.start + delivery.size - 1
        headers["Content-Range"] = f"bytes {delivery.start}-{last}/{delivery.whole}"
    status = 206 if is_part else 200
    return StreamingHttpResponse(delivery.content, content_type=content_type, headers=headers, status=status)
