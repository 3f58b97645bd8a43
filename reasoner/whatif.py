"""What would change an answer: all minimal sets of changes that would make a request supported.

The search goes from the case as it is: of the criteria that stand against the request the one with the fewest changes that might turn
it is taken, and each of these is tried in turn. Whatever makes the request supported has to hold one of them, so no set is missed.
Sets are tried in order of their size, and one that asks for more than a set that was found is dropped. Each set is verified by the
whole reasoner. See docs/explanation/what-would-change.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from mtus.reasoner.asked import classes_read
from mtus.reasoner.assess import Assessed
from mtus.reasoner.case_terms import CaseTerms, case_terms
from mtus.reasoner.changes import Change, apply_changes, covers, goes_further
from mtus.reasoner.clauses import clause
from mtus.reasoner.decide_case import Decided
from mtus.reasoner.determine import Answer, ReasonKind
from mtus.reasoner.errors import CaseError, case_error
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.hypothesis import Hypothesis
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import Facts
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import decide_facts
from mtus.reasoner.proposals import Proposer, Test
from mtus.reasoner.settings import DEFAULT, Settings

# Answers that a change of the file or of the request might turn into support.
_OPEN_TO_CHANGE = (Answer.NOT_SUPPORTED, Answer.SUPPORTED_IN_PART)
_SATISFIED = (Status.MET, Status.NOT_APPLICABLE)


@dataclass(frozen=True)
class Found:
    """What was found for one request.

    ``sets`` are all minimal sets, each verified. ``through`` are the requests that it accompanies and that have to be supported first;
    then ``sets`` are what this request needs beyond that, and ``remaining`` is its decision once they are supported and nothing more
    is done. Where there is no set, ``why_none`` are the criteria, provisions or requests that nothing can turn; or ``remaining`` is the
    decision that stays when every criterion is met, such as where no provision recommends the treatment. ``purposes`` are, by the key of
    a change, the criteria with shapes of their own that it alone makes met (True) or settles not to be so (False).
    """

    request: str
    decided: Decided
    sets: tuple[frozenset[Change], ...]
    purposes: Mapping[str, tuple[Test, ...]] = field(default_factory=dict)
    through: tuple[str, ...] = ()
    remaining: Decided | None = None
    why_none: tuple[str, ...] = ()


def what_if(assessed: Assessed, decided: Iterable[Decided], knowledge: Knowledge, settings: Settings = DEFAULT) -> dict[str, Found]:
    """Return what would change the answer of each request that is not wholly supported, by request; primaries come first.

    Raises :class:`CaseError` where the search takes more steps than the settings allow: an incomplete list is never given.
    """
    search = _Search(assessed.facts, knowledge, settings)
    found: dict[str, Found] = {}
    for one in decided:
        if one.decision.answer in _OPEN_TO_CHANGE:
            found[one.request] = search.for_request(one, found)
    return found


class _Search:
    def __init__(self, facts: Facts, knowledge: Knowledge, settings: Settings) -> None:
        self.facts = facts
        self.knowledge = knowledge
        self.settings = settings
        self.terms: CaseTerms = case_terms(knowledge)
        self.proposer = Proposer(knowledge)
        # changes seen for the request at hand with the classes of the statements that they make, and the classes that criteria read
        self.known: dict[str, Change] = {}
        self.classes: dict[str, frozenset[str]] = {}
        self.read: dict[str, frozenset[str]] = {}

    def for_request(self, decided: Decided, known: dict[str, Found]) -> Found:
        """Return what would change the answer in ``decided``; ``known`` holds what was found for the requests before it."""
        request = decided.request
        reasons = decided.decision.reasons
        primaries = tuple(r.about for r in reasons if r.kind is ReasonKind.DERIVATIVE)
        if not primaries:
            return self._found(self.facts, request, decided)
        needed = [known[p].sets for p in primaries if p in known]
        if len(needed) < len(primaries) or not all(needed):
            return Found(request, decided, (), through=primaries, why_none=primaries)
        lifted = self._lifted(primaries, known)
        remaining = decide_facts(lifted, self.knowledge, self.settings, only=request)[request]
        if remaining.decision.answer not in _OPEN_TO_CHANGE:
            return Found(request, decided, (), through=primaries, remaining=remaining)
        return replace(self._found(lifted, request, remaining), decided=decided, through=primaries, remaining=remaining)

    def _lifted(self, primaries: Iterable[str], known: dict[str, Found]) -> Facts:
        """Return the facts with the first set of each of ``primaries``, and of those that they accompany, applied."""
        changes: dict[Change, None] = {}
        agenda = list(primaries)
        while agenda:
            found = known[agenda.pop()]
            agenda += found.through
            for change in found.sets[0] if found.sets else ():
                changes[change] = None
        return apply_changes(self.facts, changes, self.terms)

    def _found(self, facts: Facts, request: str, decided: Decided) -> Found:
        """Return all minimal sets for ``request``, or why there is none."""
        fixed = tuple(r.about for r in decided.decision.reasons if r.kind is ReasonKind.NOT_RECOMMENDED)
        if fixed:
            return Found(request, decided, (), why_none=fixed)
        start = Hypothesis(facts, request, self.knowledge)
        order = self._order(start)
        level: list[tuple[Hypothesis, Change | None]] = [(start, None)]
        found: list[frozenset[Change]] = []
        stuck: dict[str, None] = {}
        seen: set[frozenset[str]] = set()
        while level:
            following: list[tuple[Hypothesis, Change | None]] = []
            for before, change in level:
                changes = before.changes_with(change)
                names = frozenset(c.key for c in changes)
                if names in seen or any(covers(smaller, changes) for smaller in found):
                    continue
                seen.add(names)
                if len(seen) > self.settings.max_steps:
                    raise self._too_many(request)
                hypothesis = before.with_change(change) if change else before
                if hypothesis is None:
                    continue
                criterion = self._against(hypothesis, order)
                if criterion is None:
                    verified = self._decided_with(facts, request, changes)
                    if verified and verified.decision.answer is Answer.SUPPORTED:
                        found.append(changes)
                    elif verified and not any(r.about in self.knowledge.guidelines.criteria for r in verified.decision.reasons):
                        # every criterion is met, and what is left is nothing that the file or the request could change
                        return Found(request, decided, (), remaining=verified)
                    continue
                options = self._options(criterion, hypothesis)
                if not options:
                    stuck[criterion.iri] = None
                following += [(hypothesis, option) for option in options]
            level = following
        sets = tuple(_minimal(found))
        return Found(request, decided, sets, self._purposes(sets, start), why_none=() if sets else tuple(stuck))

    def _purposes(self, sets: tuple[frozenset[Change], ...], start: Hypothesis) -> dict[str, tuple[Test, ...]]:
        tests = {test.iri: test for criterion in start.criteria() for test, _ in self.proposer.tests(criterion)}
        found: dict[str, tuple[Test, ...]] = {}
        for change in {change.key: change for one in sets for change in one}.values():
            after = start.with_change(change)
            turned = ((test, _turned(start.status(iri), after.status(iri))) for iri, test in tests.items()) if after else ()
            found[change.key] = tuple((test, how) for test, how in turned if how is not None)
        return found

    def _order(self, start: Hypothesis) -> dict[str, int]:
        """Return the criteria in the order in which they are looked at: those with the fewest changes that might turn them come first."""
        self.known, self.classes = {}, {}
        options = {criterion.iri: self.proposer.for_criterion(criterion, start) for criterion in start.criteria()}
        for changes in options.values():
            self._remember(changes)
        return {iri: number for number, iri in enumerate(sorted(options, key=lambda iri: (len(options[iri]), iri)))}

    def _against(self, hypothesis: Hypothesis, order: dict[str, int]) -> Criterion | None:
        """Return the first criterion that stands against the request, or None where none does."""
        criteria = sorted(hypothesis.criteria(), key=lambda c: order.get(c.iri, len(order)))
        return next((c for c in criteria if hypothesis.status(c.iri) not in _SATISFIED), None)

    def _options(self, criterion: Criterion, hypothesis: Hypothesis) -> list[Change]:
        """Return the changes that might turn ``criterion``: its own, and others that settle the same or have an effect on what it reads."""
        tests = clause(criterion, True, hypothesis)
        own = self.proposer.for_tests(tests, hypothesis)
        self._remember(own)
        read = {cls for test, _ in tests for cls in self._classes_of(test)}
        inferred = {prop for test, _ in tests if hypothesis.fails(test.on_file) for prop in self.proposer.only_inferred(test)}
        slots = {change.slot for change in own if change.slot}
        others = [
            change
            for key, change in self.known.items()
            if change.slot in slots or not read.isdisjoint(self.classes[key]) or (inferred and hypothesis.may_change(change, inferred))
        ]
        made = {change.key for change in hypothesis.changes}
        settled = {change.slot: change for change in hypothesis.changes if change.slot}
        return [
            change
            for change in dict.fromkeys((*own, *others))
            if change.key not in made and (change.slot not in settled or goes_further(change, settled[change.slot]))
        ]

    def _remember(self, changes: Iterable[Change]) -> None:
        for change in changes:
            if change.key not in self.known and not change.removed:
                self.known[change.key] = change
                self.classes[change.key] = self.proposer.classes_of(change)

    def _classes_of(self, test: Criterion) -> frozenset[str]:
        """Return the classes of statements that the shapes of ``test`` read."""
        if test.iri not in self.read:
            shapes = self.knowledge.shape_model.all
            self.read[test.iri] = frozenset(cls for iri in (test.on_file, test.holds) if iri for cls in classes_read(shapes[iri]))
        return self.read[test.iri]

    def _decided_with(self, facts: Facts, request: str, changes: Iterable[Change]) -> Decided | None:
        """Return the decision of the whole reasoner with ``changes`` made; None where the statements would contradict one another."""
        try:
            return decide_facts(apply_changes(facts, changes, self.terms), self.knowledge, self.settings, only=request)[request]
        except CaseError:
            return None

    def _too_many(self, request: str) -> CaseError:
        why = f"The search for what would change the answer of '{local_name(request)}' takes more than {self.settings.max_steps:,} steps."
        return case_error("too-many-changes", self.facts.name, why, "Raise the limit max_steps, or document what is plainly missing first.")


def _turned(before: Status, after: Status) -> bool | None:
    """Return whether a test was made met or settled not to be so, or None where neither."""
    if after is before:
        return None
    return True if after is Status.MET else False if after is Status.CONTRADICTED and before is Status.UNDOCUMENTED else None


def _minimal(sets: list[frozenset[Change]]) -> list[frozenset[Change]]:
    """Return ``sets`` without those that ask for all that another one asks for, and more."""
    return [one for one in sets if not any(other is not one and covers(other, one) and not covers(one, other) for other in sets)]
