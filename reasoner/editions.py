"""Which edition of a guideline applies to a request: by the dates in the case, never by the clock.

No single rule says which date selects the edition, so each edition names its bases. The edition is looked up for each basis
that any edition of the guideline names and for which the request has a date; where they differ, the edition is ambiguous.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from mtus.reasoner.graph import Graph
from mtus.reasoner.guideline import Edition
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS


@dataclass(frozen=True)
class BasisDate:
    """A date of the request under one basis, and the edition that it selects; ``document`` where a document lends its date."""

    basis: str
    day: date
    document: str
    edition: Edition | None


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
    dates = []
    for basis in bases:
        day, document = _date(graph, request, knowledge.guidelines.basis_dates[basis])
        if day is not None:
            dates.append(BasisDate(basis, day, document, next((e for e in editions if e.selected_on(day)), None)))
    return EditionSelection(guideline, tuple(dates))


def _date(graph: Graph, request: str, prop: str) -> tuple[date | None, str]:
    """Return the date of ``request`` under ``prop``; a request without a date of its own has that of its earliest document."""
    stated = graph.text(request, prop)
    if stated:
        return date.fromisoformat(stated), ""
    if prop != MTUS + "requestDate":
        return None, ""
    dated = [(graph.text(d, MTUS + "documentDate"), d) for d in graph.nodes(request, MTUS + "statedIn")]
    found = min(((day, d) for day, d in dated if day), default=None)
    return (date.fromisoformat(found[0]), found[1]) if found else (None, "")
