"""Which edition of a guideline applies to a request: by the dates in the case, never by the clock.

No single rule says which date selects the edition, so each edition names its bases. The edition is looked up for each basis
that any edition of the guideline names and for which the request has a date; where they differ, the edition is ambiguous.
Where a document gives its year alone, every day of that year is looked up.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property, partial
from typing import Final

from mtus.reasoner.graph import Graph
from mtus.reasoner.guideline import Edition
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS
from mtus.reasoner.remembered import Remembered

_REQUEST_DATE: Final = MTUS + "requestDate"


@dataclass(frozen=True)
class BasisDate:
    """A date of the request under one basis, and the edition that it selects.

    ``document`` is the document that lends its date, where one does. ``is_year``: the document gives no more than a year, and
    ``day`` is the first day of it that selects this edition.
    """

    basis: str
    day: date
    document: str
    edition: Edition | None
    is_year: bool = False


@dataclass(frozen=True)
class EditionSelection:
    """The selection for one guideline: one edition, or several candidates, or none."""

    guideline: str
    dates: tuple[BasisDate, ...]

    @cached_property
    def candidates(self) -> tuple[Edition | None, ...]:
        """The different editions that the bases select."""
        return tuple(dict.fromkeys(d.edition for d in self.dates))

    @property
    def is_ambiguous(self) -> bool:
        """Whether the bases disagree."""
        return len(self.candidates) > 1

    @property
    def edition(self) -> Edition | None:
        """The one edition that all bases select, or None."""
        return self.candidates[0] if len(self.candidates) == 1 else None


def select_editions(graph: Graph, request: str, knowledge: Knowledge) -> tuple[EditionSelection, ...]:
    """Return the selection for every guideline, in a stable order."""
    return tuple(_select(graph, request, known, knowledge) for known in knowledge.guidelines.editions_of)


def _select(graph: Graph, request: str, known: tuple[str, tuple[Edition, ...], tuple[str, ...]], knowledge: Knowledge) -> EditionSelection:
    guideline, editions, bases = known
    props = [(basis, knowledge.guidelines.basis_dates[basis]) for basis in bases]
    stated = [(basis, prop, graph.text(request, prop)) for basis, prop in props]
    if all(day or prop != _REQUEST_DATE for _, prop, day in stated):
        # most requests have a date of their own, and many the same
        return _by_own_dates(knowledge)[guideline, tuple([(basis, day) for basis, _, day in stated if day])]
    dates = []
    for basis, prop in props:
        span = _dates(graph, request, prop)
        if span is not None:
            dates += _selected(basis, span, editions)
    return EditionSelection(guideline, tuple(dates))


def _by_own_dates(knowledge: Knowledge) -> Remembered[tuple[str, tuple[tuple[str, str], ...]], EditionSelection]:
    """Return the selections for a guideline by the dates that a request has itself: the basis and the day of each."""
    return knowledge.once(EditionSelection, lambda: Remembered(partial(_of_own_dates, knowledge)))


def _of_own_dates(knowledge: Knowledge, key: tuple[str, tuple[tuple[str, str], ...]]) -> EditionSelection:
    guideline, stated = key
    editions = next(known[1] for known in knowledge.guidelines.editions_of if known[0] == guideline)
    days = [(basis, date.fromisoformat(day)) for basis, day in stated]
    return EditionSelection(guideline, tuple([d for basis, day in days for d in _selected(basis, _Span(day, day), editions)]))


@dataclass(frozen=True)
class _Span:
    """The first and the last day that a date may be, one and the same where it is known; ``document`` where a document lends it."""

    first: date
    last: date
    document: str = ""


def _selected(basis: str, span: _Span, editions: tuple[Edition, ...]) -> list[BasisDate]:
    """Return one date for each edition that the days of ``span`` select."""
    found: dict[Edition | None, date] = {}
    for number in range((span.last - span.first).days + 1):
        day = span.first + timedelta(days=number)
        found.setdefault(next((e for e in editions if e.selected_on(day)), None), day)
    return [BasisDate(basis, day, span.document, edition, span.first != span.last) for edition, day in found.items()]


def _dates(graph: Graph, request: str, prop: str) -> _Span | None:
    """Return the date of ``request`` under ``prop``; a request without a date of its own has that of its earliest document."""
    stated = graph.text(request, prop)
    if stated:
        day = date.fromisoformat(stated)
        return _Span(day, day)
    if prop != _REQUEST_DATE:
        return None
    spans = [span for d in graph.nodes(request, MTUS + "statedIn") if (span := _span_of(graph, d))]
    if not spans:
        return None
    # a year may have begun before a dated document, and cannot be later than it
    earliest = min(spans, key=lambda span: (span.first, span.last, span.document))
    return replace(earliest, last=min(span.last for span in spans))


def _span_of(graph: Graph, document: str) -> _Span | None:
    """Return the day of ``document``, or the days of its year where no more is known, or None."""
    day, year = graph.text(document, MTUS + "documentDate"), graph.text(document, MTUS + "documentYear")
    if day:
        return _Span(date.fromisoformat(day), date.fromisoformat(day), document)
    return _Span(date(int(year), 1, 1), date(int(year), 12, 31), document) if year else None
