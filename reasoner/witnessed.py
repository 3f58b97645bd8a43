"""Changes from the witnesses of constraint components: the facts of a witness, told as statements that a case may make."""

from mtus.reasoner.changes import Change, Value
from mtus.reasoner.graph import Literal, Term, Triple
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.hypothesis import Hypothesis
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import TYPE
from mtus.reasoner.shape_model import Shape
from mtus.reasoner.statements import StatementWriter
from mtus.reasoner.witness import witness


class WitnessReader:
    """Reads the witnesses of one knowledge."""

    def __init__(self, knowledge: Knowledge, writer: StatementWriter) -> None:
        self.knowledge = knowledge
        self.writer = writer
        self.drafter = writer.drafter

    def changes(self, criterion: Criterion, holds: Shape, hypothesis: Hypothesis) -> list[Change]:
        """Return what the witnesses of the components of ``holds`` would put on file, each thing a change of its own."""
        made: list[Triple] = []
        for component, parameters in holds.components:
            made += witness(component, parameters, hypothesis.request, hypothesis.graph, self.knowledge)
        named = frozenset(str(value) for _, parameters in holds.components for _, value in parameters)
        return [change for group in _connected(made) if (change := self._change(criterion, group, named, hypothesis))]

    def _change(self, criterion: Criterion, made: list[Triple], told: frozenset[str], hypothesis: Hypothesis) -> Change | None:
        draft = self.drafter.start()
        names: dict[str, str] = {}

        def named(term: Term) -> Term:
            if not isinstance(term, str) or not term.startswith("_:") or hypothesis.graph.types(term):
                return term
            if term not in names:
                names[term] = draft.new_node()
            return names[term]

        nearest = {hypothesis.request, *(o for s, _, o in made if s == hypothesis.request)}
        about, values = "", []
        for subject, predicate, value in _from(hypothesis.request, made):
            node, there = str(named(subject)), named(value)
            prop, stated = self.drafter.from_day_number(predicate, there)
            if prop == TYPE:
                about = about or str(stated)
                fits = self.drafter.express.make(draft, node, str(stated), hypothesis.graph)
            else:
                fits = self.drafter.express.link(draft, node, prop, stated, hypothesis.graph)
                # what stands further off, such as the scores of a comparison, is only one way in which it may be so
                values += (
                    [_witnessed_value(prop, stated, criterion)]
                    if subject in nearest and (isinstance(stated, Literal) or prop in told)
                    else []
                )
            if not fits:
                return None
        return self.writer.change(criterion, draft, about or (values[0].prop if values else ""), tuple(values), hypothesis)


def _witnessed_value(prop: str, value: Term, criterion: Criterion) -> Value:
    """Return a value from a witness; of a quantity that the criterion limits, the witness is the largest."""
    if not isinstance(value, Literal):
        return Value(prop, "is", value)
    return Value(prop, "at most" if prop == criterion.limits_quantity else "stated", value.value)


def _from(start: str, made: list[Triple]) -> list[Triple]:
    """Return ``made`` in an order that does not depend on the names of new things: outwards from ``start``, then what is left."""
    ordered: dict[Triple, None] = {}
    agenda, seen = [start], {start}
    while agenda:
        node = agenda.pop(0)
        around = [t for t in made if t[0] == node]
        for triple in sorted(around, key=lambda t: (t[1] != TYPE, t[1], "" if str(t[2]).startswith("_:") else repr(t[2]))):
            ordered[triple] = None
            if isinstance(triple[2], str) and triple[2] not in seen:
                seen.add(triple[2])
                agenda.append(triple[2])
    return [*ordered, *(t for t in made if t not in ordered)]


def _connected(made: list[Triple]) -> list[list[Triple]]:
    """Return the triples about each new thing together with those about what it leads to; a value of the request stands alone."""
    groups: list[tuple[set[str], list[Triple]]] = []
    for triple in made:
        nodes = {term for term in (triple[0], triple[2]) if isinstance(term, str) and term.startswith("_:")}
        touching = [group for group in groups if nodes & group[0]]
        merged = (set(nodes).union(*(g[0] for g in touching)), [t for g in touching for t in g[1]] + [triple])
        groups = [group for group in groups if group not in touching] + [merged]
    return [triples for _, triples in groups]
