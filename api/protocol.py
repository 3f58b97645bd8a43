"""The SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/#query-operation): what a request asks, in its three forms.

A query comes as ``GET ?query=``, as a form, or as the body itself; there has to be exactly one. Graphs come with it as
``default-graph-uri`` and ``named-graph-uri``. Updates are refused in every form.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import pyoxigraph as ox
from fastapi import Request

from mtus.api.errors import ApiError
from mtus.api.formats import UTF_8, media_type
from mtus.reasoner.settings import QuerySettings
from mtus.reasoner.store import Dataset

FORM: Final = "application/x-www-form-urlencoded"
DIRECT: Final = "application/sparql-query"
_UPDATE: Final = "application/sparql-update"
# Percent-encoding makes a query up to three times as long, characters beyond ASCII up to twelve times.
_BYTES_A_CHARACTER: Final = 12
_MOST_PARAMETERS: Final = 1_000


@dataclass(frozen=True)
class Asked:
    """What a request asks: the query, or None where there is none; the graphs; and the parameter ``format``, empty where it is missing."""

    query: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    format: str

    def dataset(self, *, names_dataset: bool) -> Dataset:
        """Return what the query sees; graphs of the request go before those that the query names."""
        if self.default_graphs or self.named_graphs:
            return Dataset(self.default_graphs, self.named_graphs)
        return Dataset(is_union=not names_dataset)


async def read_asked(request: Request, settings: QuerySettings) -> Asked:
    """Return what ``request`` asks.

    Raises :class:`ApiError`: 400 for no query in a POST, for two, for an update, for text that is not UTF-8 and for graphs that are no
    IRIs; 413 for a body that is too large; 415 for a body of another type.
    """
    pairs = _pairs(request.scope.get("query_string", b""))
    queries = [value for name, value in pairs if name == "query"]
    if request.method == "POST":
        kind, charset = media_type(request.headers.get("content-type", ""))
        if kind not in (FORM, DIRECT):
            raise _unsupported(kind)
        if charset not in UTF_8:
            raise _unsupported(f"{kind} in {charset}")
        body = await _body(request, settings)
        if kind == FORM:
            own = _pairs(body)
            pairs += own
            queries += [value for name, value in own if name == "query"]
        else:
            queries.append(_text(body))
    if any(name == "update" for name, _ in pairs):
        raise ApiError(400, "query-update", "Nothing can be changed here.", "The request holds an update; `mtus load` stores cases.")
    if len(queries) > 1 or (not queries and request.method == "POST"):
        raise ApiError(400, "one-query", "A request asks exactly one query.", f"The request has {len(queries)} queries.")
    found = {key: tuple(value for name, value in pairs if name == key) for key in ("default-graph-uri", "named-graph-uri")}
    for iri in (iri for iris in found.values() for iri in iris):
        refuse_bad_iri(iri)
    format_ = next((value for name, value in pairs if name == "format"), "")
    return Asked(queries[0] if queries else None, found["default-graph-uri"], found["named-graph-uri"], format_)


def refuse_bad_iri(iri: str) -> None:
    """Raise :class:`ApiError` (400) where ``iri`` is no absolute IRI."""
    try:
        ox.NamedNode(iri)
    except ValueError:
        raise ApiError(400, "bad-graph", "The name of a graph is an absolute IRI.", f"'{iri[:200]}' is none.") from None


def _pairs(content: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(content.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise _not_utf_8() from None
    except ValueError as error:
        raise ApiError(400, "one-query", "A request asks exactly one query.", "The request has too many parameters.") from error


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _not_utf_8() from None


async def _body(request: Request, settings: QuerySettings) -> bytes:
    limit = settings.max_query_characters * _BYTES_A_CHARACTER
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > limit:
            raise ApiError(413, "query-too-long", "The query is too long.", f"The body has more than {limit:,} bytes.")
    return bytes(content)


def _not_utf_8() -> ApiError:
    return ApiError(400, "not-utf-8", "The query is not UTF-8 text.", "Encode it as UTF-8, and percent-encode it in a URL or a form.")


def _unsupported(kind: str) -> ApiError:
    said = "An update is sent here; nothing can be changed." if kind == _UPDATE else f"'{kind}' is no type of a query."
    return ApiError(415, "unsupported-media-type", "The body cannot be read.",
                    f"{said} A query is sent as {FORM} or {DIRECT}, in UTF-8.", {"Accept-Post": f"{FORM}, {DIRECT}"})  # fmt: skip
