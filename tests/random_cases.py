"""Random cases, well formed by construction, driven by the ontology and the shapes: new topics are covered without code.

What a case consists of (requests, courses, findings and so on) is known here; which treatments, findings, properties, values
and limits there are is read from the knowledge. The same seed and knowledge give the same bytes.
"""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil
from random import Random

from mtus.reasoner.case_terms import Use, case_terms
from mtus.reasoner.graph import Literal, Term, Triple, n_triples
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import CASE, MTUS, TYPE, XSD
from mtus.reasoner.paths import Predicate, Sequence
from mtus.reasoner.shape_model import Shape
from mtus.reasoner.vocabulary import Property

CASE_SHAPES = "https://w3id.org/mtus/shape/case/"
_READ = (MTUS + "Finding", MTUS + "TreatmentCourse")
_LIMITS = ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive")
_MENTIONED = re.compile(r"mtus:(\w+)")
# More blank courses that refer to one blank condition would be refused as a tangle.
_MOST_COURSES = 5
_SMALL = (0, 1, 2, 3, 7)
_DAYS = (0, 1, 7, 30)


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
        asked = {treatment: self._request_classes(treatment) for treatment in self.treatments}
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

    def read_for(self, treatment: str) -> list[str]:
        """Return the classes of findings and courses that the shapes for requests of ``treatment`` read."""
        found = self._request_classes(treatment) | self.kinds(MTUS + "TreatmentRequest")
        return sorted({cls for target, classes in self.read.items() if target in found for cls in classes})

    def delivered(self, course: str) -> list[str]:
        """Return the treatments that a course has to deliver to be one of class ``course``."""
        above = self.kinds(course)
        fillers = {f for d in self.definitions if d.head in above for p, f in d.some if p == MTUS + "deliversTreatment"}
        return [t for t in self.treatments if fillers & self.kinds(t)]

    def _request_classes(self, treatment: str) -> set[str]:
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

    def _read_case_shape(self, shape: Shape, target: str) -> None:
        for c in shape.constraints:
            told = [(part.path.iri, part.constraints) for part in c.shapes if isinstance(part.path, Predicate)]
            if c.kind in ("or", "xone") and len(told) == len(c.shapes):
                self.choices.setdefault(target, []).append(tuple(prop for prop, _ in told))
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


class CaseMaker:
    """Makes random cases from one body of knowledge."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.material = Material(knowledge)

    def triples(self, seed: int) -> tuple[Triple, ...]:
        """Return the triples of case number ``seed``, in an order of no meaning."""
        builder = _Builder(self.material, Random(f"case {seed}"), f"{CASE}random-{seed}")
        builder.build()
        return tuple(dict.fromkeys(builder.triples))

    def with_another_fact(self, seed: int, another: int) -> tuple[tuple[Triple, ...], tuple[Triple, ...]]:
        """Return case number ``seed``, and the same case with one more finding or course that contradicts nothing in it."""
        builder = _Builder(self.material, Random(f"case {seed}"), f"{CASE}random-{seed}")
        builder.build()
        before = tuple(dict.fromkeys(builder.triples))
        builder.rng = Random(f"fact {another}")
        treatment, concerned, asked = builder.rng.choice(builder.subjects)
        builder.fact(builder.rng.choice(self.material.read_for(asked)), concerned, treatment)
        return before, tuple(dict.fromkeys(builder.triples))

    def content(self, seed: int) -> bytes:
        """Return case number ``seed`` as N-Triples."""
        return n_triples(self.triples(seed))


class _Builder:
    def __init__(self, material: Material, rng: Random, case: str) -> None:
        self.m = material
        self.rng = rng
        self.case = case
        self.triples: list[Triple] = []
        self.counts: dict[str, int] = {"course": 0}
        self.about: set[tuple[object, ...]] = set()
        # Few blank nodes refer to one another, so that naming them stays cheap.
        self.blank = rng.choice(((), (), (), ("finding", "measurement", "claim", "worker"), ("course", "condition", "review", "decision")))
        usual = date(2010, 1, 1) + timedelta(days=rng.randrange(2300))
        self.day = usual if rng.random() < 0.85 else rng.choice(material.edition_days) + timedelta(days=rng.randrange(-2, 3))

    def build(self) -> None:
        rng, case = self.rng, self.case
        self.say(case, TYPE, MTUS + "Case")
        self.say(case, MTUS + "synthetic", Literal("true", XSD + "boolean"))
        self.node("claim", "Claim", "hasClaim")
        self.node("worker", "InjuredWorker", "hasWorker")
        self.node("review", rng.choice(("IndependentMedicalReview", "UtilizationReview")), "hasReview")
        kinds = rng.sample(self.m.documents, rng.randrange(2, 6))
        self.files = [self.node("document", kind, "hasDocument", dated=True) for kind in kinds]
        self.conditions = [self.condition() for _ in range(rng.choice((1, 1, 2)))]
        self.requests: list[str] = []
        self.subjects: list[tuple[str, list[str], str]] = []
        for _ in range(rng.choice((1, 1, 2, 2, 3))):
            self.request()
        for _ in range(rng.randrange(3)):
            self.course(self.treatment(), list(self.conditions))
        for treatment, concerned, asked in self.subjects:
            share = rng.choice((0.2, 0.6, 0.95))
            for cls in self.m.read_for(asked):
                if rng.random() < share:
                    self.fact(cls, concerned, treatment)
            for _ in range(rng.randrange(3)):
                self.finding(rng.choice(self.m.findings), concerned, treatment)
        for request in self.requests:
            if rng.random() < 0.3:
                decision = self.node("decision", "ItemDecision", "hasItemDecision")
                self.link(decision, "decidesRequest", request)
                self.link(decision, "statedIn", rng.choice(self.files))
        for number in range(rng.choice((0, 0, 0, 1, 2))):
            self.disagree(number)

    # Nodes

    def say(self, subject: str, predicate: str, value: Term) -> None:
        self.triples.append((subject, predicate, value))

    def link(self, subject: str, name: str, value: str) -> None:
        self.say(subject, MTUS + name, value)

    def name(self, word: str) -> str:
        self.counts[word] = number = self.counts.get(word, 0) + 1
        return f"_:{word}{number}" if word in self.blank else f"{self.case}/{word}-{number}"

    def node(self, word: str, cls: str, listing: str = "", *, dated: bool = False) -> str:
        """Add a node of class ``cls`` with values, listed in the case under ``listing``."""
        node, iri = self.name(word), cls if cls.startswith(MTUS) else MTUS + cls
        self.say(node, TYPE, iri)
        if listing:
            self.link(self.case, listing, node)
        required = {prop for above in sorted(self.m.kinds(iri)) for prop in self.m.required.get(above, ())}
        values: dict[str, list[Term]] = {}
        for use in self.m.uses(iri):
            prop = use.property.iri
            likely = 0.7 if prop in self.m.mentioned else 0.1
            if prop in required or self.rng.random() < likely or (dated and prop == MTUS + "documentDate"):
                values[prop] = self.values(use)
        for props in (props for above in sorted(self.m.kinds(iri)) for props in self.m.choices.get(above, ())):
            kept = next(iter(sorted(required.intersection(props))), "") or self.rng.choice((*props[:1] * 8, *props))
            values = {prop: value for prop, value in values.items() if prop not in props}
            fixed = [self.m.fixed[kept]] if kept in self.m.fixed else []
            values[kept] = fixed or self.values(next(use for use in self.m.uses(iri) if use.property.iri == kept))
        for low, high in sorted(self.m.ordered):
            if low in values and high in values:
                values[low], values[high] = sorted((values[low], values[high]), key=_size)
        for prop, chosen in values.items():
            for value in chosen:
                self.say(node, prop, value)
        for prop in sorted(required):
            if MTUS + "Measurement" in self.m.terms.uses[prop].refers_to:
                measured = self.node("measurement", "Measurement")
                self.link(measured, "statedIn", self.rng.choice(self.files))
                self.say(node, prop, measured)
        return node

    def condition(self) -> str:
        node = self.node("condition", self.rng.choice(self.m.conditions), "hasCondition")
        self.link(node, "statedIn", self.rng.choice(self.files))
        return node

    def treatment(self) -> str:
        among = self.m.treatments
        if self.rng.random() < 0.85:
            among = self.rng.choice(list(self.m.asked.values()))
        self.asked = self.rng.choice(among)
        return self.node("treatment", self.asked, "hasTreatment")

    def request(self) -> None:
        rng, treatment = self.rng, self.treatment()
        asked = self.asked
        node = self.node("request", "TreatmentRequest", "hasRequest")
        self.link(node, "requestsTreatment", treatment)
        for document in rng.sample(self.files, rng.choice((1, 1, 2))):
            self.link(node, "statedIn", document)
        concerned = [treatment, node]
        if rng.random() < 0.85:
            condition = rng.choice(self.conditions)
            self.link(node, "forCondition", condition)
            concerned += [condition, condition]
        if self.requests and rng.random() < 0.35:
            self.say(node, rng.choice(self.m.links), rng.choice(self.requests))
        if rng.random() < 0.6:
            concerned.append(self.course(treatment, []))
        self.requests.append(node)
        self.subjects.append((treatment, concerned, asked))

    def course(self, treatment: str, conditions: list[str]) -> str:
        node = self.node("course", "TreatmentCourse", "hasCourse")
        self.link(node, "deliversTreatment", treatment)
        self.link(node, "statedIn", self.rng.choice(self.files))
        if conditions and self.rng.random() < 0.5:
            self.link(node, "forCondition", self.rng.choice(conditions))
        return node

    def fact(self, cls: str, concerned: list[str], treatment: str) -> None:
        """Add a finding, or a course, that shapes take for a ``cls``."""
        if MTUS + "Finding" in self.m.kinds(cls):
            self.finding(self.rng.choice(self.m.narrower(cls, self.m.findings) or self.m.findings), concerned, treatment)
        elif self.counts["course"] < _MOST_COURSES and (delivered := self.m.delivered(cls)):
            self.course(self.node("treatment", self.rng.choice(delivered), "hasTreatment"), [])

    def finding(self, cls: str, concerned: list[str], treatment: str) -> None:
        rng = self.rng
        before = len(self.triples)
        node = self.node("finding", cls, "hasFinding")
        self.link(node, "concerns", rng.choice(concerned))
        if rng.random() < 0.1:
            self.link(node, "concerns", treatment)
        self.link(node, "statedIn", rng.choice(self.files))
        # Two findings about the same would disagree by accident; disagreement is made on purpose below.
        about = tuple(sorted((p, str(o)) for s, p, o in self.triples[before:] if s == node and not self.varies(p)))
        if about in self.about:
            del self.triples[before:]
        self.about.add(about)

    def varies(self, predicate: str) -> bool:
        """Return whether ``predicate`` says what a statement reads or where it stands, not what it is about."""
        use = self.m.terms.uses.get(predicate)
        return use is not None and (use.property.is_reading or use.property.is_provenance)

    def disagree(self, number: int) -> None:
        """Add a statement that agrees with one on file in everything but one value."""
        listed = (MTUS + "hasFinding", MTUS + "hasCourse")
        statement = self.rng.choice([o for _, p, o in self.triples if p in listed] or [""])
        own = [(p, o) for s, p, o in self.triples if s == statement]
        fixed = {prop for pair in self.m.ordered for prop in pair}
        readings = sorted({p for p, _ in own if p not in fixed and p in self.m.terms.uses and self.m.terms.uses[p].property.is_reading})
        if not readings:
            return
        changed = self.rng.choice(readings)
        copy = f"{self.case}/other-{number}"
        listing = next(p for _, p, o in self.triples if o == statement and p in listed)
        self.say(self.case, listing, copy)
        for predicate, value in own:
            if predicate != changed:
                self.say(copy, predicate, value)
        self.say(copy, changed, self.values(self.m.terms.uses[changed])[0])

    # Values

    def values(self, use: Use) -> list[Term]:
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
        datatype = prop.datatype
        if datatype == XSD + "date":
            return Literal(self.date(prop.iri).isoformat(), datatype)
        if datatype == XSD + "boolean":
            return Literal(self.rng.choice(("true", "false")), datatype)
        if datatype == XSD + "string":
            return Literal(f"text {self.rng.randrange(1000)}", datatype)
        return Literal(self.number(prop), datatype)

    def number(self, prop: Property) -> str:
        limits = sorted(float(text) for text in self.m.limits.get(prop.iri, ()))
        steps = (-1, 0, 1) if prop.datatype == XSD + "integer" else (-1, -0.5, 0, 0.5, 1)
        low, high = self.m.bounds.get(prop.iri, (0, 10_000))
        low = ceil(low) if prop.datatype == XSD + "integer" else low
        near = sorted({min(max(limit + step, low), high) for limit in limits for step in steps})
        chosen = self.rng.choice(near) if near and self.rng.random() < 0.8 else min(max(self.rng.choice(_SMALL), low), high)
        return f"{chosen:g}" if prop.datatype == XSD + "decimal" else str(int(chosen))

    def date(self, prop: str) -> date:
        limits = sorted(self.m.limits.get(prop, ()))
        if limits and self.rng.random() < 0.5:
            return date.fromisoformat(self.rng.choice(limits)) + timedelta(days=self.rng.randrange(-1, 2))
        away = self.rng.choice(sorted({*_DAYS, *self.m.windows})) + self.rng.randrange(-1, 2)
        return self.day + timedelta(days=away * self.rng.choice((-1, 1)))


def _size(values: list[Term]) -> float | str:
    """Return what to sort the one literal in ``values`` by: a number by its value, a date by its text."""
    literal = values[0]
    assert isinstance(literal, Literal)
    return literal.value if literal.datatype == XSD + "date" else float(literal.value)
