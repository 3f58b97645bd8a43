"""The tools for making cases up: names, triples, and values that lie near the limits of the shapes.

:mod:`mtus.reasoner.synthesize` makes realistic cases with them; the tests make cases that are as unlike one another as they can be.
"""

from datetime import date, timedelta
from math import ceil
from random import Random

from mtus.reasoner.case_material import Material
from mtus.reasoner.case_terms import Use
from mtus.reasoner.graph import Literal, Term, Triple
from mtus.reasoner.namespaces import MTUS, TYPE, XSD
from mtus.reasoner.vocabulary import Property

_SMALL = (0, 1, 2, 3, 7)
_DAYS = (0, 1, 7, 30)


class CaseBuilder:
    """Collects the triples of one case; ``blank`` are the words for things that get no identifier, ``day`` is about when it all is."""

    def __init__(self, material: Material, rng: Random, case: str) -> None:
        self.m = material
        self.rng = rng
        self.case = case
        self.triples: list[Triple] = []
        self.counts: dict[str, int] = {}
        self.blank: tuple[str, ...] = ()
        self.day = date(2015, 8, 18)

    def start(self) -> None:
        """Say that this is a case, and that it is synthetic."""
        self.say(self.case, TYPE, MTUS + "Case")
        self.say(self.case, MTUS + "synthetic", Literal("true", XSD + "boolean"))

    def say(self, subject: str, predicate: str, value: Term) -> None:
        """Add a triple."""
        self.triples.append((subject, predicate, value))

    def link(self, subject: str, name: str, value: str) -> None:
        """Add a triple whose property is the term ``name`` of the ontology."""
        self.say(subject, MTUS + name, value)

    def name(self, word: str) -> str:
        """Return a new name for a thing of the kind ``word``."""
        self.counts[word] = number = self.counts.get(word, 0) + 1
        return f"_:{word}{number}" if word in self.blank else f"{self.case}/{word}-{number}"

    # Values

    def values(self, use: Use) -> list[Term]:
        """Return values for a property, several only where the case shapes allow several."""
        prop, rng = use.property, self.rng
        several = prop.iri not in self.m.single and not prop.is_reading
        if not use.terms:
            return [self.literal(prop) for _ in range(1 + (several and rng.random() < 0.05))]
        terms = sorted(use.terms)
        named = [term for term in terms if term in self.m.named]
        if named and rng.random() < 0.7:
            terms = named
        return list(rng.sample(terms, min(rng.choice((1, 1, 1, 2, 3)) if several else 1, len(terms))))

    def literal(self, prop: Property) -> Literal:
        """Return a literal of the property's datatype."""
        datatype = prop.datatype
        if datatype == XSD + "date":
            return Literal(self.date(prop.iri).isoformat(), datatype)
        if datatype == XSD + "boolean":
            return Literal(self.rng.choice(("true", "false")), datatype)
        if datatype == XSD + "string":
            return Literal(f"text {self.rng.randrange(1000)}", datatype)
        return Literal(self.number(prop), datatype)

    def number(self, prop: Property) -> str:
        """Return a number, mostly at or beside a limit that some shape sets."""
        limits = sorted(float(text) for text in self.m.limits.get(prop.iri, ()))
        steps = (-1, 0, 1) if prop.datatype == XSD + "integer" else (-1, -0.5, 0, 0.5, 1)
        low, high = self.m.bounds.get(prop.iri, (0, 10_000))
        low = ceil(low) if prop.datatype == XSD + "integer" else low
        near = sorted({min(max(limit + step, low), high) for limit in limits for step in steps})
        chosen = self.rng.choice(near) if near and self.rng.random() < 0.8 else min(max(self.rng.choice(_SMALL), low), high)
        return f"{chosen:g}" if prop.datatype == XSD + "decimal" else str(int(chosen))

    def date(self, prop: str) -> date:
        """Return a day, mostly as far from the day of the case as some window of days reaches."""
        limits = sorted(self.m.limits.get(prop, ()))
        if limits and self.rng.random() < 0.5:
            return date.fromisoformat(self.rng.choice(limits)) + timedelta(days=self.rng.randrange(-1, 2))
        away = self.rng.choice(sorted({*_DAYS, *self.m.windows})) + self.rng.randrange(-1, 2)
        return self.day + timedelta(days=away * self.rng.choice((-1, 1)))
