"""The processes that determine: none of them works for longer than a request may take, and none holds the service up when it ends."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from mtus.api.determining import Determiner
from mtus.api.errors import ApiError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be stopped so")


def endless(seconds: float) -> int:
    """Work for so many ``seconds``, and catch whatever goes wrong meanwhile."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            sum(range(1000))
        except Exception:
            continue
    return os.getpid()


@pytest.fixture(scope="module")
def determiner() -> Iterator[Determiner]:
    with closing(Determiner(1, 0.5)) as found:
        yield found


def test_what_takes_too_long_is_stopped_and_its_process_goes_on(determiner: Determiner) -> None:
    async def run() -> None:
        first = await determiner.run(endless, 0.0)
        started = time.monotonic()
        with pytest.raises(ApiError) as refused:
            await determiner.run(endless, 60.0)
        assert time.monotonic() - started < 10
        assert (refused.value.status, refused.value.kind) == (503, "request-time")
        assert "0.5 seconds" in refused.value.detail
        assert await determiner.run(endless, 0.0) == first

    asyncio.run(run())


def test_time_is_counted_for_each_anew(determiner: Determiner) -> None:
    async def run() -> None:
        assert len({await determiner.run(endless, 0.3) for _ in range(3)}) == 1

    asyncio.run(run())


def test_the_end_waits_for_nobody_whose_request_was_given_up() -> None:
    determiner = Determiner(1, 300.0)

    async def run() -> None:
        await determiner.run(endless, 0.0)
        given_up = asyncio.ensure_future(determiner.run(endless, 120.0))
        await asyncio.sleep(0.5)
        started = time.monotonic()
        determiner.close()
        assert time.monotonic() - started < 10
        given_up.cancel()

    asyncio.run(run())
