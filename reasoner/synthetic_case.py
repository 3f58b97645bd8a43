"""One realistic synthetic case in the making: its documents, requests, courses and findings.

:class:`mtus.reasoner.synthesize.Synthesizer` says what may stand in a case; what a case consists of is known here, and no topic.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import chain
from random import Random
from typing import TYPE_CHECKING

from mtus.reasoner.case_aims import COURSE, FINDING, Aim, Wanted, passes, terms_of
from mtus.reasoner.case_builder import CaseBuilder
from mtus.reasoner.case_terms import Use
from mtus.reasoner.graph import Literal, Term
from mtus.reasoner.namespaces import MTUS, TYPE, XSD
from mtus.reasoner.shape_model import Constraint

if TYPE_CHECKING:
    from mtus.reasoner.synthesize import Synthesizer

_DATE, _INTEGER = XSD + "date", XSD + "integer"
REQUEST = MTUS + "TreatmentRequest"
_STATUS_DATE, _DOCUMENT_DATE = MTUS + "statusDate", MTUS + "documentDate"


class SyntheticCase(CaseBuilder):
    """One case in the making."""

    def __init__(self, maker: "Synthesizer", rng: Random, case: str) -> None:
        super().__init__(maker.material, rng, case)
        self.maker = maker
        # most files lie within the edition that is encoded, some on the days where editions change
        self.day += timedelta(days=rng.randrange(-2100, 330))
        if rng.random() < 0.06:
            self.day = rng.choice(self.m.edition_days) + timedelta(days=rng.randrange(-2, 3))
        self.complete = rng.random() < maker.proportions.complete
        self.stated: dict[str, str] = {}
        self.treatments: dict[str, str] = {}

    def build(self) -> None:
        """Make the whole case."""
        rng = self.rng
        self.start()
        self._listed("claim", "Claim", "hasClaim", {MTUS + "injuryDate": self._on(-rng.randrange(100, 4000))})
        self._listed("worker", "InjuredWorker", "hasWorker", {MTUS + "ageInYears": Literal(str(rng.randrange(19, 70)), _INTEGER)})
        review = rng.choice(("IndependentMedicalReview", "UtilizationReview"))
        self._listed("review", review, "hasReview")
        kinds = rng.sample(self.m.documents, rng.randrange(2, 4))
        self.files = [self._document(kind) for kind in kinds]
        phase = rng.choice((*(MTUS + "chronicPhase",) * 17, MTUS + "acutePhase", MTUS + "subacutePhase", ""))
        values = {MTUS + "hasPhase": phase} if phase else None
        self.condition = self._listed("condition", rng.choice(self.m.conditions), "hasCondition", values, stated=True)
        previous = ""
        for number in range(1, 1 + (rng.randrange(1, 3) if self.complete else rng.choice((2, 3, 3, 3, 4)))):
            falls = bool(previous) and rng.random() < 0.35
            encoded = rng.choice(rng.choice(list(self.m.asked.values())))
            treatment = rng.choice(self.maker.others) if falls or rng.random() < 0.15 else encoded
            request = self._request(treatment, number)
            if falls:
                self.say(request, rng.choice(self.m.links), previous)
            previous = request
        if rng.random() < 0.02:
            self._disagree()

    # Things

    def _listed(self, word: str, cls: str, listing: str, values: Mapping[str, Term] | None = None, *, stated: bool = False) -> str:
        """Add a thing of class ``cls`` with ``values`` and what else the case shapes require of it."""
        thing, iri = self.name(word), cls if cls.startswith(MTUS) else MTUS + cls
        if listing:
            self.link(self.case, listing, thing)
        self.say(thing, TYPE, iri)
        chosen = dict(values or {})
        for prop in self.m.required_of(iri):
            if prop not in chosen:
                use = self.m.terms.uses[prop]
                if use.terms or use.property.datatype:
                    chosen[prop] = self.values(use)[0]
                elif MTUS + "Measurement" in use.refers_to:
                    chosen[prop] = self._listed("measurement", "Measurement", "", stated=True)
        for low, high in sorted(self.m.ordered):
            if low in chosen and high in chosen:
                chosen[low], chosen[high] = sorted((chosen[low], chosen[high]), key=_size)
        for prop, value in chosen.items():
            self.say(thing, prop, value)
        if stated:
            self.link(thing, "statedIn", self.rng.choice(self.files))
        return thing

    def _document(self, cls: str) -> str:
        return self._listed("document", cls, "hasDocument", {_DOCUMENT_DATE: self._on(-self.rng.randrange(0, 30))})

    def _treatment(self, cls: str) -> str:
        if cls not in self.treatments:
            self.treatments[cls] = self._listed("treatment", cls, "hasTreatment")
        return self.treatments[cls]

    def _on(self, days: int) -> Literal:
        return Literal((self.day + timedelta(days=days)).isoformat(), _DATE)

    # Requests

    def _request(self, treatment: str, number: int) -> str:
        rng = self.rng
        own: dict[str, Term] = {MTUS + "requestsTreatment": self._treatment(treatment), MTUS + "forCondition": self.condition}
        if rng.random() < 0.9:
            own[MTUS + "requestDate"] = self._on(rng.randrange(-5, 6))
        if rng.random() < 0.1:
            own[MTUS + "serviceDate"] = self._on(rng.randrange(0, 40))
        course: dict[str, Term] = {}
        things: list[Callable[[str], None]] = []
        plan = self.maker.plan(treatment) + (self.maker.general if rng.random() < 0.3 else [])
        for _, aim in plan:
            drawn = self._drawn()
            if drawn is not None:
                self._aim(aim, met=drawn, own=own, course=course, things=things)
        for use in self.maker.telling:
            if use.property.iri not in own and rng.random() < 0.04:
                own[use.property.iri] = self.values(use)[0]
        own[MTUS + "itemNumber"] = Literal(str(number), _INTEGER)
        request = self._listed("request", "TreatmentRequest", "hasRequest", own, stated=True)
        for use in self.maker.telling:
            # a second value, where a request may have several
            if use.property.iri in own and use.property.iri not in self.m.single and rng.random() < 0.3:
                self.say(request, use.property.iri, self.values(use)[0])
        if course or rng.random() < 0.1:
            self._course(self._treatment(treatment), course)
        for state in things:
            state(request)
        return request

    def _drawn(self) -> bool | None:
        """Return whether a criterion is to be met, or None where it is to be undocumented."""
        p, drawn = self.maker.proportions, self.rng.random()
        if self.complete:
            return drawn < 0.96
        return True if drawn < p.met else False if drawn < p.met + p.contradicted else None

    def _aim(self, aim: Aim, *, met: bool, own: dict[str, Term], course: dict[str, Term], things: list[Callable[[str], None]]) -> None:
        for prop, tests in aim.own.items():
            self._aim_at(prop, tests, own, REQUEST, met=met)
        for prop, tests in aim.course.items():
            self._aim_at(prop, tests, course, COURSE, met=met)
        for listing, wanted in aim.things.items():
            if listing.endswith("hasRelevantFinding"):
                things.append(lambda request, w=wanted: self._finding(w, request, met=met))  # type: ignore[misc]
            elif listing.endswith("hasCourseOnFile"):
                things.append(lambda _, w=wanted: self._other_course(w, met=met))  # type: ignore[misc]

    def _aim_at(self, prop: str, tests: list[Constraint], into: dict[str, Term], cls: str, *, met: bool) -> None:
        use = self.m.terms.uses.get(self.m.dates.get(prop, prop))
        if use is None or use.property.iri in into or use.used_on.isdisjoint(self.m.kinds(cls)):
            return
        if use.terms or use.property.datatype:
            into[use.property.iri] = self._value(use, tests, met=met)

    def _value(self, use: Use, tests: list[Constraint], *, met: bool) -> Term:
        """Return a value that passes all ``tests``, or one that does not, where there is such a value."""
        if use.property.iri in (_STATUS_DATE, MTUS + "endDate", MTUS + "measuredOn") and not tests:
            return self._on(-self.rng.choice((1, 10, 30, 70, 130)))
        for _ in range(4 if tests else 1):
            value = self.values(use)[0]
            if passes(value, tests) is met:
                return value
        limits = [v for c in tests for v in c.values if isinstance(v, Literal) and v.datatype == use.property.datatype]
        known: list[Term] = [*sorted(use.terms), *limits]
        fitting = [v for v in known if passes(v, tests) is met]
        return self.rng.choice(fitting) if fitting else value

    # Statements

    def _finding(self, wanted: Wanted, request: str, *, met: bool) -> None:
        read = wanted.read or wanted.held
        if not read:
            return
        made = self.maker.recipe((wanted.held if met and wanted.held else read)[-1], FINDING)
        classes = [
            c for c in made.classes if met or not wanted.held or wanted.held == wanted.read or wanted.held[-1] not in self.m.kinds(c)
        ]
        if not classes:
            return
        cls = self.rng.choice(classes)
        values: dict[str, Term] = dict(made.values)
        for prop, tests in wanted.tests.items():
            self._aim_at(prop, tests, values, cls, met=met)
        if cls in self.stated:
            return
        values[MTUS + "concerns"] = self.rng.choice((self.condition, self.condition, self.condition, request))
        if MTUS + "statedIn" in made.links:
            values[MTUS + "statedIn"] = self._document(self.rng.choice(self.m.narrower_documents(made.links[MTUS + "statedIn"])))
        if MTUS + "measuredOn" not in values and self.rng.random() < 0.4:
            values[MTUS + "measuredOn"] = self._on(-self.rng.randrange(0, 60))
        self.stated[cls] = self._listed("finding", cls, "hasFinding", values, stated=MTUS + "statedIn" not in values)

    def _other_course(self, wanted: Wanted, *, met: bool) -> None:
        if not wanted.read:
            return
        made = self.maker.recipe((wanted.held or wanted.read)[-1], COURSE)
        delivered = self.m.narrower(made.links.get(MTUS + "deliversTreatment", ""), self.m.treatments)
        if not delivered:
            return
        values: dict[str, Term] = {}
        for prop, cls in made.links.items():
            use = self.m.terms.uses[prop]
            fitting = terms_of(use, self.m, cls)
            if fitting:
                values[prop] = self.rng.choice(fitting if met else sorted(use.terms.difference(fitting)) or fitting)
        self._course(self._treatment(self.rng.choice(delivered)), values)

    def _course(self, treatment: str, values: dict[str, Term]) -> None:
        if treatment not in self.stated:
            values = {MTUS + "deliversTreatment": treatment, _STATUS_DATE: self._on(-self.rng.randrange(0, 60)), **values}
            self.stated[treatment] = self._listed("course", "TreatmentCourse", "hasCourse", values, stated=True)

    def _disagree(self) -> None:
        """Let another document say something else about a finding."""
        uses = self.m.terms.uses
        for thing in self.stated.values():
            about = [(p, o) for s, p, o in self.triples if s == thing]
            changed = next((p for p, o in about if isinstance(o, Literal) and p in uses and uses[p].property.is_reading), None)
            if changed and self.m.dates.get(changed, changed) not in chain.from_iterable(self.m.ordered):
                other = f"{thing}-again"
                self.say(self.case, next(p for _, p, o in self.triples if o == thing), other)
                for prop, value in about:
                    self.say(other, prop, self.values(uses[prop])[0] if prop == changed else value)
                return


def _size(term: Term) -> tuple[bool, float | str]:
    assert isinstance(term, Literal)
    return (True, term.value) if term.datatype == _DATE else (False, float(term.value))
