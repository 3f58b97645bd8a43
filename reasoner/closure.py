"""The conclusions of :mod:`mtus.reasoner.infer` without the reasons for them: what a batch needs, at a tenth of the time.

The same axioms are applied: property axioms one property after another, in the order in which they depend on each other, and class
axioms by looking kinds up (:mod:`mtus.reasoner.kinds`). The tests hold both against each other on every case. Whoever asks why
something holds has to use :func:`mtus.reasoner.infer.infer`.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from functools import cached_property
from typing import Any

from mtus.reasoner.axioms import Rules
from mtus.reasoner.graph import Graph, Term, Triple
from mtus.reasoner.infer import infer
from mtus.reasoner.kinds import Kind, Kinds, holds
from mtus.reasoner.namespaces import TYPE

Table = dict[Any, list[Term]]
# Beyond so many values of one thing, a set says faster than the list whether one is there already.
_LONG = 24


class ClosedGraph(Graph):
    """Facts and conclusions of one case, to be read only. Types are kept apart from the other properties."""

    def __init__(self, forward: dict[str, Table], kinds: Mapping[Any, Kind]) -> None:
        self.forward = forward
        self.kinds = kinds
        self._backward = {}

    @cached_property
    def _types(self) -> dict[Any, Set[Term]]:
        return {thing: kind.classes for thing, kind in self.kinds.items()}

    def classes(self) -> Mapping[Any, Set[Term]]:
        """Return the classes of each thing that has any."""
        return self._types

    def classes_of(self, subject: Term) -> frozenset[Term]:
        """Return the classes of one thing."""
        kind = self.kinds.get(subject)
        return kind.classes if kind is not None else frozenset()

    def with_value(self, subject: str, predicate: str, value: Term) -> "ClosedGraph":
        """Return a graph in which ``value`` is what ``subject`` has under ``predicate``; right only where no axiom reads its values."""
        table = {**self.forward[predicate], subject: [value]}
        return ClosedGraph({**self.forward, predicate: table}, self.kinds)

    def add(self, triple: Triple) -> bool:
        """Refuse: what follows from another triple would be missing."""
        raise TypeError("a closed graph is read only")

    def __contains__(self, triple: Triple) -> bool:
        return triple[2] in self.objects(triple[0], triple[1])

    def __iter__(self) -> Iterator[Triple]:
        for predicate, table in self.forward.items():
            for subject, values in table.items():
                for value in values:
                    yield subject, predicate, value
        for thing, kind in self.kinds.items():
            for cls in kind.classes:
                yield thing, TYPE, cls

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def objects(self, subject: Term, predicate: str) -> list[Term]:
        """Return the objects of ``subject`` under ``predicate``."""
        if predicate == TYPE:
            kind = self.kinds.get(subject) if isinstance(subject, str) else None
            return sorted(kind.classes) if kind else []
        table = self.forward.get(predicate)
        return table.get(subject, []) if table is not None else []

    def subjects(self, predicate: str, value: Term) -> list[str]:
        """Return the subjects that have ``value`` under ``predicate``."""
        if predicate == TYPE:
            return [thing for thing, kind in self.kinds.items() if value in kind.classes]
        return super().subjects(predicate, value)

    def with_predicate(self, predicate: str) -> list[Triple]:
        """Return all triples with ``predicate``."""
        return [t for t in self if t[1] == TYPE] if predicate == TYPE else super().with_predicate(predicate)


class ClosureRules:
    """The axioms, arranged for :func:`closure`; made once for a body of knowledge."""

    def __init__(self, rules: Rules, background: Mapping[str, tuple[Triple, ...]]) -> None:
        self.rules = rules
        self.background = background
        self.kinds = Kinds(rules)
        self.domains = {prop: [cls for cls, _ in found] for prop, found in rules.domains.items() if found}
        makers = _makers(rules)
        self.groups = _in_order(makers)
        # the properties whose values, not only their presence, make a difference to what follows
        self.read = {part for found in makers.values() for _, parts in found for part in parts} | {prop for prop, _ in rules.by_value}


# How a property follows from others: (kind of axiom, the properties that it reads).
_Maker = tuple[str, tuple[str, ...]]


def _makers(rules: Rules) -> dict[str, list[_Maker]]:
    makers: dict[str, list[_Maker]] = {}
    for prop, found in rules.super_properties.items():
        for sup, _ in found:
            makers.setdefault(sup, []).append(("copy", (prop,)))
    for prop, inverses in rules.inverses.items():
        for inverse, _ in inverses:
            makers.setdefault(inverse, []).append(("inverse", (prop,)))
    chains = {(head, parts) for found in rules.chains.values() for parts, _, head, _ in found}
    for head, parts in sorted(chains):
        makers.setdefault(head, []).append(("chain", parts))
    for prop in rules.transitive:
        makers.setdefault(prop, []).append(("chain", (prop, prop)))
    return makers


def _in_order(makers: dict[str, list[_Maker]]) -> list[tuple[list[tuple[str, _Maker]], bool]]:
    """Return the makers in groups, each after those that it reads; True where a group reads what it makes itself."""
    reads = {prop: {part for _, parts in found for part in parts} for prop, found in makers.items()}
    below = {prop: _reached(prop, reads) for prop in makers}
    groups: dict[frozenset[str], None] = {}
    # what is read has fewer properties below it than what reads it
    for prop in sorted(makers, key=lambda p: (len(below[p] | {p}), p)):
        groups[frozenset(other for other in makers if other == prop or (other in below[prop] and prop in below[other]))] = None
    return [([(prop, maker) for prop in sorted(group) for maker in makers[prop]], any(p in below[p] for p in group)) for group in groups]


def _reached(start: str, reads: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    agenda = list(reads[start])
    while agenda:
        prop = agenda.pop()
        if prop not in found:
            found.add(prop)
            agenda += reads.get(prop, ())
    return found


def closure(facts: Iterable[Triple], rules: ClosureRules) -> ClosedGraph:
    """Return ``facts`` with everything that follows from them.

    Raises :class:`CaseError` where the facts contradict a disjointness axiom, in the words of :func:`mtus.reasoner.infer.infer`.
    """
    work = ClosureWork(rules)
    facts = list(facts)
    for triple in facts:
        work.state(triple)
    work.run()
    if any(kind.is_impossible for kind in work.kinds.values()):
        infer(facts, rules.rules, rules.background)
    return ClosedGraph(work.forward, work.kinds)


class ClosureWork:
    """A closure in the making; :mod:`mtus.reasoner.more_facts` makes another from one that is there."""

    def __init__(self, rules: ClosureRules) -> None:
        self.rules = rules
        self.background = rules.background
        self.forward: dict[str, Table] = {}
        self.stated: dict[str, set[str]] = {}
        self.kinds: dict[Any, Kind] = {}
        self.mentioned: set[str] = set()
        self.long: dict[int, set[Term]] = {}

    def state(self, triple: Triple) -> None:
        """Take in one fact, and what the background says of its value."""
        subject, predicate, value = triple
        if predicate == TYPE:
            if value.__class__ is str:
                self.stated.setdefault(subject, set()).add(value)
        else:
            table = self.forward.get(predicate)
            if table is None:
                self.forward[predicate] = {subject: [value]}
            else:
                values = table.get(subject)
                if values is None:
                    table[subject] = [value]
                else:
                    self.add(values, value)
        if value in self.background and value not in self.mentioned:
            self.mentioned.add(value)  # type: ignore[arg-type]  # what the background speaks of is no literal
            for known in self.background[value]:  # type: ignore[index]
                self.state(known)

    def add(self, values: list[Term], value: Term) -> bool:
        """Add ``value`` to ``values`` where it is not there; return whether it is new."""
        if len(values) > _LONG:
            known = self.long.get(id(values))
            if known is None or len(known) != len(values):
                known = self.long[id(values)] = set(values)
            if value in known:
                return False
            known.add(value)
        elif value in values:
            return False
        values.append(value)
        return True

    def run(self) -> None:
        """Work out everything that follows from the facts."""
        kinds, forward = self.rules.kinds, self.forward
        while True:
            self.properties()
            for prop, classes in self.rules.domains.items():
                for subject in forward.get(prop, ()):
                    self.stated.setdefault(subject, set()).update(classes)
            for subject, stated in self.stated.items():
                known = self.kinds.get(subject)
                self.kinds[subject] = kinds.of(frozenset(stated) if known is None else known.classes | stated)
            self.grow()
            if not self.imply():
                return

    def properties(self) -> None:
        """Add what property axioms say, one property after those that it follows from."""
        for makers, is_recursive in self.rules.groups:
            while True:
                is_new = False
                for prop, (how, parts) in makers:
                    if parts[0] in self.forward and self.make(prop, how, parts):
                        is_new = True
                if not (is_new and is_recursive):
                    break

    def make(self, prop: str, how: str, parts: tuple[str, ...]) -> bool:
        """Add what one axiom says of ``prop``; return whether anything is new."""
        source = self.forward[parts[0]]
        table = self.forward.get(prop)
        if table is None:
            table = self.forward[prop] = {}
        is_new = False
        if how == "inverse":
            pairs: Iterable[tuple[str, Term]] = [(o, s) for s, values in list(source.items()) for o in values if o.__class__ is str]
        elif how == "copy":
            pairs = [(s, o) for s, values in list(source.items()) for o in values]
        else:
            pairs = self.chained(source, parts)
        for subject, value in pairs:
            values = table.get(subject)
            if values is None:
                table[subject] = [value]
                is_new = True
            elif self.add(values, value):
                is_new = True
        if not table:
            del self.forward[prop]
        return is_new

    def chained(self, source: Table, parts: tuple[str, ...]) -> list[tuple[str, Term]]:
        """Return the pairs of things and values between which the properties ``parts`` lead; ``source`` has the first."""
        pairs: list[tuple[str, Term]] = [(s, o) for s, values in source.items() for o in values]
        for part in parts[1:]:
            table = self.forward.get(part)
            if table is None:
                return []
            pairs = [(s, o) for s, middle in pairs if middle in table for o in table[middle]]
        return pairs

    def grow(self) -> None:
        """Let definitions say what else the things are, until nothing new follows."""
        kinds, forward, none = self.kinds, self.forward, self.rules.kinds.none
        if none.is_open:
            for subject in {s for table in forward.values() for s in table}:
                kinds.setdefault(subject, none)
        # what others refer to mostly stands later in a case than what refers to it, so this order needs fewer rounds
        self.grow_from([thing for thing, kind in reversed(kinds.items()) if kind.is_open])

    def grow_from(self, agenda: list[Any]) -> None:
        """Let definitions say what else the things of ``agenda`` are, until nothing new follows of any of them."""
        kinds = self.kinds
        while agenda:
            changed, again = False, []
            for thing in agenda:
                kind = kinds[thing]
                while (grown := self.grown(thing, kind)) is not kind:
                    kind = kinds[thing] = grown
                    changed = True
                if kind.by_link or kind.others:
                    again.append(thing)
            # values stay as they are, but what others are may have changed
            agenda = again if changed else []

    def grown(self, thing: str, kind: Kind) -> Kind:
        """Return what ``thing`` of ``kind`` is when the definitions are applied to it once."""
        forward, kinds = self.forward, self.kinds
        heads: frozenset[str] = frozenset()
        for prop, by_value in kind.by_value.items():
            table = forward.get(prop)
            if table is not None:
                for value in table.get(thing, ()):
                    if value in by_value:
                        heads |= by_value[value]
        for prop, added in kind.added.items():
            table = forward.get(prop)
            if table is not None and thing in table:
                for value in table[thing]:
                    other = kinds.get(value)
                    if other is not None:
                        found = added.get(other)
                        heads |= kind.added_by(prop, other) if found is None else found
        for definition in kind.others:
            if holds(definition, thing, forward, kinds):
                heads |= {definition.head}
        return self.rules.kinds.grown(kind, heads) if heads else kind

    def imply(self) -> bool:
        """State the values that classes imply; return whether any is new."""
        is_new = False
        for thing, kind in self.kinds.items():
            for prop, value in kind.implied:
                table = self.forward.setdefault(prop, {})
                is_new = self.add(table.setdefault(thing, []), value) or is_new
        return is_new
