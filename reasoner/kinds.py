"""What class axioms make of a thing, worked out once for each combination of classes and looked up from then on.

Most things of most cases have one of few combinations of classes. A :class:`Kind` is such a combination, closed under the class axioms,
with what could make the thing more than that: definitions that ask for a value or for the class of something it refers to.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from mtus.reasoner.axioms import Definition, Rules
from mtus.reasoner.graph import Term
from mtus.reasoner.namespaces import OWL

Heads: TypeAlias = frozenset[str]
_NOTHING: Final[Heads] = frozenset()
THING: Final = OWL + "Thing"
# Cases of one kind of file have some hundred combinations of classes; a limit keeps memory bounded whatever comes.
_MOST = 20_000


def kinds_of(types: Iterable[str], rules: Rules) -> frozenset[str]:
    """Return ``types`` and the classes that class axioms alone add to a thing of these types, disjoint or not."""
    found = {*types, THING}
    agenda = list(types)
    while agenda:
        cls = agenda.pop()
        implied = [above for above, _ in rules.super_classes.get(cls, ())]
        implied += [d.head for d in rules.by_class.get(cls, ()) if not d.some and not d.values and found.issuperset(d.classes)]
        fresh = [c for c in implied if c not in found]
        found.update(fresh)
        agenda += fresh
    return frozenset(found)


class Kind:
    """A combination of classes.

    ``classes`` are closed under the class axioms, ``implied`` the values that they imply. ``by_value`` and ``by_link`` are, by property,
    what one value, or one class of what it refers to, adds; ``others`` are definitions that ask for more than one such thing.
    ``is_impossible`` where an axiom says that nothing is of all these classes.
    """

    def __init__(self, classes: frozenset[str], rules: Rules) -> None:
        self.classes = classes
        self.implied = tuple((prop, value) for cls in sorted(classes) for prop, value, _ in rules.implied_values.get(cls, ()))
        self.is_impossible = any(second in classes for first in classes for second, _ in rules.disjoint.get(first, ()))
        self.by_value: dict[str, dict[Term, Heads]] = {}
        self.by_link: dict[str, dict[str, Heads]] = {}
        others: list[Definition] = []
        for definition in _open_definitions(classes, rules):
            head = frozenset((definition.head,))
            if len(definition.some) + len(definition.values) > 1:
                others.append(definition)
                continue
            for prop, value in definition.values:
                table = self.by_value.setdefault(prop, {})
                table[value] = table.get(value, _NOTHING) | head
            for prop, filler in definition.some:
                links = self.by_link.setdefault(prop, {})
                links[filler] = links.get(filler, _NOTHING) | head
        self.others = tuple(others)
        # what things of other kinds have been found to add, by property
        self.added: dict[str, dict[Kind, Heads]] = {prop: {} for prop in self.by_link}
        self.is_open = bool(self.by_value or self.by_link or self.others)

    def added_by(self, prop: str, other: "Kind") -> Heads:
        """Return the classes that a thing of this kind has more where it refers by ``prop`` to a thing of the kind ``other``."""
        fillers = self.by_link[prop]
        found = self.added[prop][other] = _NOTHING.union(*(heads for filler, heads in fillers.items() if filler in other.classes))
        return found


def _open_definitions(classes: frozenset[str], rules: Rules) -> list[Definition]:
    """Return the definitions whose classes are among ``classes`` and whose head is not, each once."""
    # a definition without a named class is found by no class
    known = [*(d for cls in sorted(classes) for d in rules.by_class.get(cls, ())), *rules.without_class]
    fitting = (d for d in known if (d.some or d.values) and d.head not in classes and classes.issuperset(d.classes))
    return list({id(d): d for d in fitting}.values())


class Kinds:
    """All kinds that have been met, under one set of rules."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._stated: dict[frozenset[str], Kind] = {}
        self._closed: dict[frozenset[str], Kind] = {}
        self.none = self.of(frozenset())

    def of(self, classes: frozenset[str]) -> Kind:
        """Return the kind of a thing that is stated to be of ``classes``."""
        found = self._stated.get(classes)
        if found is None:
            if len(self._stated) > _MOST:
                self._stated.clear()
                self._closed.clear()
            closed = kinds_of(classes, self._rules) - {THING}
            found = self._closed.get(closed)
            if found is None:
                found = self._closed[closed] = Kind(closed, self._rules)
            self._stated[classes] = found
        return found

    def grown(self, kind: Kind, heads: Heads) -> Kind:
        """Return what a thing of ``kind`` is that is of the classes ``heads`` too."""
        return self.of(kind.classes | heads)


def holds(definition: Definition, subject: str, forward: Mapping[str, Mapping[Any, Iterable[Term]]], kinds: Mapping[Any, Kind]) -> bool:
    """Return whether the values and references of ``subject`` are those that ``definition`` asks for."""
    for prop, value in definition.values:
        if value not in forward.get(prop, {}).get(subject, ()):
            return False
    for prop, filler in definition.some:
        others = (kinds.get(o) for o in forward.get(prop, {}).get(subject, ()))
        if not any(other is not None and filler in other.classes for other in others):
            return False
    return True
