"""What a machine of the rolling restart serves: it is up in a moment, since it needs neither settings nor database."""

import time
from collections.abc import Callable, Iterable
from typing import Any

ANSWER_SECONDS = 0.05


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    environ["wsgi.input"].read()
    time.sleep(ANSWER_SECONDS)
    start_response("200 OK", [])
    return [b""]
