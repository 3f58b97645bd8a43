"""What routes share: the media type of the answer, problems in the OpenAPI description, entity tags (RFC 9110)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from fastapi import Request, Response

from mtus.api.errors import PROBLEM_JSON, ApiError
from mtus.api.formats import negotiate

JSON: Final = "application/json"
JSON_LD: Final = "application/ld+json"
TURTLE: Final = "text/turtle"
TRIG: Final = "application/trig"
TEXT: Final = "text/plain"
HTML: Final = "text/html"
Described = dict[int | str, dict[str, Any]]


def problem(description: str) -> dict[str, Any]:
    """Return how the OpenAPI description has an answer with problem details."""
    return {"description": description, "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}}


def problem_or_page(description: str) -> dict[str, Any]:
    """Return how the OpenAPI description has a problem that people get as a page, with what is wrong."""
    found = problem(description)
    return {**found, "content": {**found["content"], HTML: {"schema": {"type": "string"}}}}


def content(kinds: Sequence[str], example: Any = None) -> dict[str, Any]:
    """Return how the OpenAPI description has a body of these media types; ``example`` is one in the first of them."""
    found: dict[str, Any] = {}
    for kind in kinds:
        is_json = kind in (JSON, JSON_LD) or kind.endswith("+json")
        found[kind] = {"schema": {"type": ["object", "array"] if is_json else "string"}}
    if example is not None:
        found[kinds[0]]["example"] = example
    return found


# What every route that reads a body may answer, and what every route may.
FAILED: Final[Described] = {500: problem("The service failed; that says nothing about the case.")}
STORE: Final[Described] = {503: problem("The store does not answer now."), **FAILED}
BODY: Final[Described] = {
    400: problem("The body cannot be read in its format."),
    413: problem("The body is too large."),
    415: problem("The media type of the body is missing or not known."),
    422: problem("The body can be read and not used: unknown terms, wrong values, contradictory facts; or a parameter is wrong."),
    **FAILED,
}
NOT_ACCEPTABLE: Final[Described] = {406: problem("The client accepts no format that the answer has.")}


def preferred(request: Request, offered: Sequence[str]) -> str | None:
    """Return the media type of ``offered`` that the client prefers, or None where it accepts none of them."""
    return negotiate(",".join(request.headers.getlist("accept")), offered)


def not_acceptable(offered: Iterable[str]) -> ApiError:
    """Return the error (406) for a client that accepts none of the media types that are ``offered``."""
    return ApiError(406, "not-acceptable", "There is no such format of the answer.", f"It is given as {', '.join(offered)}.")


def chosen(request: Request, offered: Sequence[str]) -> str:
    """Return the media type of ``offered`` that the client prefers; raise :class:`ApiError` (406) where it accepts none."""
    kind = preferred(request, offered)
    if kind is None:
        raise not_acceptable(offered)
    return kind


def answer(content: bytes | str, kind: str, *, status: int = 200, **headers: str) -> Response:
    """Return an answer that depends on ``Accept``; underscores in the names of ``headers`` stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(content, status_code=status, media_type=kind, headers={"Vary": "Accept", **named})


def entity_tag(name: str) -> str:
    """Return the entity tag of the determination ``name``.

    The name is the digest of all that it follows from: facts, knowledge, release. The tag is weak, since its formats share it (RFC 9110,
    8.8.1).
    """
    return f'W/"{name}"'


def is_known(request: Request, tag: str) -> bool:
    """Return whether the client has what ``tag`` names already, as its ``If-None-Match`` says (weak comparison, RFC 9110, 13.1.2)."""
    sent = ",".join(request.headers.getlist("if-none-match"))
    bare = tag.removeprefix("W/")
    return any(one.strip() == "*" or one.strip().removeprefix("W/") == bare for one in sent.split(",") if one.strip())


def unchanged(tag: str) -> Response:
    """Return the answer (304) to a client that has what ``tag`` names already."""
    return Response(status_code=304, headers={"ETag": tag, "Vary": "Accept"})
