"""Hold the decisions that a case describes, and the file itself, against the rules about decisions: what ``mtus lint`` does.

The rules are shapes like those of every criterion (shapes/lint), evaluated by the same engine on facts and inferences. What comes out is
one structure, from which text, JSON and RDF are rendered. A result is a question to the file or to the one who decided; it decides nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from mtus.reasoner.assess import Assessed, statuses_at
from mtus.reasoner.describe import Describer
from mtus.reasoner.explain import explain_at
from mtus.reasoner.graph import Graph, Triple
from mtus.reasoner.grounds import decisive, facts_of
from mtus.reasoner.infer import Inferred, infer
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.lint_graph import decisions_of, lint_graph
from mtus.reasoner.lint_rules import decision_rules, is_about_file
from mtus.reasoner.load import Facts, load_case
from mtus.reasoner.namespaces import BASE, MTUS, SH, TYPE, local_name
from mtus.reasoner.pipeline import check_case
from mtus.reasoner.receipt import receipt
from mtus.reasoner.rows import Row
from mtus.reasoner.settings import DEFAULT, Settings
from mtus.reasoner.trace import Assessment, Citation, Receipt, Source, UsedFact
from mtus.reasoner.validate import Engine, failing, validate

FOUND: Final = BASE + "lint-status/found"
NOT_DETERMINABLE: Final = BASE + "lint-status/not-determinable"
IN_ORDER: Final = BASE + "lint-status/in-order"
NOT_APPLICABLE: Final = BASE + "lint-status/not-applicable"
STATUSES: Final = (FOUND, NOT_DETERMINABLE, IN_ORDER, NOT_APPLICABLE)
# What the statuses of a criterion are called where the criterion is a rule about decisions.
_CALLED: Final = {"contradicted": FOUND, "undocumented": NOT_DETERMINABLE, "met": IN_ORDER, "not-applicable": NOT_APPLICABLE}
_WEIGHTS: Final = (SH + "Violation", SH + "Warning", SH + "Info")


@dataclass(frozen=True)
class LintFact:
    """A fact that a rule read: the thing it is about, in words, and where it stands (nowhere for what was counted)."""

    about: str
    label: str
    stated_in: tuple[Source, ...]


@dataclass(frozen=True)
class LintResult:
    """One rule against one decision, or against the file.

    ``status`` is one of :data:`STATUSES`. ``severity`` is that of the shapes that fail (sh:Violation, sh:Warning, sh:Info), empty where
    none does. ``confidence`` is how sure we are that the provision asks for this; ``messages`` say what is wrong or missing, ``remedy``
    what to do where something was found, and ``reading`` how vague words of the provision were read. ``rows`` are what fails.
    """

    rule: str
    label: str
    requirement: str
    status: str
    severity: str
    citation: Citation
    confidence: str
    reading: str
    messages: tuple[str, ...]
    facts: tuple[LintFact, ...]
    remedy: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Linted:
    """A decision, or the file as a whole, with the result of every rule; for the file, what concerns a decision is empty."""

    node: str
    label: str
    request: str
    outcome: str
    decided_by: str
    stated_in: tuple[Source, ...]
    results: tuple[LintResult, ...]

    def with_status(self, status: str) -> tuple[LintResult, ...]:
        """Return the results that have ``status``."""
        return tuple(result for result in self.results if result.status == status)


@dataclass(frozen=True)
class LintReport:
    """What the rules say of one case: decisions in the order of the requests that they decide, and the file last."""

    case: str
    label: str
    is_synthetic: bool
    subjects: tuple[Linted, ...]
    receipt: Receipt

    def count(self, status: str) -> int:
        """Return how many results have ``status``."""
        return sum(len(subject.with_status(status)) for subject in self.subjects)

    @property
    def has_findings(self) -> bool:
        """Whether something was found; what could not be determined is no finding."""
        return self.count(FOUND) > 0


def lint(content: bytes, *, name: str = "case", syntax: str = "", knowledge: Knowledge | None = None, engine: Engine = "compiled",
         settings: Settings = DEFAULT) -> LintReport:  # fmt: skip
    """Return what the rules about decisions say of the case in ``content``.

    ``name`` is what errors call the case, ``syntax`` its format where that is known. Raises :class:`CaseError` where the case is wrong,
    :class:`KnowledgeError` or :class:`EngineError` where we are.
    """
    knowledge = knowledge or load_knowledge()
    return lint_facts(load_case(content, knowledge, name=name, syntax=syntax, settings=settings), knowledge, engine)


def lint_facts(facts: Facts, knowledge: Knowledge, engine: Engine = "compiled", rules: Knowledge | None = None) -> LintReport:
    """Return what the rules about decisions, or ``rules`` instead, say of loaded ``facts``; see :func:`lint`."""
    rules = rules or decision_rules(knowledge)
    check_case(facts, knowledge, engine)
    named = _with_names(facts)
    inferred = infer(named.triples, knowledge.rules, knowledge.background)
    graph = lint_graph(named, inferred.graph, knowledge)
    rows = validate(graph, rules, engine)
    nodes = (*sorted(decisions_of(graph), key=lambda node: _item_order(graph, node)), named.case)
    assessed = Assessed(named, Inferred(graph, inferred.derivations), rows, statuses_at(graph, failing(rows, rules), nodes, rules), ())
    return _Linter(assessed, nodes, rules).report(receipt(facts, knowledge))


def _item_order(graph: Graph, decision: str) -> tuple[int, str]:
    request = graph.node(decision, MTUS + "decidesRequest") or ""
    return int(graph.text(request, MTUS + "itemNumber") or 1_000_000), decision


def _with_names(facts: Facts) -> Facts:
    """Return ``facts`` with a name for each blank node, since a result has to name what it is about."""

    def named(term: str) -> str:
        return f"{BASE}.well-known/genid/{facts.digest[:16]}/{term[2:]}" if term.startswith("_:") else term

    def all_named(triples: tuple[Triple, ...]) -> tuple[Triple, ...]:
        return tuple((named(s), p, named(o) if isinstance(o, str) else o) for s, p, o in triples)

    return replace(facts, stated=all_named(facts.stated), derived=all_named(facts.derived))


class _Linter:
    def __init__(self, assessed: Assessed, nodes: tuple[str, ...], rules: Knowledge) -> None:
        self.assessed = assessed
        self.nodes = nodes
        self.rules = rules
        self.graph = assessed.inferred.graph
        self.stated = Graph(assessed.facts.stated)
        self.say = Describer(self.graph, self.stated, rules.vocabulary)

    def report(self, made: Receipt) -> LintReport:
        case = self.assessed.facts.case
        assessments = explain_at(self.assessed, self.nodes, self.rules)
        return LintReport(
            case=case,
            label=self.stated.text(case, MTUS + "label") or local_name(case),
            is_synthetic=self.stated.text(case, MTUS + "synthetic") == "true",
            subjects=tuple(self._subject(node, assessments[node]) for node in self.nodes),
            receipt=made,
        )

    def _subject(self, node: str, assessments: tuple[Assessment, ...]) -> Linted:
        request = self.graph.node(node, MTUS + "decidesRequest") or ""
        party = self.graph.node(node, MTUS + "isDecidedBy")
        return Linted(
            node=node,
            label=self.say.name(request) if request else "",
            request=request,
            outcome=self.graph.node(node, MTUS + "hasOutcome") or "",
            decided_by=self.say.name(party) if party else "",
            stated_in=self.say.sources(node),
            results=tuple(self._result(node, a) for a in assessments if is_about_file(a.criterion, self.rules) is not bool(request)),
        )

    def _result(self, node: str, a: Assessment) -> LintResult:
        status = _CALLED[local_name(a.status)]
        rows = tuple(dict.fromkeys(row for part in self._broken(a) for row in self._rows(node, part)))
        shapes = self.rules.shapes
        weights = {shapes.node(row.source_shape, SH + "severity") or _WEIGHTS[0] for row in rows}
        return LintResult(
            rule=a.criterion,
            label=a.label,
            requirement=a.requirement,
            status=status,
            severity=next((weight for weight in _WEIGHTS if weight in weights), ""),
            citation=a.citation,
            confidence=a.confidence,
            reading=f"“{a.reading.words}” is read as: {a.reading.label}." if a.reading else "",
            messages=tuple(dict.fromkeys(self.rules.shape_model.all[row.source_shape].message for row in rows)),
            facts=tuple(self._fact(node, fact) for fact in _facts(a)),
            remedy=shapes.text(a.criterion, MTUS + "remedy") or "",
            rows=rows,
        )

    def _broken(self, a: Assessment) -> Iterator[Assessment]:
        """Yield the simple rules by which ``a`` is found or not determinable, those of an open precondition included."""
        if local_name(a.status) not in ("contradicted", "undocumented"):
            return
        yield from decisive(a)
        for part in a.parts:
            if part.relation == "precondition" and local_name(part.status) == local_name(a.status) == "undocumented":
                yield from self._broken(part)

    def _rows(self, node: str, a: Assessment) -> Iterator[Row]:
        """Yield what fails of the shape that gives ``a`` its status."""
        criterion = self.rules.guidelines.criteria[a.criterion]
        shape = criterion.holds if local_name(a.status) == "contradicted" else criterion.on_file
        own = {shape, *(part.iri for part in self.rules.shape_model.all[shape].property_shapes)} if shape else set()
        yield from (row for row in self.assessed.rows if row.focus == node and row.source_shape in own)

    def _fact(self, node: str, fact: UsedFact) -> LintFact:
        if (fact.value, TYPE, MTUS + "Document") in self.graph:
            return LintFact(fact.value, self.say.name(fact.value), (self.say.document(fact.value),))
        prop = self.rules.vocabulary.properties.get(fact.predicate)
        # what was counted stands in no document; what a decision says in a part of it stands where the decision does
        sources = () if prop and prop.is_derived else fact.stated_in or self.say.sources(node)
        return LintFact(fact.about, fact.label, sources)


def _facts(a: Assessment) -> tuple[UsedFact, ...]:
    """Return the facts that ``a`` rests on; where it cannot be determined, all that is on file of what it reads."""
    if local_name(a.status) != "undocumented":
        return facts_of(a) if local_name(a.status) != "not-applicable" else ()
    parts, agenda = [], [a]
    while agenda:
        part = agenda.pop(0)
        parts.append(part)
        agenda += part.parts
    found = {(fact.about, fact.predicate, fact.value): fact for part in parts for fact in part.facts}
    return tuple(found.values())
