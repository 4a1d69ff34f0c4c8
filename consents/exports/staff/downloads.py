"""Send a delivery as an HTTP response, whole or as one range (RFC 9110)."""

import re

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from consents.exports.services.delivering import Delivery

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class RangeNotSatisfiable(Exception):
    """The range lies outside the file, which has `whole` bytes."""

    def __init__(self, whole: int) -> None:
        self.whole = whole


def parse_range(request: HttpRequest, whole: int, tag: str) -> tuple[int, int] | None:
    """Return the half-open range of bytes asked for; None for all of them, or if the file has changed since."""
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    known = request.headers.get("If-Range", "").strip()
    if not found or found[0] == "bytes=-" or known not in ("", f'"{tag}"'):
        return None
    first, last = found.groups()
    start = int(first) if first else max(0, whole - int(last))
    end = min(int(last) + 1, whole) if first and last else whole
    if start >= end:
        raise RangeNotSatisfiable(whole)
    return start, end


def build_response(delivery: Delivery, content_type: str) -> HttpResponseBase:
    """Stream the delivery. Once its file is stored, the response has a length and can be continued later."""
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
