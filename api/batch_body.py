"""The cases in the body of a batch, each as its own bytes with its number."""

import json
from typing import Final

from fastapi import Request

from mtus.api.body import NAME
from mtus.api.deps import case_limits
from mtus.api.errors import ApiError
from mtus.reasoner.formats import decode
from mtus.reasoner.strict_json import parse_json

NDJSON: Final = "application/x-ndjson"


async def cases_in(request: Request, kind: str) -> list[tuple[int, bytes]]:
    """Return the cases in the body of ``request``, which is of ``kind``, numbered from one as lines or members of the array.

    Raises :class:`ApiError` where the body is too large (413), or no list of cases (400); what is wrong with one case is not looked at.
    """
    body = bytearray()
    # as many as a stored determination may have: some ten thousand cases; more are for `mtus batch`, which reads files
    most = case_limits().max_stored_bytes
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise ApiError(
                413, "batch-too-large", "The batch is too large.", f"It has more than {most:,} bytes; send it in several requests."
            )
    if kind == NDJSON:
        return [(number, line) for number, line in enumerate(bytes(body).split(b"\n"), 1) if line.strip()]
    data = parse_json(decode(bytes(body), NAME), NAME, plain_numbers=True)
    if not isinstance(data, list):
        raise ApiError(400, "unreadable-batch", "The body is no list of cases.", "Send a JSON array of cases, or a case a line as NDJSON.")
    return [(number, json.dumps(case).encode()) for number, case in enumerate(data, 1)]
