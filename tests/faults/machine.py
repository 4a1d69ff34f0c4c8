"""A machine that leaves as the portal does and starts in a moment: python -m tests.faults.machine PORT DRAIN"""

import asyncio
import os
import sys
from typing import Any

from consents.ops.running.leaving import (
    build_stages_environment,
    close_when_leaving,
    find_leaving_status,
    prepare_leaving,
)

ANSWER_SECONDS = 0.05


async def application(scope: Any, protocol: Any) -> None:
    if scope.method == "POST":
        await protocol()
    status = find_leaving_status(scope.path, scope.method)
    if status is None:
        await asyncio.sleep(ANSWER_SECONDS)
    protocol.response_str(status or 200, close_when_leaving([]), "")


def serve(port: int, drain: float) -> None:
    from consents.ops.bench.servers import is_open
    from consents.ops.running.portal import build_web_program
    from consents.ops.running.processes import run_programs

    with prepare_leaving(drain) as stages:
        run_programs(
            [build_web_program("127.0.0.1", port, "tests.faults.machine:application", workers=1)],
            environment=dict(os.environ) | build_stages_environment(stages),
            is_ready=lambda: is_open(port),
            when_ready=lambda: print("up", flush=True),
            stages=stages,
        )


if __name__ == "__main__":
    serve(int(sys.argv[1]), float(sys.argv[2]))
