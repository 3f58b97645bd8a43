"""The guideline browser: editions, sections, provisions and criteria as pages, with coverage and the example cases that touch them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mtus.api.example_cases import Example, examples
from mtus.api.links import link_of_provision
from mtus.api.pages import page
from mtus.reasoner.guideline import Criterion, Edition, Provision, Section
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import GUIDELINE, local_name
from mtus.reasoner.render_json import all_assessments

_RELATIONS = ("all_of", "any_of", "none_of")
# Who finds more than these has not said what is looked for.
_MOST_FOUND = 50


@dataclass(frozen=True)
class Coverage:
    """How much of a section (or edition) is encoded."""

    provisions: int
    encoded: int
    criteria: int


@dataclass(frozen=True)
class Touched:
    """What came out for a criterion in an example case: the case, the request, the status (IRI)."""

    example: Example
    number: int
    request: str
    status: str


@dataclass(frozen=True)
class Found:
    """A section or provision that was looked for: its IRI and name, where it stands, and what it says."""

    iri: str
    name: str
    place: str
    text: str


class Browser:
    """The guideline knowledge, arranged for pages."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.g = knowledge.guidelines
        self.sections_of = _grouped((s.edition, s) for s in self.g.sections.values())
        self.provisions_of = _grouped((p.section, p) for p in self.g.provisions.values())
        self.criteria_of = _grouped((c.provision, c) for c in self.g.criteria.values())

    def index(self, words: str = "") -> HTMLResponse:
        """Return the page that lists the editions, and the sections and provisions in which all of ``words`` stand."""
        editions = [(edition, self._of_edition(edition)) for edition in self.g.editions.values()]
        found = self._found(words.lower().split()) if words.strip() else []
        return page("guideline.html", editions=editions, digest=self.knowledge.digest, words=words, found=found[:_MOST_FOUND],
                    beyond=max(len(found) - _MOST_FOUND, 0))  # fmt: skip

    def _found(self, words: list[str]) -> list[Found]:
        """Return the sections and provisions in which all ``words`` stand, in their names or in what they and their criteria say."""
        found = []
        for section in self.g.sections.values():
            edition = self.g.editions[section.edition].short_label
            if _has(words, edition, section.label):
                found.append(Found(section.iri, section.label, edition, section.not_encoded_because))
            for provision in self.provisions_of.get(section.iri, []):
                criteria = [f"{local_name(c.iri)} {c.requirement}" for c in self.criteria_of.get(provision.iri, [])]
                if _has(words, edition, section.label, provision.id, provision.statement, *criteria):
                    found.append(Found(provision.iri, provision.id, self.knowledge.citation(provision), provision.statement))
        return found

    def edition(self, name: str) -> HTMLResponse | None:
        """Return the page of the edition whose folder is called ``name``, or None."""
        edition = self._edition(name)
        if edition is None:
            return None
        sections = self.sections_of.get(edition.iri, [])
        encoded = [(section, self._of_sections([section])) for section in sections if section.is_encoded]
        confidence = Counter(p.confidence for s in sections for p in self.provisions_of.get(s.iri, []))
        order = sorted(confidence.items(), key=lambda item: -self.g.confidence_order.get(item[0], 0))
        return page("guideline_edition.html", edition=edition, encoded=encoded, others=[s for s in sections if not s.is_encoded],
                    total=self._of_edition(edition), confidence=order)  # fmt: skip

    def part(self, edition_name: str, name: str) -> Response | None:
        """Return the page of the section, provision or criterion called ``name`` in an edition, or None."""
        iri = f"{GUIDELINE}{edition_name}/{name}"
        if iri in self.g.sections:
            return self._section(self.g.sections[iri])
        if iri in self.g.provisions:
            return self._provision(self.g.provisions[iri])
        if iri in self.g.criteria:
            return RedirectResponse(f"{link_of_provision(self.g.criteria[iri].provision)}#{name}", status_code=308)
        return None

    def _section(self, section: Section) -> HTMLResponse:
        provisions = [(p, len(self.criteria_of.get(p.iri, []))) for p in self.provisions_of.get(section.iri, [])]
        cases = dict.fromkeys(
            t.example for p, _ in provisions for c in self.criteria_of.get(p.iri, []) for t in self.touched.get(c.iri, [])
        )
        return page("guideline_section.html", section=section, edition=self.g.editions[section.edition], provisions=provisions,
                    coverage=self._of_sections([section]), cases=list(cases))  # fmt: skip

    def _provision(self, provision: Provision) -> HTMLResponse:
        criteria = [self._described(c) for c in self.criteria_of.get(provision.iri, [])]
        return page("guideline_provision.html", p=provision, section=self.g.sections[provision.section],
                    edition=self.g.editions[provision.edition], cited=self.knowledge.citation(provision), criteria=criteria)  # fmt: skip

    def _described(self, criterion: Criterion) -> dict[str, Any]:
        """Return a criterion with what it is composed of, the messages of its shapes, and the example cases."""
        shapes = self.knowledge.shape_model.all
        found = {relation.replace("_", " "): getattr(criterion, relation) for relation in _RELATIONS}
        parts = {relation: [self.g.criteria[iri] for iri in iris] for relation, iris in found.items() if iris}
        for relation, iri in (("only where", criterion.precondition), ("unless", criterion.exception)):
            if iri:
                parts[relation] = [self.g.criteria[iri]]
        messages = [(name, shapes[iri].message) for name, iri in (("not on file", criterion.on_file), ("not so", criterion.holds))
                    if iri and iri in shapes and shapes[iri].message]  # fmt: skip
        return {"c": criterion, "parts": parts, "messages": messages, "touched": self.touched.get(criterion.iri, [])}

    @cached_property
    def touched(self) -> dict[str, list[Touched]]:
        """What came out for each criterion in the example cases, where it applies."""
        found: dict[str, list[Touched]] = {}
        for example in examples(self.knowledge):
            for number, request in enumerate(example.determination.requests, 1):
                for a in all_assessments(request):
                    told = Touched(example, number, request.label, a.status)
                    if not a.status.endswith("/not-applicable") and told not in found.setdefault(a.criterion, []):
                        found[a.criterion].append(told)
        return found

    def _edition(self, name: str) -> Edition | None:
        return next((e for e in self.g.editions.values() if e.iri.removeprefix(GUIDELINE).partition("/")[0] == name), None)

    def _of_edition(self, edition: Edition) -> Coverage:
        return self._of_sections(self.sections_of.get(edition.iri, []))

    def _of_sections(self, sections: Iterable[Section]) -> Coverage:
        provisions = [p for section in sections for p in self.provisions_of.get(section.iri, [])]
        criteria = sum(len(self.criteria_of.get(p.iri, [])) for p in provisions)
        return Coverage(len(provisions), sum(not p.not_encoded_because for p in provisions), criteria)


def browser(knowledge: Knowledge) -> Browser:
    """Return the browser over ``knowledge``; it is made once."""
    return knowledge.once(Browser, lambda: Browser(knowledge))


def _has(words: list[str], *texts: str) -> bool:
    text = " ".join(texts).lower()
    return all(word in text for word in words)


def _grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found
