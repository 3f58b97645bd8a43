"""Load a case: recognise its format, parse it, check what it states, and give it its digest.

The stages stand in modules of their own: :mod:`mtus.reasoner.formats` (bytes, text, RDF), :mod:`mtus.reasoner.case_json` (the plain
JSON form), :mod:`mtus.reasoner.check_facts` (terms and values), :mod:`mtus.reasoner.check_links` (things and references) and
:mod:`mtus.reasoner.canonical` (names and digest).
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyoxigraph as ox

from mtus.reasoner.canonical import named_with_digest
from mtus.reasoner.case_json import read_case_json
from mtus.reasoner.case_terms import CaseTerms, case_terms
from mtus.reasoner.check_facts import FactChecker
from mtus.reasoner.check_links import LinkChecker
from mtus.reasoner.errors import case_error
from mtus.reasoner.formats import ANY_JSON, FORMATS, JSON, JSON_LD, RDF_XML, decode, json_form, parse, recognise, refuse_size, too_many
from mtus.reasoner.graph import Literal, Term, Triple, from_quads
from mtus.reasoner.json_ld import safe_json_ld
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, XSD
from mtus.reasoner.places import JsonPlaces, Places, TextPlaces, ThingPlaces
from mtus.reasoner.problems import Problems
from mtus.reasoner.settings import DEFAULT, Settings

__all__ = [
    "FORMATS",
    "JSON",
    "JSON_LD",
    "Facts",
    "load_case",
    "load_json",
    "load_triples",
    "read_case",
    "read_case_file",
    "read_case_stream",
    "recognise",
]

_INTEGER = XSD + "integer"
_REQUEST_DATE, _DOCUMENT_DATE = MTUS + "requestDate", MTUS + "documentDate"
_HAS_REQUEST, _IS_REQUEST_OF, _STATED_IN = MTUS + "hasRequest", MTUS + "isRequestOf", MTUS + "statedIn"


@dataclass(frozen=True)
class Facts:
    """The stated facts of one case.

    ``stated`` are the facts as given (blank nodes with their canonical names; in order, which a trace needs, or in any), ``derived``
    the day numbers worked out from their dates. ``digest`` is the SHA-256 of the canonical N-Quads (RDFC-1.0, https://www.w3.org/TR/rdf-canon/).
    """

    case: str
    name: str
    stated: tuple[Triple, ...]
    derived: tuple[Triple, ...]
    digest: str

    @property
    def triples(self) -> tuple[Triple, ...]:
        """All facts that inference starts from."""
        return self.stated + self.derived


def load_case(content: bytes, knowledge: Knowledge, *, name: str = "case", syntax: str = "", settings: Settings = DEFAULT) -> Facts:
    """Load the case in ``content``.

    ``name`` is what errors call it (mostly a file name, whose suffix helps to recognise the format); ``syntax`` names the
    format where it is known, or says that it is one of the two of JSON.

    Raises :class:`CaseError` with every problem found at the first stage that finds any.
    """
    refuse_size(len(content), name, settings)
    text = decode(content, name)
    terms, problems = case_terms(knowledge), Problems(name, settings.max_problems)
    form = json_form(text) if syntax == ANY_JSON else syntax or recognise(text, name)
    triples, places = _read(_Text(text, form, name), terms, problems, settings)
    return _load(triples, places, problems, knowledge, settings)


def load_triples(triples: Sequence[Triple], knowledge: Knowledge, *, name: str, settings: Settings = DEFAULT) -> Facts:
    """Load a case whose triples were read already, as one of many; ``stated`` of the facts is in no particular order.

    Raises :class:`CaseError` with every problem found at the first stage that finds any; places are things, without lines.
    """
    if len(triples) > settings.max_triples:
        raise too_many(name, settings)
    return _load(triples, ThingPlaces(name), Problems(name, settings.max_problems), knowledge, settings, is_ordered=False)


def load_json(content: bytes, knowledge: Knowledge, *, name: str, settings: Settings = DEFAULT) -> Facts:
    """Do what :func:`load_triples` does for a case in the plain JSON form."""
    refuse_size(len(content), name, settings)
    problems = Problems(name, settings.max_problems)
    case = read_case_json(decode(content, name), name, case_terms(knowledge), problems, settings)
    return _load(case.triples, JsonPlaces(name, case), problems, knowledge, settings, is_ordered=False)


def _load(triples: Sequence[Triple], places: Places, problems: Problems, knowledge: Knowledge, settings: Settings, *,
          is_ordered: bool = True) -> Facts:  # fmt: skip
    terms, name = case_terms(knowledge), problems.name
    said = FactChecker(terms, knowledge, places, problems, settings=settings).check(triples)
    problems.complain()
    case = LinkChecker(terms, said, places, problems).check()
    problems.complain()
    named, digest = named_with_digest(list(dict.fromkeys(said.triples)), name)
    # a trace is in this order; an answer does not depend on any
    stated = in_order(named) if is_ordered else tuple(named)
    return Facts(case, name, stated, tuple(day_numbers(stated, terms)), digest)


def read_case_file(path: Path, settings: Settings = DEFAULT) -> bytes:
    """Return the bytes of the case file at ``path``, whose size is looked at before anything is read.

    Raises :class:`CaseError` where there is no such file, where it cannot be read, and where it is too large.
    """
    name = path.name or str(path)
    try:
        if path.is_dir():
            raise case_error("no-file", name, "This is a folder.", "Name the file of one case.")
        refuse_size(path.stat().st_size, name, settings)
        with path.open("rb") as stream:
            return read_case_stream(stream, name, settings)
    except FileNotFoundError as error:
        raise case_error(
            "no-file", str(path), "There is no such file.", "Check the name; `mtus new case` prints a case to start from."
        ) from error
    except OSError as error:
        raise case_error("no-file", name, f"The file cannot be read: {error.strerror}.", "Check who may read it.") from error


def read_case(path: Path, settings: Settings = DEFAULT) -> tuple[bytes, str]:
    """Return the bytes of the case at ``path``, or of standard input for ``-``, and what errors call it; raise :class:`CaseError`."""
    if str(path) == "-":
        return read_case_stream(sys.stdin.buffer, "standard input", settings), "standard input"
    return read_case_file(path, settings), path.name


def read_case_stream(stream: BinaryIO, name: str, settings: Settings = DEFAULT) -> bytes:
    """Return the bytes of ``stream``, such as standard input; never reads more than the limit. Raises :class:`CaseError` beyond it."""
    content = stream.read(settings.max_bytes + 1)
    if len(content) > settings.max_bytes:
        raise case_error("case-too-large", name, f"The file has more than {settings.max_bytes:,} bytes.",
                         "A case is some kilobytes; check that this is one case, or raise the limit max_bytes.")  # fmt: skip
    return content


class _Text(NamedTuple):
    text: str
    syntax: str
    name: str


def _read(source: _Text, terms: CaseTerms, problems: Problems, settings: Settings) -> tuple[Sequence[Triple], Places]:
    """Return the triples of ``source`` and where they stand."""
    text, syntax, name = source
    if syntax == JSON:
        case = read_case_json(text, name, terms, problems, settings)
        return case.triples, JsonPlaces(name, case)
    if syntax == RDF_XML:
        # line ends of XML are line feeds, whatever the file has (https://www.w3.org/TR/xml/#sec-line-ends); the parser leaves that to us
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    content = safe_json_ld(text, name) if syntax == JSON_LD else text.encode()
    return _triples(parse(content, syntax, name, settings), name), TextPlaces(name, content, syntax)


def _triples(quads: Iterable[ox.Quad], name: str) -> list[Triple]:
    try:
        return list(from_quads(quads))
    except ValueError as error:
        raise case_error(
            "syntax", name, "The file states something about a statement (a triple term).", "Use plain RDF 1.1 triples."
        ) from error


def in_order(triples: Iterable[Triple]) -> tuple[Triple, ...]:
    """Return ``triples`` sorted: by subject, property, and value, things before literals."""
    return tuple(sorted(triples, key=_order))


def _order(triple: Triple) -> tuple[str, str, bool, str, str, str]:
    subject, predicate, value = triple
    if isinstance(value, str):
        return (subject, predicate, True, value, "", "")
    return (subject, predicate, False, *value)


def day_numbers(triples: Sequence[Triple], terms: CaseTerms) -> list[Triple]:
    """Return the dates in ``triples`` as day numbers; a request without a date of its own has that of its earliest document."""
    numbers = terms.day_numbers
    days: list[Triple] = []
    dated: set[str] = set()
    documents: dict[Term, str] = {}
    listed: list[str] = []
    sources: list[tuple[str, Term]] = []
    for subject, predicate, value in triples:
        if predicate in numbers:
            if isinstance(value, Literal):
                days.append((subject, numbers[predicate], _day(value.value)))
                if predicate == _DOCUMENT_DATE:
                    documents[subject] = value.value
            if predicate == _REQUEST_DATE:
                dated.add(subject)
        elif predicate == _STATED_IN:
            sources.append((subject, value))
        elif predicate == _HAS_REQUEST:
            listed.append(str(value))
        elif predicate == _IS_REQUEST_OF:
            listed.append(subject)
    lent: dict[str, list[str]] = {request: [] for request in listed if request not in dated}
    for subject, document in sources if lent else ():
        if subject in lent and document in documents:
            lent[subject].append(documents[document])
    return days + [(request, numbers[_REQUEST_DATE], _day(min(found))) for request, found in lent.items() if found]


@lru_cache(maxsize=20_000)
def _day(text: str) -> Literal:
    return Literal(str(date.fromisoformat(text).toordinal()), _INTEGER)
