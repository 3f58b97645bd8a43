"""Guidelines as data: editions, sections, provisions, criteria and their interpretations, read from the shapes folder."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from mtus.reasoner.namespaces import local_name


@dataclass(frozen=True, eq=False)  # there is one object for each
class Edition:
    """A guideline as in force over an interval of days, both included; ``selects_by`` are date bases (IRIs)."""

    iri: str
    label: str
    short_label: str
    guideline: str
    effective_from: date
    effective_to: date | None
    selects_by: tuple[str, ...]
    selects_from: date | None
    is_encoded: bool
    instrument: str
    rationale: str

    @property
    def name(self) -> str:
        """The short name, which is that of the edition's folder below shapes/: ``chronic-pain-2009``."""
        return self.iri.rsplit("/", 2)[-2]

    def selected_on(self, day: date) -> bool:
        """Return whether ``day`` selects this edition."""
        return (self.selects_from or self.effective_from) <= day and (self.effective_to is None or day <= self.effective_to)


@dataclass(frozen=True)
class Section:
    """A titled part of an edition; ``speaks_of`` are the request classes that it is about."""

    iri: str
    label: str
    edition: str
    page: str
    is_encoded: bool
    speaks_of: tuple[str, ...]
    not_encoded_because: str


@dataclass(frozen=True)
class Provision:
    """One separately checkable statement, in our own words, with where it stands and how sure we are of it.

    ``grounds`` is the kind of reason (IRI) for which a rule about answers is cited, empty for all others.
    """

    iri: str
    section: str
    edition: str
    page: str
    instrument: str
    statement: str
    kind: str
    stance: str
    speaks_of: str
    confidence: str
    source: str
    not_encoded_because: str
    grounds: str

    @property
    def id(self) -> str:
        """The short name, such as ``MAS-3``."""
        return local_name(self.iri)


@dataclass(frozen=True)
class Interpretation:
    """A named reading of vague words; ``parameters`` are (label, value) pairs taken from the shape that uses it."""

    iri: str
    label: str
    words: str
    rationale: str
    source: str
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Criterion:
    """A test of one request, by two shapes or composed of other criteria; see docs/explanation/semantics.md."""

    iri: str
    label: str
    requirement: str
    provision: str
    role: str
    burden: str
    effect: str
    confidence: str
    target: str
    on_file: str
    holds: str
    alternative: str
    precondition: str
    exception: str
    all_of: tuple[str, ...]
    any_of: tuple[str, ...]
    none_of: tuple[str, ...]
    applies_to: str
    interpretation: Interpretation | None
    limits_quantity: str

    @cached_property
    def effect_name(self) -> str:
        """What missing documentation does by the burden."""
        return local_name(self.effect)

    @cached_property
    def is_scope(self) -> bool:
        """Whether it asks if the guideline applies at all."""
        return local_name(self.role) == "scope"

    @property
    def parts(self) -> tuple[str, ...]:
        """All criteria that this one refers to."""
        single = (self.precondition, self.exception)
        return tuple(iri for iri in (*self.all_of, *self.any_of, *self.none_of, *single) if iri)


@dataclass(frozen=True)
class DispositionRule:
    """Which words of the procedure an answer has at a stage; ``only_reason`` narrows to answers with that one reason kind."""

    stage: str
    answer: str
    only_reason: str
    disposition: str


@dataclass(frozen=True)
class Guidelines:
    """All guideline knowledge, by IRI, in a stable order."""

    editions: dict[str, Edition]
    sections: dict[str, Section]
    provisions: dict[str, Provision]
    criteria: dict[str, Criterion]
    basis_dates: dict[str, str]
    dispositions: tuple[DispositionRule, ...]
    confidence_order: dict[str, int]
    search_steps: tuple[str, ...]

    @cached_property
    def editions_of(self) -> tuple[tuple[str, tuple[Edition, ...], tuple[str, ...]], ...]:
        """Each guideline, its editions, and the date bases that they name."""
        by_guideline: dict[str, list[Edition]] = {}
        for edition in self.editions.values():
            by_guideline.setdefault(edition.guideline, []).append(edition)
        return tuple((iri, tuple(e), tuple(sorted({b for x in e for b in x.selects_by}))) for iri, e in sorted(by_guideline.items()))

    @cached_property
    def grounds(self) -> dict[str, str]:
        """The provision that is cited for each kind of reason that is a rule about answers, by the IRI of the kind."""
        return {provision.grounds: provision.iri for provision in self.provisions.values() if provision.grounds}
