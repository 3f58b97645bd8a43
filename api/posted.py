"""Read a form that a browser posts."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request

from mtus.api.body import read_body
from mtus.api.deps import case_limits
from mtus.api.errors import ApiError
from mtus.api.formats import media_type

_FORM: Final = "application/x-www-form-urlencoded"
# Far more than any form here has.
_MOST_FIELDS: Final = 3000


async def posted_form(request: Request) -> dict[str, list[str]]:
    """Return the fields of a posted form; empty ones are left out. Raises :class:`ApiError` for what is none (415, 400)."""
    if media_type(request.headers.get("content-type", ""))[0] != _FORM:
        raise ApiError(415, "unsupported-media-type", "The body cannot be read.", f"A form is sent as {_FORM}.", {"Accept-Post": _FORM})
    content = await read_body(request, case_limits())
    try:
        return fields_of(parse_qsl(content.decode("ascii"), max_num_fields=_MOST_FIELDS, errors="strict"))
    except ValueError as error:
        raise ApiError(400, "unreadable-form", "The form cannot be read.",
                       f"It is not UTF-8, or has more than {_MOST_FIELDS:,} fields.") from error  # fmt: skip


def fields_of(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the values of each field."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values
