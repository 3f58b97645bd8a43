"""Read the body of a request: its format from the headers, its bytes up to a limit and no further."""

from collections.abc import Sequence

from fastapi import Request

from mtus.api.errors import ApiError
from mtus.api.formats import INPUT_TYPES, UTF_8, media_type
from mtus.reasoner.formats import refuse_size
from mtus.reasoner.nesting import refuse_json_depth
from mtus.reasoner.settings import Settings

# What errors call the case.
NAME = "body"


def syntax_of(request: Request) -> str:
    """Return the format that the headers of ``request`` name.

    Raises :class:`ApiError` (415) for a type or a charset that is not read here.
    """
    kind, charset = media_type(request.headers.get("content-type", ""))
    if kind not in INPUT_TYPES:
        said = f"'{kind}' is none of the types" if kind else "The body has no Content-Type, which has to be one of those"
        raise _unsupported(f"{said} that a case is read from: {', '.join(INPUT_TYPES)}.")
    if charset not in UTF_8:
        raise _unsupported(f"The charset '{charset}' is not read; send the case as UTF-8.")
    return INPUT_TYPES[kind]


def refuse_other_types(request: Request, kinds: Sequence[str], what: str = "it") -> str:
    """Return which of ``kinds`` the body is said to be; ``what`` is what errors call it.

    Raises :class:`ApiError` (415) for another type, and for a charset other than UTF-8.
    """
    kind, charset = media_type(request.headers.get("content-type", ""))
    if kind not in kinds or charset not in UTF_8:
        raise ApiError(415, "unsupported-media-type", "The body cannot be read.", f"Send {what} as {' or '.join(kinds)}, in UTF-8.",
                       {"Accept-Post": ", ".join(kinds)})  # fmt: skip
    return kind


async def read_body(request: Request, settings: Settings) -> bytes:
    """Return the body of ``request``; raise :class:`CaseError` (413) as soon as it is known to be beyond the limit."""
    length = request.headers.get("content-length", "")
    if length.isdecimal():
        refuse_size(int(length), NAME, settings)
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        refuse_size(len(content), NAME, settings)
    if content.lstrip().startswith((b"{", b"[")):
        refuse_json_depth(bytes(content), NAME, settings)
    return bytes(content)


def _unsupported(detail: str) -> ApiError:
    return ApiError(415, "unsupported-media-type", "The body cannot be read.", detail, {"Accept-Post": ", ".join(INPUT_TYPES)})
