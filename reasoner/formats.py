"""Read bytes as text, recognise the format of a case, and parse it as RDF with the place of what goes wrong.

Nothing is ever fetched: no remote context, no import, no external entity.
"""

import re
from itertools import islice
from typing import IO, Final, cast

import pyoxigraph as ox

from mtus.reasoner.errors import CaseError, case_error
from mtus.reasoner.json_ld import RELATIVE
from mtus.reasoner.nesting import refuse_xml_depth
from mtus.reasoner.settings import Settings

JSON: Final = "json"
JSON_LD: Final = "json-ld"
RDF_XML: Final = "rdf-xml"
# Either of the two, as the content has it; what is neither is broken JSON, and nothing else is tried.
ANY_JSON: Final = "any-json"
# RDF formats by the words of --input-format.
FORMATS: Final = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "n-triples": ox.RdfFormat.N_TRIPLES,
    "n-quads": ox.RdfFormat.N_QUADS,
    RDF_XML: ox.RdfFormat.RDF_XML,
    JSON_LD: ox.RdfFormat.JSON_LD,
}
_SUFFIXES = {".ttl": "turtle", ".trig": "trig", ".nt": "n-triples", ".nq": "n-quads", ".rdf": RDF_XML, ".owl": RDF_XML, ".xml": RDF_XML,
             ".jsonld": JSON_LD}  # fmt: skip
_KEYWORD = re.compile(r'"@(context|graph|id|type|value)"\s*:')
# Turtle may start with a bracket too, but never with one of these, nor with a value that is no name.
_JSON_START = re.compile(r"""\s*(\{\s*["'}]|\[\s*[{\["]|\[\s*]\s*$|\{\s*$|\{\s*\w+\s*:\s|(null|true|false)\s*$|["\d-])""")
_XML_START = re.compile(r"\s*(<\?xml|<rdf:RDF|<!DOCTYPE|<!--)")
_N_QUAD = re.compile(
    r'\s*(<[^>]*>|_:[^\s<"]+)\s*<[^>]*>\s*(<[^>]*>|_:[^\s<"]+|"([^"\\]|\\.)*"(\^\^<[^>]*>|@[\w-]+)?)\s*(<[^>]*>|_:[^\s<"]+)?\s*\.\s*(#.*)?'
)
# pyoxigraph says the place once in words and once as numbers; the numbers are enough.
_PLACE_IN_MESSAGE = re.compile(r"^Parser error (at line|between)[^:]*: ")
_BASES = {JSON_LD: RELATIVE}
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


def refuse_size(size: int, name: str, settings: Settings) -> None:
    """Raise :class:`CaseError` where a file of ``size`` bytes is too large to be one case."""
    if size > settings.max_bytes:
        raise case_error(
            "case-too-large", name, f"The file has {size:,} bytes; the limit is {settings.max_bytes:,}.",
            "A case is some kilobytes; check that this is one case, or raise the limit max_bytes.",
        )  # fmt: skip


def too_many(name: str, settings: Settings) -> CaseError:
    """Return the error for a file of more statements than one case has."""
    why = f"The file holds more than {settings.max_triples:,} statements."
    return case_error("case-too-large", name, why, "One case belongs to one worker; split the file, or raise the limit max_triples.")


def decode(content: bytes, name: str) -> str:
    """Return ``content`` as text without a byte order mark; raise :class:`CaseError` where it is empty or not UTF-8."""
    encoding = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if content.startswith(mark)), "")
    if encoding or b"\x00" in content[:4]:
        raise case_error(
            "not-utf-8", name, f"The file is not UTF-8 text; it looks like {encoding or 'UTF-16 or UTF-32'}.", "Save it as UTF-8."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = _byte_place(name, content[: error.start])
        raise case_error(
            "not-utf-8", where, f"The byte 0x{content[error.start]:02X} at this place is not UTF-8.", "Save the file as UTF-8."
        ) from error
    if not text.strip():
        raise case_error("empty-case", name, "The file is empty.", "Write a case; `mtus new case` prints one to start from.")
    return text


def _byte_place(name: str, before: bytes) -> str:
    newline = before.rfind(b"\n")
    return f"{name}, line {before.count(10) + 1}, column {len(before) - newline}"


def recognise(text: str, name: str = "") -> str:
    """Return the format of ``text``: a key of :data:`FORMATS`, or ``json`` for the plain JSON form of a case.

    What the text itself shows goes first, then the suffix of ``name``, then the likeliest guess.
    """
    if _XML_START.match(text):
        return RDF_XML
    suffix = "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if suffix == ".json" or _JSON_START.match(text):
        return json_form(text)
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    # Turtle and N-Triples are both TriG; only the fourth term of N-Quads needs a parser of its own.
    return "n-quads" if lines and all(_N_QUAD.fullmatch(line) for line in lines) else "trig"


def json_form(text: str) -> str:
    """Return which of its forms the JSON ``text`` has: JSON-LD where a keyword of it stands there, ``json`` otherwise."""
    return JSON_LD if _KEYWORD.search(text) else JSON


def parse(content: bytes, syntax: str, name: str, settings: Settings) -> list[ox.Quad]:
    """Return the quads of ``content``, whose format is ``syntax``.

    Raises :class:`CaseError` where it is no such format, with line and column where the parser knows them, where it holds no
    statement, and where it holds more than the limit.
    """
    if syntax == RDF_XML:
        _refuse_doctype(content, name)
        refuse_xml_depth(content, name, settings)
    try:
        # one more than the limit, so that a small text that stands for millions of triples is not read to its end
        quads = list(islice(ox.parse(content, format=FORMATS[syntax], base_iri=_BASES.get(syntax)), settings.max_triples + 1))
    except (SyntaxError, ValueError, OSError) as error:
        raise _syntax_error(error, content, syntax, name) from error
    if len(quads) > settings.max_triples:
        raise too_many(name, settings)
    if not quads:
        raise case_error("empty-case", name, "The file holds no statement.", "Write a case; `mtus new case` prints one to start from.")
    return quads


def statement_lines(content: bytes, syntax: str) -> list[int]:
    """Return for each quad of ``content`` the line on which it ends, in the order in which :func:`parse` gives the quads.

    Empty for JSON-LD, whose parser reads ahead. Read a second time, and only where there is a problem to be placed.
    """
    if syntax == JSON_LD:
        return []
    source = _LineByLine(content)
    return [source.line for _ in ox.parse(cast(IO[bytes], source), format=FORMATS[syntax])]


class _LineByLine:
    """A stream that gives one line for each read, so that the line is known when a quad comes out of the parser."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0
        self.line = 0

    def read(self, size: int = -1) -> bytes:
        """Return the rest of the line, at most ``size`` bytes: the parser has room for no more."""
        start = self._position
        end = self._content.find(b"\n", start) + 1 or len(self._content)
        is_new = start == 0 or self._content[start - 1 : start] == b"\n"
        self.line += is_new and start < len(self._content)
        self._position = min(end, start + size) if size >= 0 else end
        return self._content[start : self._position]


def _refuse_doctype(content: bytes, name: str) -> None:
    position = content.find(b"<!DOCTYPE")
    if position >= 0:
        raise case_error("doctype", f"{name}, line {content[:position].count(10) + 1}",
                         "The file declares a document type. Entities can name other files or grow without end, so none is read.",
                         "Remove the <!DOCTYPE …> and write out what its entities stand for.")  # fmt: skip


def _syntax_error(error: Exception, content: bytes, syntax: str, name: str) -> CaseError:
    message = _PLACE_IN_MESSAGE.sub("", getattr(error, "msg", None) or str(error)).rstrip(".")[:300]
    line, column = getattr(error, "lineno", None), getattr(error, "offset", None)
    where = name
    if line is not None:
        where = f"{name}, line {line}, column {column}"
    elif syntax == RDF_XML:
        where = f"{name}, line {_last_line(content, syntax)}"
    remedy = "Mend the file at this place."
    for sign, advice in _ADVICE.items():
        if sign in message:
            remedy = advice
    return case_error("syntax", where, f"This is not valid {_NAMES[syntax]}: {message}.", remedy)


def _last_line(content: bytes, syntax: str) -> int:
    """Return the line that the parser had reached when it gave up."""
    source = _LineByLine(content)
    try:
        for _ in ox.parse(cast(IO[bytes], source), format=FORMATS[syntax]):
            pass
    except (SyntaxError, ValueError, OSError):
        pass
    return source.line


_NAMES = {
    "turtle": "Turtle",
    "trig": "Turtle or TriG",
    "n-triples": "N-Triples",
    "n-quads": "N-Quads",
    RDF_XML: "RDF/XML",
    JSON_LD: "JSON-LD",
}
_ADVICE = {
    "No scheme found": "Write the identifier in full or with a prefix, or start the file with @base <https://w3id.org/mtus/case/…/> .",
    "Invalid IRI code point": "An identifier holds no spaces, quotes or brackets; use letters, digits and hyphens.",
    "has not been declared": "Declare the prefix at the top of the file, such as @prefix mtus: <https://w3id.org/mtus/ontology/> .",
    "Unexpected end of file": "Something that was opened is not closed: a text, a bracket, or a statement without its final dot.",
}
