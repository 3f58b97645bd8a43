"""Build the trace of a decided case: every answer down to the provision, the facts with their documents, and the axioms."""

from collections.abc import Iterable

from mtus.reasoner.assess import Assessed
from mtus.reasoner.canonical import canonical_text
from mtus.reasoner.compiled import Evaluator
from mtus.reasoner.decide_case import Decided
from mtus.reasoner.describe import Describer, day
from mtus.reasoner.determine import Answer, Reason
from mtus.reasoner.editions import EditionSelection
from mtus.reasoner.evidence import Fact, read_facts, sought_facts
from mtus.reasoner.graph import Graph, Term, Triple
from mtus.reasoner.guideline import Criterion, Interpretation
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import CASE, MTUS, REASON, TYPE, local_name
from mtus.reasoner.receipt import determination_id, receipt
from mtus.reasoner.trace import (
    Assessment,
    Citation,
    Determination,
    Disagreement,
    EditionDate,
    EditionTrace,
    Inference,
    Less,
    Reading,
    RequestDetermination,
    ReviewSlot,
    SearchedDocument,
    SoughtFact,
    TracedReason,
    UsedFact,
)  # fmt: skip
from mtus.reasoner.wording import Wording

_MIXED = "https://w3id.org/mtus/disposition/mixed"


def explain(assessed: Assessed, decided: tuple[Decided, ...], knowledge: Knowledge) -> Determination:
    """Return the determination of ``assessed`` with its complete trace; requests stand in the order of their item numbers."""
    return _Explainer(assessed, decided, knowledge).determination()


def explain_at(assessed: Assessed, nodes: Iterable[str], knowledge: Knowledge) -> dict[str, tuple[Assessment, ...]]:
    """Return, for each of ``nodes``, the assessments of all criteria that stand for themselves, with everything that they rest on."""
    explainer = _Explainer(assessed, (), knowledge)
    return {node: tuple(explainer.assessment(criterion, node, node, "") for criterion in knowledge.requirements) for node in nodes}


class _Explainer:
    def __init__(self, assessed: Assessed, decided: tuple[Decided, ...], knowledge: Knowledge) -> None:
        self.assessed = assessed
        self.decided = {d.request: d for d in decided}
        self.knowledge = knowledge
        self.graph = assessed.inferred.graph
        self.evaluator = Evaluator(self.graph)
        self.stated = Graph(assessed.facts.stated)
        self.say = Describer(self.graph, self.stated, knowledge.vocabulary)
        self.words = Wording(assessed, self.decided, self.say, knowledge)
        self.receipt = receipt(assessed.facts, knowledge)
        self.id = determination_id(self.receipt)
        found = (self.say.document(d) for d in self.stated.nodes(assessed.facts.case, MTUS + "hasDocument"))
        self.documents = tuple(
            SearchedDocument(s.document, s.label, s.kind, s.date) for s in sorted(found, key=lambda s: (s.date, s.document))
        )
        self.searched = _as_set(document.id for document in self.documents)
        self.citations: dict[str, Citation] = {}
        self.inferences: dict[Triple, Inference] = {}

    def determination(self) -> Determination:
        case = self.assessed.facts.case
        review = self.stated.node(case, MTUS + "hasReview") or ""
        stage = self.stated.node(review, MTUS + "hasStage") or ""
        requests = tuple(self._request(self.decided[request], stage) for request in sorted(self.decided, key=self._item_order))
        dispositions = {request.disposition for request in requests}
        return Determination(
            id=self.id,
            case=case,
            label=self.say.name(case) if self.stated.text(case, MTUS + "label") else local_name(case),
            is_synthetic=self.stated.text(case, MTUS + "synthetic") == "true",
            stage=stage,
            overall=next(iter(dispositions)) if len(dispositions) == 1 else _MIXED,
            requests=requests,
            documents=self.documents,
            disagreements=tuple(
                Disagreement(_as_set(c.statements), _as_set(map(self._told, c.statements))) for c in self.assessed.conflicts
            ),
            receipt=self.receipt,
            review=ReviewSlot(),
            stated_facts=canonical_text(self.assessed.facts.stated),
        )

    def _item_order(self, request: str) -> tuple[int, str]:
        return int(self.stated.text(request, MTUS + "itemNumber") or 1_000_000), request

    def _told(self, statement: str) -> str:
        sources = " and ".join(f"{s.label}{', ' + day(s.date) if s.date else ''}" for s in self.say.sources(statement))
        return f"{self.say.statement(statement)} ({sources})"

    def _request(self, decided: Decided, stage: str) -> RequestDetermination:
        request = decided.request
        identifier = f"{self.id}/{local_name(request)}"
        criteria = tuple(self.assessment(self.knowledge.guidelines.criteria[iri], request, identifier, "") for iri in decided.criteria)
        treatment = self.stated.node(request, MTUS + "requestsTreatment") or ""
        return RequestDetermination(
            id=identifier,
            request=request,
            label=self.say.name(request),
            treatment=self.say.name(treatment),
            answer=decided.decision.answer.iri,
            disposition=self._disposition(decided, stage),
            reasons=self._reasons(decided),
            suggestion=self._less(decided),
            next_step=self._next_step(decided),
            hangs_on=_as_set(decided.hangs_on),
            editions=tuple(self._edition(selection) for selection in decided.editions),
            inferences=self._request_inferences(decided),
            criteria=criteria,
            recommended_by=tuple(self._citation(iri) for iri in decided.situation.recommending),
        )

    def _disposition(self, decided: Decided, stage: str) -> str:
        kinds = {reason.kind.iri for reason in decided.decision.reasons}
        for rule in self.knowledge.guidelines.dispositions:
            fits = not rule.only_reason or kinds == {rule.only_reason}
            if rule.stage == stage and rule.answer == decided.decision.answer.iri and fits:
                return rule.disposition
        return "https://w3id.org/mtus/disposition/open"

    # Reasons

    def _reasons(self, decided: Decided) -> tuple[TracedReason, ...]:
        reasons = decided.decision.reasons
        ranks = [self._rank(reason) for reason in reasons]
        best = min(ranks, default=0)
        return tuple(self._reason(reason, decided, rank == best) for reason, rank in zip(reasons, ranks, strict=True))

    def _rank(self, reason: Reason) -> int:
        """Return how well confirmed the ground of ``reason`` is; reasons that need no provision come first."""
        criterion = self.knowledge.guidelines.criteria.get(reason.about)
        provision = self.knowledge.guidelines.provisions.get(reason.about)
        confidence = criterion.confidence if criterion else provision.confidence if provision else ""
        return self.knowledge.guidelines.confidence_order.get(confidence, 0)

    def _reason(self, reason: Reason, decided: Decided, relied_on: bool) -> TracedReason:
        criterion = self.knowledge.guidelines.criteria.get(reason.about)
        provisions = self.knowledge.guidelines.provisions
        rule = self.knowledge.guidelines.grounds.get(reason.kind.iri, "")
        provision = criterion.provision if criterion else reason.about if reason.about in provisions else rule
        citation = self._citation(provision) if provision else None
        confidence = criterion.confidence if criterion else citation.confidence if citation else ""
        text = self.words.reason(reason, criterion, decided)
        return TracedReason(REASON + reason.kind.value, reason.about, text, citation, confidence, relied_on)

    def _less(self, decided: Decided) -> Less | None:
        s = decided.suggestion
        return Less(s.prop, self.knowledge.vocabulary.label(s.prop), s.requested, s.supported) if s else None

    def _next_step(self, decided: Decided) -> str:
        if decided.decision.answer is not Answer.NOT_ADDRESSED:
            return ""
        vocabulary = self.knowledge.vocabulary
        # the schedule itself has just been searched
        return vocabulary.definitions.get(self.knowledge.guidelines.search_steps[1], "")

    def _edition(self, selection: EditionSelection) -> EditionTrace:
        edition = selection.edition
        dates = tuple(
            EditionDate(d.basis, "" if d.is_year else d.day.isoformat(), d.edition.iri if d.edition else "", d.document,
                        str(d.day.year) if d.is_year else "")
            for d in selection.dates
        )  # fmt: skip
        return EditionTrace(selection.guideline, edition.iri if edition else "", edition.label if edition else "", dates)

    # Criteria

    def assessment(self, criterion: Criterion, request: str, parent: str, relation: str) -> Assessment:
        """Return ``criterion`` against ``request``; ``parent`` begins its name, and ``relation`` says how it belongs to its whole."""
        status = self.assessed.statuses.read[criterion.iri, request]
        identifier = f"{parent}/{local_name(criterion.iri)}"
        applies = status is not Status.NOT_APPLICABLE
        facts = read_facts(criterion, request, status, self.evaluator, self.knowledge) if applies else ()
        missing = status is Status.UNDOCUMENTED and bool(criterion.on_file)
        return Assessment(
            id=identifier,
            criterion=criterion.iri,
            label=criterion.label,
            relation=relation,
            requirement=criterion.requirement,
            status=status.iri,
            role=criterion.role,
            burden=criterion.burden,
            effect=criterion.effect,
            confidence=criterion.confidence,
            citation=self._citation(criterion.provision),
            reading=self._reading(criterion.interpretation, criterion, request) if criterion.interpretation else None,
            message=self.words.status(criterion, request),
            facts=tuple(self._fact(fact, request, f"{identifier}/fact-{n}") for n, fact in enumerate(facts, 1)),
            sought=tuple(self._sought(criterion, request)) if missing else (),
            searched=self.searched if missing else (),
            parts=tuple(self._parts(criterion, request, identifier)) if applies or criterion.precondition else (),
        )

    def _parts(self, criterion: Criterion, request: str, identifier: str) -> Iterable[Assessment]:
        named = [("precondition", criterion.precondition), ("exception", criterion.exception)]
        lists = [("all of", criterion.all_of), ("any of", criterion.any_of), ("none of", criterion.none_of)]
        named += [(relation, iri) for relation, iris in lists for iri in iris]
        for relation, iri in named:
            if iri:
                yield self.assessment(self.knowledge.guidelines.criteria[iri], request, identifier, relation)

    def _sought(self, criterion: Criterion, request: str) -> Iterable[SoughtFact]:
        """Yield what ``criterion`` looks for and the file does not hold."""
        label = self.knowledge.vocabulary.label
        for sought in sought_facts(criterion, self.knowledge):
            if (request, sought.shape) in self.words.failed:
                yield SoughtFact(sought.message, label(sought.kind) if sought.kind else "", _as_set(label(d) for d in sought.documents))

    def _fact(self, fact: Fact, request: str, identifier: str) -> UsedFact:
        label = self._fact_label(fact, request)
        value = "" if fact.value is None else fact.value if isinstance(fact.value, str) else fact.value.value
        walked = [t for t in fact.walked if t in self.assessed.inferred.derivations]
        if fact.kind and not fact.predicate and (fact.subject, TYPE, fact.kind) in self.assessed.inferred.derivations:
            walked.append((fact.subject, TYPE, fact.kind))
        inferences = tuple(self._inference(triple) for triple in walked)
        return UsedFact(identifier, fact.subject, fact.predicate, value, label, self.say.sources(fact.subject), inferences)

    def _fact_label(self, fact: Fact, request: str) -> str:
        if not fact.predicate:
            return self.say.statement(fact.subject)
        assert fact.value is not None
        said = self.say.pair(fact.predicate, fact.value)
        return said if fact.subject == request else f"{self.say.name(fact.subject)}, {said}"

    def _reading(self, reading: Interpretation, criterion: Criterion, request: str) -> Reading:
        other = self.assessed.statuses.alternative[criterion.iri, request]
        shown = other.iri if criterion.alternative else ""
        return Reading(reading.iri, reading.label, reading.words, reading.parameters, reading.rationale, reading.source, shown)

    def _citation(self, iri: str) -> Citation:
        if iri not in self.citations:
            provision = self.knowledge.guidelines.provisions[iri]
            self.citations[iri] = Citation(
                iri, provision.id, self.knowledge.citation(provision), provision.edition, provision.section, provision.page,
                provision.statement, provision.kind, provision.confidence, provision.source,
            )  # fmt: skip
        return self.citations[iri]

    # Inferences

    def _request_inferences(self, decided: Decided) -> tuple[Inference, ...]:
        """Return what was inferred about the request: the defined classes that make a provision speak of it."""
        request = decided.request
        found: list[Inference] = []
        for cls in sorted(self.graph.types(request)):
            derivation = self.assessed.inferred.derivations.get((request, TYPE, cls))
            if derivation and derivation.axiom.kind == "equivalentClass":
                found.append(self._inference((request, TYPE, cls)))
        return tuple(found)

    def _inference(self, triple: Triple) -> Inference:
        if triple not in self.inferences:
            self.inferences[triple] = self._new_inference(triple)
        return self.inferences[triple]

    def _new_inference(self, triple: Triple) -> Inference:
        derivation = self.assessed.inferred.derivations[triple]
        support = self.assessed.inferred.support(triple)
        rests_on = _as_set(self.say.triple(*t) for t in support if self._of_case(t[0]))
        return Inference(self.say.triple(*triple), derivation.axiom.text, derivation.axiom.kind, rests_on)

    def _of_case(self, term: Term) -> bool:
        return isinstance(term, str) and (term.startswith((CASE, "_:")) or bool(self.stated.nodes(term, TYPE)))


def _as_set(texts: Iterable[str]) -> tuple[str, ...]:
    """Return ``texts`` sorted, each once: the form of a set in the trace."""
    return tuple(sorted(set(texts)))
