"""Which terms of the ontology a case may use, and where: compiled once from the annotations of the ontology.

``mtus:usedOn`` names the classes of things that a property may stand on, ``mtus:refersTo`` the classes of things that it may
point to. They are annotations and no axioms: a domain or a range would turn a mistake into an inferred type. A property
without ``mtus:usedOn`` belongs to the guideline or to determinations, and has no place in a case.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import Final

from mtus.reasoner.axioms import Rules
from mtus.reasoner.graph import Graph, Term
from mtus.reasoner.kinds import kinds_of
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, OWL, RDFS, XSD
from mtus.reasoner.remembered import Remembered
from mtus.reasoner.vocabulary import Property, Vocabulary

_STRING: Final = XSD + "string"
# Dates and numbers recur from case to case; more than these many values of one property are no help.
_MOST_REMEMBERED: Final = 20_000
CASE_CLASS: Final = MTUS + "Case"


@dataclass(frozen=True)
class Use:
    """How one property may be used in a case.

    ``used_on`` are the classes of things it may stand on (``owl:Thing``: all of a case). ``refers_to`` are the classes of things it
    may point to, empty where the ontology leaves that open. ``terms`` are the vocabulary individuals, or the classes, that are its
    values, empty where it does not take its values from a vocabulary. ``accepted`` are values that were checked before, in canonical
    form.
    """

    property: Property
    used_on: frozenset[str]
    refers_to: frozenset[str]
    terms: frozenset[str]
    accepted: dict[Term, Term] = field(default_factory=dict, compare=False, repr=False)

    def remember(self, value: Term, found: Term) -> None:
        """Remember that ``value`` was accepted, as ``found``, where the same value is likely in other cases: numbers, dates and terms."""
        if self.property.datatype == _STRING or (value.__class__ is str and value not in self.terms):
            return
        if len(self.accepted) > _MOST_REMEMBERED:
            self.accepted.clear()
        self.accepted[value] = found


@dataclass(frozen=True)
class CaseTerms:
    """What a case may say.

    ``uses`` are its properties by IRI, ``names`` the same by their key in plain JSON. ``classes`` are the classes of which a case
    may hold things, ``defined`` those that have a definition: they are inferred from facts and never stated, since rules do not
    take a definition apart. ``places`` are the most general of them, those that ``mtus:refersTo`` names. ``derivations`` are the
    properties by which a request depends on another. ``day_numbers`` names for each date property the one that holds it as a day
    number.
    """

    uses: dict[str, Use]
    names: dict[str, Use]
    classes: frozenset[str]
    defined: frozenset[str]
    places: frozenset[str]
    derivations: frozenset[str]
    day_numbers: dict[str, str]
    vocabulary: Vocabulary
    _rules: Rules

    def kinds(self, types: frozenset[str]) -> frozenset[str]:
        """Return ``types`` and every class that they entail by themselves, ``owl:Thing`` included."""
        return self._kinds[types]

    @cached_property
    def _kinds(self) -> Remembered[frozenset[str], frozenset[str]]:
        return Remembered(partial(kinds_of, rules=self._rules))

    def nearest(self, word: str, among: Iterable[str]) -> str | None:
        """Return the term ``among`` that is spelt most like ``word``, or None; long words are compared with nothing."""
        return self.vocabulary.nearest(word, among) if len(word) <= 200 else None

    def usable_on(self, kinds: frozenset[str]) -> list[Use]:
        """Return the properties that a thing of ``kinds`` may have."""
        return [use for use in self.uses.values() if not use.used_on.isdisjoint(kinds)]


def case_terms(knowledge: Knowledge) -> CaseTerms:
    """Return the terms for cases under ``knowledge``; compiled at the first call for it."""
    return _compiled(_Key(knowledge.ontology, knowledge))


@dataclass(frozen=True)
class _Key:
    """A knowledge by its ontology alone, which is what the terms depend on."""

    ontology: Graph
    knowledge: Knowledge = field(compare=False)


@lru_cache(maxsize=8)
def _compiled(key: _Key) -> CaseTerms:
    ontology, knowledge = key.ontology, key.knowledge
    vocabulary, rules = knowledge.vocabulary, knowledge.rules
    kinds = {cls: kinds_of((cls,), rules) for cls in vocabulary.classes}
    uses = {
        iri: _use(prop, ontology, vocabulary, rules) for iri, prop in vocabulary.properties.items() if ontology.nodes(iri, MTUS + "usedOn")
    }
    places = _places(uses, kinds)
    defined = frozenset(cls for cls, _, meaning in ontology.with_predicate(OWL + "equivalentClass") if str(meaning).startswith("_:"))
    return CaseTerms(
        uses=uses,
        names={use.property.json_name: use for use in uses.values() if not use.property.is_derived},
        classes=frozenset(cls for cls in vocabulary.classes - defined if not kinds[cls].isdisjoint(places)),
        defined=defined,
        places=places,
        derivations=_sub_properties(MTUS + "dependsOn", ontology),
        day_numbers={p.iri: p.day_number for p in vocabulary.properties.values() if p.day_number},
        vocabulary=vocabulary,
        _rules=rules,
    )


def _use(prop: Property, ontology: Graph, vocabulary: Vocabulary, rules: Rules) -> Use:
    terms: Iterable[str] = ()
    if prop.names_kinds:
        terms = (cls for cls in vocabulary.classes if prop.values_from in kinds_of((cls,), rules))
    elif prop.values_from:
        terms = (i for i in vocabulary.individuals if prop.values_from in kinds_of(ontology.types(i), rules))
    return Use(
        prop, frozenset(ontology.nodes(prop.iri, MTUS + "usedOn")), frozenset(ontology.nodes(prop.iri, MTUS + "refersTo")), frozenset(terms)
    )


def _places(uses: dict[str, Use], kinds: dict[str, frozenset[str]]) -> frozenset[str]:
    """Return the classes of things that can be reached from a case along its properties."""
    found = {CASE_CLASS}
    while True:
        reached = frozenset().union(*(kinds.get(cls, frozenset((cls,))) for cls in found))
        usable = [
            u
            for u in uses.values()
            if not u.used_on.isdisjoint(reached) or any(not kinds.get(c, frozenset()).isdisjoint(found) for c in u.used_on)
        ]
        fresh = {cls for use in usable for cls in use.refers_to} - found
        if not fresh:
            return frozenset(found)
        found |= fresh


def _sub_properties(top: str, ontology: Graph) -> frozenset[str]:
    found, agenda = {top}, [top]
    while agenda:
        subs = [s for s in ontology.subjects(RDFS + "subPropertyOf", agenda.pop()) if s not in found]
        found.update(subs)
        agenda += subs
    return frozenset(found)
