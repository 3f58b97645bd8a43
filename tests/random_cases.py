"""Random cases for the tests: well formed, and as unlike one another as the ontology and the shapes allow.

They are made from the same material as `mtus synthesize` makes realistic cases from, so new topics are covered without code. The same
seed and knowledge give the same bytes.
"""

from datetime import date, timedelta
from random import Random

from mtus.reasoner.case_builder import CaseBuilder
from mtus.reasoner.case_material import Material
from mtus.reasoner.graph import Literal, Term, Triple, n_triples
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import CASE, CASE_SHAPES, MTUS, TYPE, XSD

__all__ = ["CASE_SHAPES", "CaseMaker"]

# More blank courses that refer to one blank condition would be refused as a tangle.
_MOST_COURSES = 5


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


class _Builder(CaseBuilder):
    def __init__(self, material: Material, rng: Random, case: str) -> None:
        super().__init__(material, rng, case)
        self.counts = {"course": 0}
        self.about: set[tuple[object, ...]] = set()
        # Few blank nodes refer to one another, so that naming them stays cheap.
        self.blank = rng.choice(((), (), (), ("finding", "measurement", "claim", "worker"), ("course", "condition", "review", "decision")))
        usual = date(2010, 1, 1) + timedelta(days=rng.randrange(2300))
        self.day = usual if rng.random() < 0.85 else rng.choice(material.edition_days) + timedelta(days=rng.randrange(-2, 3))

    def build(self) -> None:
        rng = self.rng
        self.start()
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
        for props in self.m.choices_of(iri):
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


def _size(values: list[Term]) -> float | str:
    """Return what to sort the one literal in ``values`` by: a number by its value, a date by its text."""
    literal = values[0]
    assert isinstance(literal, Literal)
    return literal.value if literal.datatype == XSD + "date" else float(literal.value)
