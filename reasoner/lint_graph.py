"""What the rules about decisions look at: facts and inferences, and beside them links and measures that only the linter needs.

The linter adds what shapes cannot work out: which edition a citation is to, which dates of the case count, how many days went by, what is
on file of a kind that a decision says is absent, and which statements disagree. It judges nothing: the limits stand in the shapes.
"""

from collections.abc import Iterator
from datetime import date
from itertools import permutations

from mtus.reasoner.graph import Graph, Literal, Triple
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts
from mtus.reasoner.namespaces import MTUS, TYPE, XSD
from mtus.reasoner.readings import conflicts
from mtus.reasoner.working_days import hours_to_decide, working_days_to_decide

_DECIDED, _RECEIVED, _INFORMED = MTUS + "decidedOn", MTUS + "receivedOn", MTUS + "informationReceivedOn"
_REQUEST, _GROUND, _STATED_IN = MTUS + "decidesRequest", MTUS + "hasGround", MTUS + "statedIn"
_NAMES, _IN = MTUS + "namesOnFile", MTUS + "isOnFileIn"


def lint_graph(facts: Facts, inferences: Graph, knowledge: Knowledge) -> Graph:
    """Return the graph of one case for the rules about decisions: ``inferences`` (with the facts), and what the linter adds."""
    found = Graph(inferences)
    for maker in (_dates, _measures, _citations, _claims):
        for triple in list(maker(found, knowledge)):
            found.add(triple)
    for triple in _disagreements(facts, knowledge):
        found.add(triple)
    return found


def decisions_of(graph: Graph) -> list[str]:
    """Return the decisions of the case in ``graph``, by name."""
    return sorted(graph.subjects(TYPE, MTUS + "ItemDecision"))


def _dates(graph: Graph, _: Knowledge) -> Iterator[Triple]:
    """Date each decision, where need be by the document that decides, and number the days."""
    for document, _p, _v in graph.with_predicate(MTUS + "documentDate"):
        yield from ((document, MTUS + "documentDay", _number(day)) for day in _days(graph, document, MTUS + "documentDate"))
    for decision in decisions_of(graph):
        decided = _days(graph, decision, _DECIDED) or sorted(
            day
            for document in graph.nodes(decision, _STATED_IN)
            if MTUS + "DecisionDocument" in graph.types(document)
            for day in _days(graph, document, MTUS + "documentDate")
        )
        # a document of before the receipt cannot date the decision
        received = _day(graph, decision, _RECEIVED)
        for day in [day for day in decided if received is None or received <= day][:1]:
            yield decision, _DECIDED, Literal(day.isoformat(), XSD + "date")
            yield decision, MTUS + "decisionDay", _number(day)
            yield decision, MTUS + "dayOfCase", _number(day)
        for request in graph.nodes(decision, _REQUEST):
            yield from ((decision, MTUS + "dayOfCase", day) for day in graph.objects(request, MTUS + "requestDay"))
            for prop in ("serviceDate", "dispensingDate"):
                yield from ((decision, MTUS + "dayOfCase", _number(day)) for day in _days(graph, request, MTUS + prop))


def _measures(graph: Graph, _: Knowledge) -> Iterator[Triple]:
    """Count days and hours to each decision."""
    for decision in decisions_of(graph):
        request = graph.node(decision, _REQUEST) or ""
        decided, requested = _day(graph, decision, _DECIDED), _day(graph, request, MTUS + "requestDate")
        if decided is None:
            continue
        if requested is not None:
            yield decision, MTUS + "daysFromRequest", _integer((decided - requested).days)
        received = max((*_days(graph, decision, _RECEIVED), *_days(graph, decision, _INFORMED)), default=None)
        if received is None or not graph.objects(decision, _RECEIVED):
            continue
        case = graph.node(request, MTUS + "isRequestOf") or ""
        hour = graph.text(decision, MTUS + "receivedAfterHours")
        days = working_days_to_decide(received, decided, hour == "true" if hour else None, _days(graph, case, MTUS + "holiday"))
        hours = hours_to_decide(received, decided)
        yield decision, MTUS + "workingDaysAtLeast", _integer(days.least)
        yield decision, MTUS + "workingDaysAtMost", _integer(days.most)
        yield decision, MTUS + "hoursMoreThan", _integer(hours.least)
        yield decision, MTUS + "hoursLessThan", _integer(hours.most)


def _citations(graph: Graph, knowledge: Knowledge) -> Iterator[Triple]:
    """Say to which edition each citation of the schedule is, and from when to when that was in force."""
    guidelines = knowledge.guidelines
    for _, _, cited in graph.with_predicate(MTUS + "cites"):
        if not isinstance(cited, str):
            continue
        criterion = guidelines.criteria.get(cited)
        entry = guidelines.provisions.get(criterion.provision if criterion else cited) or guidelines.sections.get(cited)
        edition = guidelines.editions.get(entry.edition if entry else cited)
        if edition is not None:
            yield cited, MTUS + "isInEdition", edition.iri
            yield edition.iri, MTUS + "firstDayInForce", _number(edition.effective_from)
            if edition.effective_to:
                yield edition.iri, MTUS + "lastDayInForce", _number(edition.effective_to)


def _claims(graph: Graph, _: Knowledge) -> Iterator[Triple]:
    """Link each claim of absence to what is on file of the kind that it names, and to the documents in which that stands."""
    for decision in decisions_of(graph):
        request = graph.node(decision, _REQUEST) or ""
        for ground in graph.nodes(decision, _GROUND):
            for thing in dict.fromkeys(_on_file(graph, ground, request)):
                yield ground, _NAMES, thing
                yield from ((ground, _IN, document) for document in graph.nodes(thing, _STATED_IN) or [thing])


def _on_file(graph: Graph, ground: str, request: str) -> Iterator[str]:
    for kind in graph.nodes(ground, MTUS + "claimsAbsenceOf"):
        wanted = {kind, MTUS + "PresentFinding"}
        yield from (f for f in graph.nodes(request, MTUS + "hasRelevantFinding") if wanted.issubset(graph.types(f)))
    for kind in graph.nodes(ground, MTUS + "claimsAbsenceOfTreatment"):
        for course in graph.nodes(request, MTUS + "hasCourseOnFile"):
            delivered = (cls for treatment in graph.nodes(course, MTUS + "deliversTreatment") for cls in graph.types(treatment))
            if kind in delivered and (course, MTUS + "hasCourseStatus", MTUS + "notReceived") not in graph:
                yield course
    for kind in graph.nodes(ground, MTUS + "claimsAbsenceOfDocument"):
        for case in graph.nodes(request, MTUS + "isRequestOf"):
            yield from (document for document in graph.nodes(case, MTUS + "hasDocument") if kind in graph.types(document))


def _disagreements(facts: Facts, knowledge: Knowledge) -> Iterator[Triple]:
    """Link statements about the same that disagree (see :mod:`mtus.reasoner.readings`), each with each."""
    for conflict in conflicts(facts, knowledge.vocabulary):
        for one, other in permutations(conflict.alternatives, 2):
            yield from ((a, MTUS + "disagreesWith", b) for a in one for b in other)


def _days(graph: Graph, subject: str, prop: str) -> list[date]:
    return sorted(date.fromisoformat(value.value) for value in graph.objects(subject, prop) if isinstance(value, Literal))


def _day(graph: Graph, subject: str, prop: str) -> date | None:
    return next(iter(_days(graph, subject, prop)), None)


def _number(day: date) -> Literal:
    return _integer(day.toordinal())


def _integer(value: int) -> Literal:
    return Literal(str(value), XSD + "integer")
