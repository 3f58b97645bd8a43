"""What the knowledge offers for made-up cases: treatments, findings, properties, values and limits, read from ontology and shapes.

Nothing here knows a topic, so a new one is covered without code. :mod:`mtus.reasoner.case_builder` makes cases from it.
"""

import re
from dataclasses import dataclass, field

from mtus.reasoner.case_terms import Use, case_terms
from mtus.reasoner.graph import Literal, Term
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import CASE_SHAPES, MTUS
from mtus.reasoner.paths import Predicate, Sequence
from mtus.reasoner.shape_model import Shape

_READ = (MTUS + "Finding", MTUS + "TreatmentCourse")
_LIMITS = ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")
_MENTIONED = re.compile(r"mtus:(\w+)")


@dataclass
class Material:
    """What the knowledge offers for cases.

    ``limits`` are the numbers and dates that shapes hold a property against, ``windows`` the numbers of days, ``named`` the
    individuals and ``mentioned`` the properties that shapes and definitions name. ``required``, ``single``, ``bounds`` and
    ``ordered`` are what the case shapes ask. ``read`` are the classes of findings and courses that the shapes of a request
    class read, ``asked`` the treatments by which a request comes under a class that shapes target.
    """

    knowledge: Knowledge
    limits: dict[str, set[str]] = field(default_factory=dict)
    windows: set[int] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    mentioned: set[str] = field(default_factory=set)
    required: dict[str, set[str]] = field(default_factory=dict)
    choices: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    fixed: dict[str, Term] = field(default_factory=dict)
    single: set[str] = field(default_factory=set)
    bounds: dict[str, tuple[float, float]] = field(default_factory=dict)
    ordered: set[tuple[str, str]] = field(default_factory=set)
    read: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rules, guidelines = self.knowledge.rules, self.knowledge.guidelines
        self.terms = case_terms(self.knowledge)
        self._uses: dict[str, list[Use]] = {}
        self._required: dict[str, list[str]] = {}
        found = [*rules.by_class.values(), *rules.by_link.values(), *rules.by_value.values()]
        self.definitions = list(dict.fromkeys(definition for several in found for definition in several))
        self.named.update(value for d in self.definitions for _, value in d.values if isinstance(value, str))
        self.mentioned.update(p for d in self.definitions for p, _ in (*d.values, *d.some))
        self.mentioned.update(prop for prop, domains in rules.domains.items() if domains)
        self.dates = {number: day for day, number in self.terms.day_numbers.items()}
        for shape in self.knowledge.shape_model.targeted.values():
            for target in shape.targets:
                if shape.iri.startswith(CASE_SHAPES):
                    self._read_case_shape(shape, target)
                else:
                    self._read_shape(shape, target)
        self.treatments, self.findings, self.conditions, self.documents = (
            self._plain_classes(MTUS + kind) for kind in ("Treatment", "Finding", "Condition", "Document")
        )
        asked = {treatment: self.request_classes(treatment) for treatment in self.treatments}
        targets = {target for found in asked.values() for target in found}.intersection(self.read)
        self.asked = {target: [t for t, found in asked.items() if target in found] for target in sorted(targets)}
        days = {day for e in guidelines.editions.values() for day in (e.effective_from, e.effective_to, e.selects_from)}
        self.edition_days = sorted(day for day in days if day)
        self.links = sorted(self.terms.derivations - {MTUS + "dependsOn"})

    def kinds(self, cls: str) -> frozenset[str]:
        """Return ``cls`` and the classes above it."""
        return self.terms.kinds(frozenset((cls,)))

    def narrower(self, cls: str, among: list[str]) -> list[str]:
        """Return the classes ``among`` that are ``cls`` or below it."""
        return [c for c in among if cls in self.kinds(c)]

    def uses(self, cls: str) -> list[Use]:
        """Return the properties with plain values that a thing of class ``cls`` may have."""
        if cls not in self._uses:
            usable = self.terms.usable_on(self.kinds(cls))
            plain = (use for use in usable if (use.property.datatype or use.terms) and not use.property.is_derived)
            self._uses[cls] = sorted(plain, key=lambda use: use.property.iri)
        return self._uses[cls]

    def required_of(self, cls: str) -> list[str]:
        """Return the properties that the case shapes require of a thing of class ``cls``, in order."""
        if cls not in self._required:
            asked = {prop for above in self.kinds(cls) for prop in self.required.get(above, ())}
            # of alternatives the first is the usual one
            usual = {props[0] for props in self.choices_of(cls) if asked.isdisjoint(props)}
            self._required[cls] = sorted(asked | usual)
        return self._required[cls]

    def narrower_documents(self, cls: str) -> list[str]:
        """Return the classes of documents that come under ``cls``, by name or by definition."""
        return self.narrower(cls, self.documents)

    def read_for(self, treatment: str) -> list[str]:
        """Return the classes of findings and courses that the shapes for requests of ``treatment`` read."""
        found = self.request_classes(treatment) | self.kinds(MTUS + "TreatmentRequest")
        return sorted({cls for target, classes in self.read.items() if target in found for cls in classes})

    def delivered(self, course: str) -> list[str]:
        """Return the treatments that a course has to deliver to be one of class ``course``."""
        above = self.kinds(course)
        fillers = {f for d in self.definitions if d.head in above for p, f in d.some if p == MTUS + "deliversTreatment"}
        return [t for t in self.treatments if fillers & self.kinds(t)]

    def request_classes(self, treatment: str) -> set[str]:
        """Return the classes that a request for ``treatment`` may come under; more may be needed for some of them."""
        above, common = self.kinds(treatment), self.kinds(MTUS + "TreatmentRequest")
        found = [d.head for d in self.definitions for p, filler in d.some if p == MTUS + "requestsTreatment" and filler in above]
        for current in found:
            heads = [d.head for d in self.definitions if current in d.classes]
            found += [c for c in dict.fromkeys((*sorted(self.kinds(current)), *heads)) if c not in found and c not in common]
        return set(found)

    def _plain_classes(self, kind: str) -> list[str]:
        """Return the classes of ``kind`` that imply no value, so that stating one never contradicts another statement."""
        implied = self.knowledge.rules.implied_values
        return sorted(c for c in self.terms.classes if kind in self.kinds(c) and not any(a in implied for a in self.kinds(c)))

    def choices_of(self, cls: str) -> list[tuple[str, ...]]:
        """Return the properties of which a thing of class ``cls`` has just one, for each such choice."""
        return [props for above in sorted(self.kinds(cls)) for props in self.choices.get(above, ())]

    def _read_case_shape(self, shape: Shape, target: str) -> None:
        for c in shape.constraints:
            told = [(part.path.iri, part.constraints) for part in c.shapes if isinstance(part.path, Predicate)]
            if c.kind in ("or", "xone") and len(told) == len(c.shapes):
                self.choices.setdefault(target, []).append(tuple(self.dates.get(prop, prop) for prop, _ in told))
                self.fixed |= {prop: k.values[0] for prop, constraints in told for k in constraints if k.kind == "hasValue"}
        for part in shape.property_shapes:
            if not isinstance(part.path, Predicate):
                continue
            prop = self.dates.get(part.path.iri, part.path.iri)
            for c in part.constraints:
                value = c.values[0] if c.values else ""
                if c.kind == "minCount":
                    self.required.setdefault(target, set()).add(prop)
                elif c.kind == "maxCount":
                    self.single.add(prop)
                elif c.kind == "lessThanOrEquals":
                    pair = (prop, self.dates.get(str(value), str(value)))
                    self.ordered.add(pair)
                    self.single.update(pair)
                elif c.kind in _LIMITS and isinstance(value, Literal):
                    low, high = self.bounds.get(prop, (0, 10_000))
                    limit = float(value.value)
                    within = {"minInclusive": limit, "maxInclusive": limit, "minExclusive": limit + 0.5, "maxExclusive": limit - 0.5}[
                        c.kind
                    ]
                    self.bounds[prop] = (within, high) if c.kind.startswith("min") else (low, within)

    def _read_shape(self, shape: Shape, target: str, end: str = "") -> None:
        """Collect what ``shape``, for requests of class ``target`` or for the values of ``end``, names and holds them against."""
        for component, parameters in shape.components:
            self._read_component(component.select, parameters, target)
        if shape.path is not None:
            last = shape.path.steps[-1] if isinstance(shape.path, Sequence) else shape.path
            end = last.iri if isinstance(last, Predicate) else ""
            self.mentioned.add(self.dates.get(end, end))
        for c in shape.constraints:
            for value in c.values:
                if isinstance(value, Literal) and c.kind in _LIMITS:
                    self.limits.setdefault(self.dates.get(end, end), set()).add(value.value)
                elif isinstance(value, str) and c.kind == "class":
                    self._reads(target, value)
                elif isinstance(value, str):
                    self.named.add(value)
            for nested in c.shapes:
                self._read_shape(nested, target, end)

    def _read_component(self, select: str, parameters: tuple[tuple[str, Term], ...], target: str) -> None:
        numbers = [value.value for _, value in parameters if isinstance(value, Literal)]
        for _, value in parameters:
            if isinstance(value, str):
                self._reads(target, value)
        for name in _MENTIONED.findall(select):
            self.mentioned.add(self.dates.get(MTUS + name, MTUS + name))
            if MTUS + name in self.dates:
                self.windows.update(int(float(number)) for number in numbers)
            else:
                self.limits.setdefault(MTUS + name, set()).update(numbers)

    def _reads(self, target: str, cls: str) -> None:
        if self.kinds(cls).intersection(_READ):
            self.read.setdefault(target, set()).add(cls)
