"""What follows when facts are added to a case whose conclusions are known: only what is new is worked out.

Whoever tries many changes of one case would work out the same conclusions each time. Axioms only ever add, so the conclusions that are
known stay, and the new ones follow from a new fact and whatever else is there. Where facts are taken away there is no such way, and
:func:`mtus.reasoner.closure.closure` starts again. The tests hold both against each other.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from mtus.reasoner.closure import ClosedGraph, ClosureRules, ClosureWork, Table
from mtus.reasoner.graph import Term, Triple
from mtus.reasoner.kinds import Kind
from mtus.reasoner.namespaces import TYPE

# How a property follows from another one: its name, the kind of axiom, the properties that are read, and which of them the other one is.
_Use = tuple[str, str, tuple[str, ...], int]


class More(NamedTuple):
    """A graph with more facts, and the terms of the triples that are new in it: their property, or the class that they state."""

    graph: ClosedGraph
    changed: frozenset[str]


def with_facts(graph: ClosedGraph, facts: Iterable[Triple], rules: ClosureRules) -> More | None:
    """Return ``graph`` with ``facts`` and everything that follows from them; None where facts contradict a disjointness axiom.

    It holds the same as the closure of all facts together; the values of a thing may stand in another order. ``graph`` stays as it is.
    Meant for few facts: for more than are known already, the closure of all of them is faster.
    """
    work = _MoreWork(graph, rules)
    for triple in facts:
        work.state(triple)
    work.run()
    classes = [kind.classes - graph.classes_of(thing) for thing, kind in work.asked.items()]
    if any(work.kinds[thing].is_impossible for thing in work.asked):
        return None
    return More(ClosedGraph(work.forward, work.kinds), frozenset(work.copied.union(*classes)))


@lru_cache(maxsize=4)
def _read(rules: ClosureRules) -> tuple[dict[str, list[_Use]], tuple[str, ...]]:
    """Return what follows from the values of each property, and the properties that lead to things whose class a definition asks for."""
    uses: dict[str, list[_Use]] = {}
    for makers, _ in rules.groups:
        for prop, (how, parts) in makers:
            for position, part in enumerate(parts):
                uses.setdefault(part, []).append((prop, how, parts, position))
    links = {prop for found in rules.rules.by_filler.values() for prop, _ in found}
    return uses, tuple(sorted(links))


class _MoreWork(ClosureWork):
    """Tables and lists of values are those of the graph before, each copied when it is first changed."""

    def __init__(self, before: ClosedGraph, rules: ClosureRules) -> None:
        super().__init__(rules)
        self.forward = dict(before.forward)
        self.kinds = dict(before.kinds)
        self.before = before
        self.uses, self.links = _read(rules)
        self.copied: set[str] = set()
        # values that nothing was concluded from yet, and the things about which something is new
        self.agenda: list[Triple] = []
        self.touched: dict[Any, None] = {}
        # what a thing was when those that refer to it were last looked at
        self.asked: dict[Any, Kind] = {}

    def state(self, triple: Triple) -> None:
        subject, predicate, value = triple
        if predicate == TYPE:
            if value.__class__ is str:
                self.stated.setdefault(subject, set()).add(value)
        else:
            self.put(subject, predicate, value)
        if value in self.background and value not in self.mentioned:
            self.mentioned.add(value)  # type: ignore[arg-type]  # what the background speaks of is no literal
            for known in self.background[value]:  # type: ignore[index]
                self.state(known)

    def put(self, subject: Any, predicate: str, value: Term) -> None:
        """Add a value where it is not there yet."""
        table = self.forward.get(predicate)
        values = table.get(subject, ()) if table is not None else ()
        if value in values:
            return
        if predicate not in self.copied:
            self.copied.add(predicate)
            table = self.forward[predicate] = dict(table or {})
        assert table is not None
        table[subject] = [*values, value]
        self.agenda.append((subject, predicate, value))

    def run(self) -> None:
        while True:
            self.properties()
            self.types()
            self.settle()
            if not self.imply():
                return

    def properties(self) -> None:
        while self.agenda:
            subject, predicate, value = self.agenda.pop()
            self.touched[subject] = None
            if predicate in self.rules.domains:
                self.stated.setdefault(subject, set()).update(self.rules.domains[predicate])
            for prop, how, parts, position in self.uses.get(predicate, ()):
                if how == "copy":
                    self.put(subject, prop, value)
                elif how == "inverse":
                    if value.__class__ is str:
                        self.put(value, prop, subject)
                else:
                    for start in self.leading_to(subject, parts[:position]):
                        for end in self.reached_from(value, parts[position + 1 :]):
                            self.put(start, prop, end)

    def leading_to(self, node: Any, steps: tuple[str, ...]) -> Iterable[Any]:
        """Return the things from which ``steps`` lead to ``node``."""
        found = [node]
        for step in reversed(steps):
            table: Table = self.forward.get(step, {})
            found = [thing for thing, values in table.items() for there in found if there in values]
        return found

    def reached_from(self, node: Any, steps: tuple[str, ...]) -> Iterable[Term]:
        """Return the values to which ``steps`` lead from ``node``."""
        found = [node]
        for step in steps:
            table: Table = self.forward.get(step, {})
            found = [value for thing in found for value in table.get(thing, ())]
        return found

    def types(self) -> None:
        """Give the things the classes that are stated of them, or that follow from their having a property."""
        kinds = self.kinds
        for subject, stated in self.stated.items():
            known = kinds.get(subject)
            if known is None or not known.classes >= stated:
                kinds[subject] = self.rules.kinds.of(frozenset(stated) if known is None else known.classes | stated)
                self.touched[subject] = None
        self.stated.clear()
        if self.rules.kinds.none.is_open:
            for subject in self.touched:
                kinds.setdefault(subject, self.rules.kinds.none)

    def settle(self) -> None:
        """Let definitions say what else the things are about which something is new, and those that refer to what is more now."""
        kinds, known = self.kinds, self.before.kinds
        agenda = list(self.touched)
        while agenda:
            self.grow_from([thing for thing in reversed(agenda) if thing in kinds and kinds[thing].is_open])
            grown = {thing: kind for thing in agenda if (kind := kinds.get(thing)) is not (self.asked.get(thing) or known.get(thing))}
            self.asked.update(grown)
            agenda = self.referring_to(grown) if grown else []

    def referring_to(self, things: Iterable[Any]) -> list[Any]:
        """Return what refers to one of ``things`` by a property by which a definition looks at what it refers to."""
        refers_to_none = frozenset(things).isdisjoint
        tables = [self.forward[prop] for prop in self.links if prop in self.forward]
        return [thing for table in tables for thing, values in table.items() if not refers_to_none(values)]

    def imply(self) -> bool:
        for thing in self.asked:
            for prop, value in self.kinds[thing].implied:
                self.put(thing, prop, value)
        return bool(self.agenda)
