"""What would change an answer, in words: the structure from which text, JSON and RDF are rendered. Field names are the JSON keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from mtus.reasoner.assess import Assessed
from mtus.reasoner.case_terms import CaseTerms, case_terms
from mtus.reasoner.changes import ADD, Change, Value
from mtus.reasoner.decide_case import Decided
from mtus.reasoner.describe import Describer, day
from mtus.reasoner.determine import Answer
from mtus.reasoner.graph import Graph
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, MTUS, XSD, local_name
from mtus.reasoner.receipt import determination_id, receipt
from mtus.reasoner.whatif import Found
from mtus.reasoner.wording import Wording

_WITHOUT = "without"


@dataclass(frozen=True)
class Purpose:
    """A criterion that a change is for: what it asks for, and how its provision is cited.

    ``settles_that_not`` is True where the change makes it plain that what the criterion asks is not so, such as that nothing was given
    before, and what hangs on it does not apply.
    """

    criterion: str
    requirement: str
    settles_that_not: bool
    cited: str
    confidence: str


@dataclass(frozen=True)
class ProposedChange:
    """One change in words: ``kind`` is documentation or reduction; ``usual_documents`` are the kinds of document in which it may stand."""

    id: str
    kind: str
    label: str
    usual_documents: tuple[str, ...]
    purposes: tuple[Purpose, ...]

    @property
    def name(self) -> str:
        """What tells it apart from other changes, in whatever set it stands."""
        return local_name(self.id)


@dataclass(frozen=True)
class ChangeSet:
    """A minimal set of changes; ``fewest_documents`` are kinds of document that can hold all that is to be documented, none too many."""

    id: str
    fewest_documents: tuple[str, ...]
    findings: int
    reductions: int
    changes: tuple[ProposedChange, ...]


@dataclass(frozen=True)
class RequestChanges:
    """What would change the answer for one request.

    ``accompanies`` are the requests that have to be supported first; ``answer_then`` is the answer once they are, or once every
    criterion is met, where that is not *supported*, and ``reason_then`` why. ``because`` says why there is no set.
    """

    id: str
    request: str
    label: str
    answer: str
    accompanies: tuple[str, ...]
    answer_then: str
    reason_then: str
    because: tuple[str, ...]
    sets: tuple[ChangeSet, ...]

    @cached_property
    def shared(self) -> tuple[ProposedChange, ...]:
        """The changes that every set holds."""
        names = [{change.name for change in one.changes} for one in self.sets]
        return tuple(change for change in (self.sets[0].changes if self.sets else ()) if all(change.name in own for own in names))

    def beyond_shared(self, one: ChangeSet) -> tuple[ProposedChange, ...]:
        """Return the changes of ``one``, a set of these, that not every set holds."""
        common = {change.name for change in self.shared}
        return tuple(change for change in one.changes if change.name not in common)


@dataclass(frozen=True)
class WhatIf:
    """What would change the answers of one determination, request by request; requests that are supported are left out."""

    id: str
    determination: str
    case: str
    label: str
    requests: tuple[RequestChanges, ...]


def explain_changes(assessed: Assessed, decided: Iterable[Decided], found: dict[str, Found], knowledge: Knowledge) -> WhatIf:
    """Return ``found`` in words; requests stand in the order of their item numbers, sets in the order of their effort."""
    return _Explainer(assessed, decided, found, knowledge).explain()


class _Explainer:
    def __init__(self, assessed: Assessed, decided: Iterable[Decided], found: dict[str, Found], knowledge: Knowledge) -> None:
        self.assessed = assessed
        self.decided = {one.request: one for one in decided}
        self.found = found
        self.knowledge = knowledge
        self.stated = Graph(assessed.facts.stated)
        self.terms: CaseTerms = case_terms(knowledge)
        self.say = Describer(assessed.inferred.graph, self.stated, knowledge.vocabulary)
        self.id = f"{determination_id(receipt(assessed.facts, knowledge))}/what-if"

    def explain(self) -> WhatIf:
        case = self.assessed.facts.case
        requests = sorted(self.decided, key=lambda r: (int(self.stated.text(r, MTUS + "itemNumber") or 1_000_000), r))
        return WhatIf(
            id=self.id,
            determination=self.id.removesuffix("/what-if"),
            case=case,
            label=self.say.name(case) if self.stated.text(case, MTUS + "label") else local_name(case),
            requests=tuple(self._request(request) for request in requests if self.decided[request].decision.answer is not Answer.SUPPORTED),
        )

    def _request(self, request: str) -> RequestChanges:
        found, decided = self.found.get(request), self.decided[request]
        then = found.remaining if found else None
        identifier = f"{self.id}/{local_name(request)}"
        sets = [self._set(changes, found, identifier) for changes in found.sets] if found else []
        return RequestChanges(
            id=identifier,
            request=request,
            label=self.say.name(request),
            answer=decided.decision.answer.iri,
            accompanies=found.through if found else (),
            answer_then=then.decision.answer.iri if then else "",
            reason_then=" ".join(self._reasons(then)) if then else "",
            because=self._because(found, decided),
            sets=tuple(sorted(sets, key=lambda s: (len(s.fewest_documents), s.findings, s.reductions, s.id))),
        )

    def _because(self, found: Found | None, decided: Decided) -> tuple[str, ...]:
        if found is None:
            # open questions are answered, not changed
            return tuple(self._reasons(decided))
        guidelines = self.knowledge.guidelines
        told = []
        for iri in found.why_none:
            if iri in guidelines.criteria:
                words = Wording(self.assessed, self.decided, self.say, self.knowledge)
                criterion = guidelines.criteria[iri]
                cited = self.knowledge.citation(self.knowledge.provision_of(criterion))
                told.append(f"{words.status(criterion, found.request) or f'It is required that {criterion.requirement}.'} ({cited})")
            elif iri in guidelines.provisions:
                provision = guidelines.provisions[iri]
                told.append(f"{provision.statement} ({self.knowledge.citation(provision)})")
            else:
                told.append(f"It accompanies “{self.say.name(iri)}”, and nothing would make that supported.")
        return tuple(told)

    def _reasons(self, decided: Decided) -> list[str]:
        words = Wording(self.assessed, {**self.decided, decided.request: decided}, self.say, self.knowledge)
        criteria = self.knowledge.guidelines.criteria
        return list(dict.fromkeys(words.reason(r, criteria.get(r.about), decided) for r in decided.decision.reasons))

    def _set(self, changes: frozenset[Change], found: Found, identifier: str) -> ChangeSet:
        ordered = sorted(changes, key=lambda c: (c.kind, self._place(c), c.key))
        added = [c for c in ordered if c.kind == ADD]
        name = "-".join(sorted(c.key[:4] for c in ordered))
        own = f"{identifier}/{name}"
        return ChangeSet(
            id=own,
            fewest_documents=tuple(self.knowledge.vocabulary.label(d) for d in fewest_documents([c.documents for c in added], self.terms)),
            findings=len(added),
            reductions=len(ordered) - len(added),
            changes=tuple(self._change(change, found, own) for change in ordered),
        )

    def _place(self, change: Change) -> int:
        """Return where the first criterion of ``change`` stands in the guideline."""
        order = list(self.knowledge.guidelines.criteria)
        return min((order.index(iri) for iri in change.why), default=0)

    def _change(self, change: Change, found: Found, identifier: str) -> ProposedChange:
        label = self.knowledge.vocabulary.label
        # a change that turns nothing by itself is for what it was worked out for
        purposes = [(test.iri, met) for test, met in found.purposes.get(change.key, ())] or [(iri, True) for iri in change.why]
        return ProposedChange(
            id=f"{identifier}/{change.key}",
            kind=f"{BASE}change/{change.kind}",
            label=self._label(change),
            usual_documents=tuple(label(d) for d in change.documents),
            purposes=tuple(self._purpose(iri, met) for iri, met in sorted(purposes, key=lambda p: not p[1])),
        )

    def _purpose(self, iri: str, met: bool) -> Purpose:
        criterion = self.knowledge.guidelines.criteria[iri]
        cited = self.knowledge.citation(self.knowledge.provision_of(criterion))
        return Purpose(iri, criterion.requirement, not met, cited, criterion.confidence)

    def _label(self, change: Change) -> str:
        if change.kind != ADD:
            return self._reduction(change)
        values = [self._value(value) for value in change.values if value.prop != change.about]
        if change.about in self.knowledge.vocabulary.properties:
            own = next(value for value in change.values if value.prop == change.about)
            return f"{self.knowledge.vocabulary.properties[change.about].label}: {self._amount(own)}"
        return ": ".join(part for part in (self._subject(change), ", ".join(values)) if part)

    def _subject(self, change: Change) -> str:
        """Return what the statement of ``change`` is about: its class, or of a course of something on file that course."""
        delivered = [s for s, p, _ in change.added if p == MTUS + "isDeliveredBy"]
        delivered += [str(o) for _, p, o in change.added if p == MTUS + "deliversTreatment"]
        on_file = next((treatment for treatment in delivered if self.stated.types(treatment)), "")
        return f"course of {self.say.name(on_file)}" if on_file else self.knowledge.vocabulary.label(change.about)

    def _reduction(self, change: Change) -> str:
        value = change.values[0]
        if value.relation != _WITHOUT:
            before = next((o for _, p, o in change.removed if p == value.prop), None)
            told = f" instead of {self.say.term(before)}" if before is not None else ""
            return f"{self.knowledge.vocabulary.properties[value.prop].label}: {self._text(value)}{told}"
        if self.stated.nodes(value.text, MTUS + "requestsTreatment"):
            return f"without the request “{self.say.name(value.text)}”"
        if self.stated.nodes(value.text, MTUS + "deliversTreatment"):
            return f"without {self.say.statement(value.text)}"
        return f"without {self.knowledge.vocabulary.properties[value.prop].label} {self.say.term(value.text)}"

    def _value(self, value: Value) -> str:
        prop = self.knowledge.vocabulary.properties[value.prop]
        if prop.datatype == XSD + "boolean":
            return prop.label if value.text == "true" else f"not: {prop.label}"
        if prop.values_from:
            return self._text(value)
        return f"{prop.label}: {self._amount(value)}"

    def _amount(self, value: Value) -> str:
        prop, text = self.knowledge.vocabulary.properties[value.prop], self._text(value)
        if value.relation in ("at least", "at most"):
            # no count is below none
            return text if (value.relation, text) == ("at most", "0") else f"{value.relation} {text}"
        return f"such as {text}" if value.relation == "stated" and prop.datatype == XSD + "date" else text

    def _text(self, value: Value) -> str:
        prop = self.knowledge.vocabulary.properties[value.prop]
        if prop.datatype == XSD + "date":
            return day(value.text)
        if not prop.datatype:
            return self.knowledge.vocabulary.label(value.text)
        return value.text.removesuffix(".0")


def fewest_documents(needed: list[tuple[str, ...]], terms: CaseTerms) -> tuple[str, ...]:
    """Return the fewest kinds of document of which each of ``needed`` (alternatives) finds one; a kind may stand for a wider one."""
    wanted = [frozenset(alternatives) for alternatives in needed if alternatives]
    kinds = list(dict.fromkeys(kind for alternatives in needed for kind in alternatives))
    fits = {kind: terms.kinds(frozenset((kind,))) for kind in kinds}
    for count in range(len(kinds) + 1):
        for chosen in combinations(kinds, count):
            if all(any(not fits[kind].isdisjoint(alternatives) for kind in chosen) for alternatives in wanted):
                return chosen
    raise AssertionError("all kinds together hold everything")
