"""The compiled axioms by what they read: one look-up for the class or the property of a new triple, however many axioms read it."""

from functools import lru_cache
from typing import NamedTuple

from mtus.reasoner.axioms import Axiom, Definition, Rules
from mtus.reasoner.graph import Term


class OfClass(NamedTuple):
    """What may follow from a thing being of a class; ``fillers`` are definitions of what has the thing as a value of a property."""

    super_classes: tuple[tuple[str, Axiom], ...]
    implied_values: tuple[tuple[str, Term, Axiom], ...]
    definitions: tuple[Definition, ...]
    fillers: tuple[tuple[str, Definition], ...]


class OfProperty(NamedTuple):
    """What may follow from a value of a property; ``values`` are definitions by the value, ``links`` by a class of the value."""

    super_properties: tuple[tuple[str, Axiom], ...]
    domains: tuple[tuple[str, Axiom], ...]
    values: dict[Term, list[Definition]]
    links: dict[Term, list[Definition]]
    inverses: tuple[tuple[str, Axiom], ...]
    transitive: Axiom | None
    chains: tuple[tuple[tuple[str, ...], int, str, Axiom], ...]


class AxiomIndex(NamedTuple):
    """All axioms, by class and by property; what no axiom reads is absent."""

    of_class: dict[Term, OfClass]
    of_property: dict[str, OfProperty]


@lru_cache(maxsize=8)
def index_of(rules: Rules) -> AxiomIndex:
    """Return ``rules`` by what they read; worked out once for each."""
    classes = {*rules.super_classes, *rules.implied_values, *rules.by_class, *rules.by_filler}
    of_class: dict[Term, OfClass] = {
        cls: OfClass(
            tuple(rules.super_classes.get(cls, ())),
            tuple(rules.implied_values.get(cls, ())),
            tuple(rules.by_class.get(cls, ())),
            tuple(rules.by_filler.get(cls, ())),
        )
        for cls in classes
    }
    pairs = {prop for prop, _ in (*rules.by_value, *rules.by_link)}
    properties = pairs.union(rules.super_properties, rules.domains, rules.inverses, rules.transitive, rules.chains)
    of_property = {
        prop: OfProperty(
            tuple(rules.super_properties.get(prop, ())),
            tuple(rules.domains.get(prop, ())),
            {value: found for (about, value), found in rules.by_value.items() if about == prop},
            {filler: found for (about, filler), found in rules.by_link.items() if about == prop},
            tuple(rules.inverses.get(prop, ())),
            rules.transitive.get(prop),
            tuple(rules.chains.get(prop, ())),
        )
        for prop in properties
    }
    return AxiomIndex(of_class, of_property)
