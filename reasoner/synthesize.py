"""Make realistic synthetic cases: drawn from the ontology and the shapes, valid, labelled synthetic, the same bytes for the same seed.

No topic stands here. For each request a criterion is drawn to be met, contradicted or undocumented, and the facts that its shapes look
for are stated accordingly (:mod:`mtus.reasoner.case_aims`). Facts serve several criteria, and components compare several facts, so the
statuses that come out are near what was drawn and not the same.
"""

from dataclasses import dataclass
from functools import cached_property
from random import Random

from mtus.reasoner.case_aims import Aim, Recipe, aim_of, recipe
from mtus.reasoner.case_material import Material
from mtus.reasoner.case_terms import Use
from mtus.reasoner.graph import Triple
from mtus.reasoner.guideline import Criterion
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import CASE
from mtus.reasoner.synthetic_case import REQUEST, SyntheticCase


@dataclass(frozen=True)
class Proportions:
    """How often a criterion is drawn to be met and to be contradicted; what is left is undocumented.

    ``complete`` is the share of files that document nearly everything. Files are thin in practice: most criteria of most requests
    are undocumented, as they are in the case of 2015.
    """

    met: float = 0.25
    contradicted: float = 0.10
    complete: float = 0.10


USUAL = Proportions()


class Synthesizer:
    """Makes cases from one body of knowledge. Case number n of a seed is the same whatever else is made."""

    def __init__(self, knowledge: Knowledge, seed: int, proportions: Proportions = USUAL) -> None:
        self.material = Material(knowledge)
        self.seed = seed
        self.proportions = proportions
        self._plans: dict[str, list[tuple[Criterion, Aim]]] = {}
        self._recipes: dict[tuple[str, str], Recipe] = {}

    def triples(self, number: int) -> list[Triple]:
        """Return the triples of case ``number``: those of one thing after those of another."""
        maker = SyntheticCase(self, Random(f"{self.seed} {number}"), f"{CASE}synthetic-{self.seed}-{number}")
        maker.build()
        return list(dict.fromkeys(maker.triples))

    def plan(self, treatment: str) -> list[tuple[Criterion, Aim]]:
        """Return the criteria with shapes of their own that may concern a request for ``treatment``, each with what it looks at."""
        if treatment not in self._plans:
            targets = self.material.request_classes(treatment)
            found = [c for c in self.material.knowledge.guidelines.criteria.values() if c.on_file and c.target in targets]
            self._plans[treatment] = [(c, aim_of(c, self.material)) for c in found]
        return self._plans[treatment]

    def recipe(self, cls: str, kind: str) -> Recipe:
        """Return how a thing comes under ``cls``."""
        key = (cls, kind)
        if key not in self._recipes:
            self._recipes[key] = recipe(cls, self.material, kind)
        return self._recipes[key]

    @cached_property
    def general(self) -> list[tuple[Criterion, Aim]]:
        """The criteria of requests of every kind."""
        criteria = self.material.knowledge.guidelines.criteria.values()
        return [(c, aim_of(c, self.material)) for c in criteria if c.on_file and c.target == REQUEST]

    @cached_property
    def telling(self) -> list[Use]:
        """The properties of requests whose values are terms, and that shapes or definitions mention."""
        return [use for use in self.material.uses(REQUEST) if use.terms and use.property.iri in self.material.mentioned]

    @cached_property
    def others(self) -> list[str]:
        """The treatments of which no criterion of an encoded topic speaks; they are asked for beside others."""
        asked = {treatment for treatments in self.material.asked.values() for treatment in treatments}
        return [treatment for treatment in self.material.treatments if treatment not in asked]


def describe(proportions: Proportions) -> str:
    """Return ``proportions`` in words, as the command prints them."""
    undocumented = 1 - proportions.met - proportions.contradicted
    return (
        f"Each criterion was drawn to be met ({proportions.met:.0%}), contradicted ({proportions.contradicted:.0%}) or undocumented "
        f"({undocumented:.0%}); {proportions.complete:.0%} of the files document nearly everything."
    )
