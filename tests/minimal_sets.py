"""What would change an answer, found two other ways: by trying every set, and by an answer-set program.

    python tests/minimal_sets.py                 every case file with at most 8 changes to choose from
    python tests/minimal_sets.py --changes 6 --step 20

The tests take a sample of the same (tests/test_whatif.py). Exit code 1 where any set differs.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from multiprocessing import Pool
from pathlib import Path

import clingo
from rich.console import Console
from rich.progress import track

from mtus.reasoner.case_terms import case_terms
from mtus.reasoner.changes import Change, apply_changes, covers
from mtus.reasoner.decide_case import Decided
from mtus.reasoner.determine import Answer, ReasonKind
from mtus.reasoner.errors import MtusError
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.load import Facts, load_case
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import decide_all, decide_facts, examine
from mtus.reasoner.settings import DEFAULT
from mtus.reasoner.whatif import Found, _Search

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = Path(__file__).with_name("whatif.lp")
Sets = frozenset[frozenset[str]]
_WORDS = {Status.MET: "met", Status.CONTRADICTED: "contradicted", Status.NOT_APPLICABLE: "not_applicable"}


@dataclass(frozen=True)
class Question:
    """One request that is not supported, with all changes that the search considered and the sets that it found."""

    facts: Facts
    request: str
    changes: tuple[Change, ...]
    found: Found

    def sets(self) -> Sets:
        """Return the sets that the search found, by the keys of their changes."""
        return frozenset(frozenset(change.key for change in one) for one in self.found.sets)


class _Watched(_Search):
    """A search that keeps every change that it considers."""

    def _order(self, start):  # type: ignore[no-untyped-def]
        order = super()._order(start)
        self.considered = dict(self.known)
        return order

    def _options(self, criterion, hypothesis):  # type: ignore[no-untyped-def]
        options = super()._options(criterion, hypothesis)
        self.considered.update((change.key, change) for change in options)
        return options


def questions(facts: Facts, knowledge: Knowledge) -> Iterator[Question]:
    """Yield a question for each request that is not supported by itself."""
    _, decided = decide_all(facts, knowledge)
    for one in decided:
        kinds = {reason.kind for reason in one.decision.reasons}
        if one.decision.answer in (Answer.NOT_SUPPORTED, Answer.SUPPORTED_IN_PART) and ReasonKind.DERIVATIVE not in kinds:
            search = _Watched(facts, knowledge, DEFAULT)
            search.considered = {}
            found = search.for_request(one, {})
            yield Question(facts, one.request, tuple(search.considered.values()), found)


def combinable(changes: tuple[Change, ...]) -> Iterator[frozenset[Change]]:
    """Yield every set of ``changes`` of which no two settle the same, small ones first."""
    for size in range(1, len(changes) + 1):
        for chosen in combinations(changes, size):
            slots = [change.slot for change in chosen if change.slot]
            if len(set(slots)) == len(slots):
                yield frozenset(chosen)


def by_brute_force(question: Question, knowledge: Knowledge) -> Sets:
    """Return the minimal sets by running the whole reasoner with every set."""
    found: list[frozenset[Change]] = []
    for chosen in combinable(question.changes):
        if any(covers(smaller, chosen) for smaller in found):
            continue
        decided = decide_with(question, chosen, knowledge)
        if decided and decided.decision.answer is Answer.SUPPORTED:
            found.append(chosen)
    return without_further(found)


def decide_with(question: Question, changes: frozenset[Change], knowledge: Knowledge) -> Decided | None:
    """Return the decision with ``changes`` made, or None where the loader would refuse the case."""
    try:
        changed = apply_changes(question.facts, changes, case_terms(knowledge))
        return decide_facts(changed, knowledge)[question.request]
    except MtusError:
        return None


def without_further(sets: list[frozenset[Change]]) -> Sets:
    """Return ``sets`` less those that go further than another."""
    kept = [one for one in sets if not any(other is not one and covers(other, one) and not covers(one, other) for other in sets)]
    return frozenset(frozenset(change.key for change in one) for one in kept)


def by_answer_sets(question: Question, knowledge: Knowledge) -> Sets:
    """Return the minimal sets by the answer-set program, which composes statuses by itself; tests are run by the validator."""
    control = clingo.Control(["--heuristic=Domain", "--enum-mode=domRec", "0"], logger=lambda *_: None)
    control.load(str(PROGRAM))
    control.add("base", [], "\n".join(_program(question, knowledge)))
    control.ground([("base", [])])
    models: list[frozenset[Change]] = []
    with control.solve(yield_=True) as handle:
        for model in handle:
            models.append(frozenset(question.changes[s.arguments[0].number] for s in model.symbols(shown=True)))
    return without_further(models)


def _program(question: Question, knowledge: Knowledge) -> Iterator[str]:
    changes = question.changes
    names = {iri: f"c{number}" for number, iri in enumerate(knowledge.guidelines.criteria)}
    slots: dict[str, int] = {}
    for number, change in enumerate(changes):
        yield f"change({number}). index({number},{number})."
        if change.slot:
            yield f"slot({number},{slots.setdefault(change.slot, len(slots))})."
    for criterion in knowledge.guidelines.criteria.values():
        for relation, parts in (("all", criterion.all_of), ("any", criterion.any_of), ("none", criterion.none_of)):
            yield from (f"{relation}({names[criterion.iri]},{names[part]})." for part in parts)
        for relation, part in (("exception", criterion.exception), ("precondition", criterion.precondition)):
            if part:
                yield f"{relation}({names[criterion.iri]},{names[part]})."
    for mask in range(2 ** len(changes)):
        chosen = frozenset(change for number, change in enumerate(changes) if mask >> number & 1)
        yield from _rows(question, chosen, mask, names, knowledge)


def _rows(question: Question, chosen: frozenset[Change], mask: int, names: dict[str, str], knowledge: Knowledge) -> Iterator[str]:
    slots = [change.slot for change in chosen if change.slot]
    if len(set(slots)) < len(slots):
        return
    try:
        assessed, requests = examine(apply_changes(question.facts, chosen, case_terms(knowledge)), knowledge)
    except MtusError:
        yield f"unloadable({mask})."
        return
    from mtus.reasoner.decide_case import decide_case

    decided = decide_case(assessed, requests, knowledge)[question.request]
    for iri in decided.criteria:
        if local_name(knowledge.guidelines.criteria[iri].effect) != "noted":
            yield f"top({names[iri]},{mask})."
    for criterion in knowledge.guidelines.criteria.values():
        if criterion.on_file:
            yield f"row({names[criterion.iri]},{mask},{_test(criterion.iri, question.request, assessed, knowledge)})."
        elif criterion.applies_to and criterion.applies_to not in assessed.inferred.graph.types(question.request):
            yield f"row({names[criterion.iri]},{mask},not_applicable)."


def _test(iri: str, request: str, assessed, knowledge: Knowledge) -> str:  # type: ignore[no-untyped-def]
    """Return the status of a test by its shapes alone, without its exception and precondition."""
    criterion = knowledge.guidelines.criteria[iri]
    types = assessed.inferred.graph.types(request)
    if criterion.target not in types or (criterion.applies_to and criterion.applies_to not in types):
        return "not_applicable"
    failed = {row.node_shape for row in assessed.rows if row.focus == request}
    if criterion.on_file in failed:
        return "unknown"
    return "contradicted" if criterion.holds in failed else "met"


@cache
def case_files(step: int) -> tuple[Path, ...]:
    """Return every ``step``-th case file of the topics."""
    return tuple(sorted((ROOT / "shapes").glob("*/*/cases/*.ttl"))[::step])


def compare(path: Path, most: int) -> list[tuple[str, int, bool, bool]]:
    """Return for each question of the case at ``path`` with at most ``most`` changes: request, number of sets, and who agrees."""
    knowledge = load_knowledge()
    try:
        facts = load_case(path.read_bytes(), knowledge, name=path.name)
        found = [q for q in questions(facts, knowledge) if 0 < len(q.changes) <= most]
    except MtusError:
        return []
    return [
        (q.request, len(q.sets()), by_brute_force(q, knowledge) == q.sets(), by_answer_sets(q, knowledge) == q.sets())
        for q in found
        if not q.found.remaining
    ]


def _work(task: tuple[Path, int]) -> list[tuple[str, int, bool, bool]]:
    return compare(*task)


def main() -> int:
    """Run the comparison, print its counts and every difference, and return the exit code."""
    parser = argparse.ArgumentParser(description="Hold the search for changes against brute force and an answer-set program.")
    parser.add_argument("--changes", type=int, default=8, help="the most changes that a case may have to choose from (default 8)")
    parser.add_argument("--step", type=int, default=1, help="take only every so many case files (default 1)")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    console = Console()
    tasks = [(path, options.changes) for path in case_files(options.step)]
    asked, sets, differing = 0, 0, 0
    with Pool(options.processes) as pool:
        for found in track(pool.imap_unordered(_work, tasks, chunksize=2), "search against the others", total=len(tasks), console=console):
            for request, count, brute, answer_sets in found:
                asked, sets = asked + 1, sets + count
                if not (brute and answer_sets):
                    differing += 1
                    console.print(
                        request, "brute force", "agrees" if brute else "differs", "answer sets", "agree" if answer_sets else "differ"
                    )
    console.print(
        f"{asked} requests of {len(tasks)} case files, {sets} minimal sets: {differing} differ from brute force or from the answer sets."
    )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
