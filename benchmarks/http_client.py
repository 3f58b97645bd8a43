"""Many clients that ask over HTTP/1.1 at once, each on one connection that stays open, and what their answers took.

It is written by hand because the generator of a load must not be what is measured: a client that does all of HTTP in Python takes more
processor time for a request than the service for its answer. This one sends bytes that were made before, and reads status, length and
body. It asks again as soon as it is answered (a closed loop), so the rate is what the service gives, and no client waits for another.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

# A request without an answer for so long is an error, and its connection is given up.
_PATIENCE: Final = 60.0
_END_OF_HEAD: Final = b"\r\n\r\n"


@dataclass
class Tally:
    """What a run gave.

    ``taken`` is how long each answer took, in seconds; ``statuses`` counts answers by status, ``failures`` requests without an answer by
    what went wrong; ``places`` are the addresses of what was made; ``refused`` counts those that were told to come again later, and did;
    ``seconds`` is how long the whole run took.
    """

    taken: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    places: list[str] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0

    @property
    def errors(self) -> int:
        """How many requests had no answer, or one that is no success."""
        return sum(self.failures.values()) + sum(count for status, count in self.statuses.items() if not 200 <= status < 300)

    def percentile(self, share: float) -> float:
        """Return within how many milliseconds the ``share`` of answers came, by the nearest rank; 0 where there is none."""
        ranked = sorted(self.taken)
        return 1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else 0.0


@dataclass(frozen=True)
class Answer:
    """Status, address of what was made, body, whether the server closes the connection, and whether it wants to be asked again later."""

    status: int
    place: str
    content: bytes
    closes: bool
    comes_again: bool


def http_request(method: str, path: str, content: bytes = b"", *, kind: str = "", accept: str = "application/json") -> bytes:
    """Return a request as it goes over the wire; ``kind`` is the media type of ``content``."""
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Accept: {accept}"]
    if content:
        head += [f"Content-Type: {kind}", f"Content-Length: {len(content)}"]
    return "\r\n".join([*head, "", ""]).encode() + content


class _Connection:
    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 24)
        reader, writer = self._streams
        writer.write(request)
        answer = await _read(reader)
        if answer.closes:
            self.close()
        return answer

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def _read(reader: asyncio.StreamReader) -> Answer:
    status_line, *lines = (await reader.readuntil(_END_OF_HEAD)).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding", "").lower() == "chunked":
        content = b""
        while length := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            content += (await reader.readexactly(length + 2))[:-2]
        await reader.readuntil(b"\r\n")
    else:
        content = await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(status_line.split(" ", 2)[1]), headers.get("location", ""), content, headers.get("connection", "").lower() == "close",
                  "retry-after" in headers)  # fmt: skip


async def _client(port: int, next_request: Callable[[], bytes | None], until: float, tally: Tally) -> None:
    connection = _Connection(port)
    while (start := time.perf_counter()) < until and (request := next_request()) is not None:
        try:
            async with asyncio.timeout(_PATIENCE):
                answer = await connection.ask(request)
        except (OSError, EOFError, TimeoutError) as error:
            tally.failures[type(error).__name__] += 1
            connection.close()
            # a server that is not there is not asked a thousand times a second
            await asyncio.sleep(0.1)
            continue
        if answer.comes_again:
            tally.refused += 1
            await asyncio.sleep(1.0)
            continue
        tally.taken.append(time.perf_counter() - start)
        tally.statuses[answer.status] += 1
        if answer.status == 201:
            tally.places.append(answer.place)
    connection.close()


async def run_clients(port: int, clients: int, seconds: float, next_request: Callable[[], bytes | None]) -> Tally:
    """Let so many ``clients`` ask for so many ``seconds``, or until there is no next request; requests under way are waited for.

    ``next_request`` gives what is asked next, and is called by all clients.
    """
    tally, start = Tally(), time.perf_counter()
    await asyncio.gather(*(_client(port, next_request, start + seconds, tally) for _ in range(clients)))
    tally.seconds = time.perf_counter() - start
    return tally


def ask(port: int, request: bytes) -> Answer:
    """Ask once, on a connection of its own; raise ``OSError`` where there is no server."""

    async def once() -> Answer:
        connection = _Connection(port)
        try:
            async with asyncio.timeout(_PATIENCE):
                return await connection.ask(request)
        finally:
            connection.close()

    return asyncio.run(once())
