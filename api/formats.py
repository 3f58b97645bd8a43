"""Media types: what a body may be, what an answer may be, and which of them a client prefers (RFC 9110, 12.5.1)."""

from collections.abc import Sequence
from email.message import Message
from typing import Final

import pyoxigraph as ox

from mtus.reasoner.formats import ANY_JSON
from mtus.reasoner.graph import Triple, n_triples
from mtus.reasoner.namespaces import BASE, MTUS, SH

# Formats of a body by media type; under the type of plain JSON, JSON-LD is read too, told apart by its content.
INPUT_TYPES: Final = {
    "text/turtle": "turtle",
    "application/trig": "trig",
    "application/n-triples": "n-triples",
    "application/n-quads": "n-quads",
    "application/rdf+xml": "rdf-xml",
    "application/ld+json": "json-ld",
    "application/json": ANY_JSON,
}
# Formats of a report; the first is the default.
REPORT_TYPES: Final = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
# How a body may name its charset; it has to be UTF-8, and need not say so.
UTF_8: Final = ("", "utf-8", "utf8")
_PREFIXES: Final = {
    "mtus": MTUS, "sh": SH, "case": BASE + "shape/case/", "status": BASE + "status/", "burden": BASE + "burden/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}  # fmt: skip


def media_type(header: str) -> tuple[str, str]:
    """Return media type and charset of a Content-Type ``header``, in lower case; charset is empty where none is named."""
    message = Message()
    message["content-type"] = header
    return message.get_content_type() if header else "", str(message.get_param("charset") or "").lower()


def negotiate(header: str, offered: Sequence[str]) -> str | None:
    """Return the media type of ``offered`` that the Accept ``header`` prefers, or None where it accepts none of them.

    The most specific range that fits a type gives its quality; among equals the order of ``offered`` decides. An empty header
    accepts all.
    """
    ranges = [_range(part) for part in header.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    qualities = {kind: _quality(kind, ranges) for kind in offered}
    best = max(offered, key=lambda kind: (qualities[kind], -list(offered).index(kind)))
    return best if qualities[best] > 0 else None


def serialize(triples: Sequence[Triple], kind: str) -> bytes:
    """Return ``triples`` in the media type ``kind``, one of :data:`REPORT_TYPES`."""
    lines = n_triples(triples)
    if kind == "application/n-triples":
        return lines
    parsed = (q.triple for q in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    written = ox.serialize(parsed, format=REPORT_TYPES[kind], prefixes=_PREFIXES)
    assert written is not None, "without an output, the serializer returns the bytes"
    return written


def _range(part: str) -> tuple[str, float]:
    kind, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = next((value.strip() for name, _, value in (p.partition("=") for p in parameters) if name.strip() == "q"), "1")
    try:
        return kind, min(max(float(quality), 0.0), 1.0)
    except ValueError:
        # a quality that is no number says nothing about what the client wants
        return kind, 0.0


def _quality(kind: str, ranges: list[tuple[str, float]]) -> float:
    for pattern in (kind, kind.split("/", maxsplit=1)[0] + "/*", "*/*"):
        fitting = [quality for accepted, quality in ranges if accepted == pattern]
        if fitting:
            return max(fitting)
    return 0.0
