"""What a checklist says of a treatment as a whole: whether the guideline recommends it, is silent on it, or is not encoded there."""

from dataclasses import dataclass

from mtus.reasoner.checklist_model import Block, Cited, Item, RequestList, Said, Unchecked
from mtus.reasoner.checklist_needs import NeedFinder
from mtus.reasoner.checklist_occasion import Occasion
from mtus.reasoner.determine import ReasonKind
from mtus.reasoner.guideline import Provision
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, local_name

_ANY_REQUEST = MTUS + "TreatmentRequest"
_CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Says:
    """Says it for the treatments of one occasion."""

    occasion: Occasion
    knowledge: Knowledge

    def cited(self, provision: Provision, confidence: str = "") -> Cited:
        """Return ``provision`` with where it stands; ``confidence`` is that of the criterion that encodes it."""
        sure = confidence or provision.confidence
        return Cited(
            provision=provision.id,
            text=provision.statement,
            citation=self.knowledge.citation(provision),
            confidence=local_name(sure),
            is_verified=local_name(sure) == _CONFIRMED,
            source=provision.source,
        )

    def accompanies_another(self, treatment: str) -> bool:
        """Return whether ``treatment`` (a class) has a purpose only together with another one."""
        ontology, rules = self.knowledge.ontology, self.knowledge.rules
        agenda = [treatment]
        while agenda:
            cls = agenda.pop()
            if ontology.text(cls, MTUS + "accompaniesAnother") == "true":
                return True
            agenda += [above for above, _ in rules.super_classes.get(cls, ())]
        return False

    def speaking(self, finder: NeedFinder) -> list[tuple[str, Provision]]:
        """Return the provisions about the treatment of the request of ``finder``, each with the condition under which it speaks."""
        return [
            (condition.text if condition.clauses else "", provision)
            for provision in self.knowledge.guidelines.provisions.values()
            if provision.edition == self.occasion.edition.iri and provision.speaks_of != _ANY_REQUEST
            if (condition := finder.may_be(provision.speaks_of)) is not None
        ]

    def request(self, finder: NeedFinder, *, scope: tuple[Item, ...], gates: tuple[str, ...], blocks: tuple[Block, ...],
                limits: tuple[Item, ...], advice: tuple[Item, ...]) -> RequestList:  # fmt: skip
        """Return the list of the request of ``finder``, with what is said of its treatment beside what is asked."""
        request = finder.hypothesis.request
        number = int(request.rsplit("-", 1)[-1])
        treatment = self.occasion.treatments[number - 1]
        speaking = self.speaking(finder)
        recommends = tuple(Said(when, self.cited(p)) for when, p in speaking if local_name(p.stance) == "recommends")
        refuses = tuple(Said(when, self.cited(p)) for when, p in speaking if local_name(p.stance) == "does-not-recommend")
        depends = self._depends(treatment, is_spoken_of=bool(speaking))
        says = (*depends, *self._silent(finder), *(() if speaking or depends else self._not_addressed(finder)))
        return RequestList(
            request=local_name(request), treatment=treatment, label=self.knowledge.vocabulary.label(treatment), says=says,
            is_complete=any(not said.when for said in recommends) and all(said.when for said in refuses) and not depends,
            recommends=recommends, refuses=refuses, scope=scope, gates=gates, blocks=blocks, limits=limits, advice=advice,
            unchecked=tuple(Unchecked(p.not_encoded_because, self.cited(p)) for _, p in speaking if p.not_encoded_because),
        )  # fmt: skip

    def _depends(self, treatment: str, *, is_spoken_of: bool) -> tuple[str, ...]:
        if not self.accompanies_another(treatment):
            return ()
        rule = self._rule(ReasonKind.DERIVATIVE)
        own = "" if is_spoken_of else " No provision that is encoded speaks of it by itself."
        return (
            f"It depends on the request that it accompanies: what has to be on file is what has to be on file for that one.{rule}{own}",
        )

    def _silent(self, finder: NeedFinder) -> tuple[str, ...]:
        types = set(finder.hypothesis.graph.types(finder.hypothesis.request))
        return tuple(
            f"The guideline speaks of this treatment in its section “{section.label}” ({'pages' if '-' in section.page else 'page'} "
            f"{section.page}), which is not encoded. This list cannot say what that section asks for."
            for section in self.knowledge.guidelines.sections.values()
            if section.edition == self.occasion.edition.iri and not section.is_encoded and types.intersection(section.speaks_of)
        )

    def _not_addressed(self, finder: NeedFinder) -> tuple[str, ...]:
        if self._silent(finder):
            return ()
        steps = self.knowledge.guidelines.search_steps
        following = self.knowledge.vocabulary.definitions.get(steps[1], "") if len(steps) > 1 else ""
        rule = self._rule(ReasonKind.NO_PROVISION)
        return (
            f"No provision that is encoded speaks of this treatment.{rule}",
            *((f"Where to look next: {following}",) if following else ()),
        )

    def _rule(self, kind: ReasonKind) -> str:
        """Return the rule about answers that is cited for reasons of ``kind``."""
        provision = self.knowledge.guidelines.provisions.get(self.knowledge.guidelines.grounds.get(kind.iri, ""))
        return f" {provision.statement} ({self.knowledge.citation(provision)})" if provision else ""
