"""The trace: one structure from which text, JSON and RDF are all rendered. Field names are the JSON keys in snake case.

A tuple of objects is a list, whose order says something; a tuple of plain texts or IRIs is a set, sorted. So the trace can be read back
from RDF, which keeps no order but that of the positions (:mod:`mtus.reasoner.render_json`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Where a statement stands: a document, its kind and date (ISO, empty where it has none), and the place in it."""

    document: str
    label: str
    kind: str
    date: str
    place: str


@dataclass(frozen=True)
class SearchedDocument:
    """A document of the file; all of them together are what was searched."""

    id: str
    label: str
    kind: str
    date: str


@dataclass(frozen=True)
class UsedFact:
    """A fact that was read: the thing it is about, the property (empty for a whole statement), its words and its sources."""

    id: str
    about: str
    predicate: str
    value: str
    label: str
    stated_in: tuple[Source, ...]
    inferences: tuple["Inference", ...]


@dataclass(frozen=True)
class Inference:
    """A conclusion: in words, the axiom that gives it, and the stated facts that it rests on, in words."""

    conclusion: str
    axiom: str
    axiom_kind: str
    rests_on: tuple[str, ...]


@dataclass(frozen=True)
class SoughtFact:
    """Something that is not on file: what was looked for, and in which kinds of document it usually stands."""

    message: str
    kind: str
    usual_documents: tuple[str, ...]


@dataclass(frozen=True)
class Citation:
    """A provision as it is cited, with what it says in our own words and how sure we are of it."""

    provision: str
    id: str
    text: str
    edition: str
    section: str
    page: str
    statement: str
    kind: str
    confidence: str
    source: str


@dataclass(frozen=True)
class Reading:
    """The interpretation of vague words: the words, the reading, its parameters, why, and the status under the other reading."""

    interpretation: str
    label: str
    words: str
    parameters: tuple[tuple[str, str], ...]
    rationale: str
    source: str
    other_status: str


@dataclass(frozen=True)
class Assessment:
    """One criterion against one request, with everything that it rests on; ``parts`` are the criteria that it refers to."""

    id: str
    criterion: str
    label: str
    relation: str
    requirement: str
    status: str
    role: str
    burden: str
    effect: str
    confidence: str
    citation: Citation
    reading: Reading | None
    message: str
    facts: tuple[UsedFact, ...]
    sought: tuple[SoughtFact, ...]
    searched: tuple[str, ...]
    parts: tuple["Assessment", ...]


@dataclass(frozen=True)
class TracedReason:
    """One ground of the answer in words; ``relied_on`` is False where better confirmed reasons already carry the answer."""

    kind: str
    about: str
    text: str
    citation: Citation | None
    confidence: str
    relied_on: bool


@dataclass(frozen=True)
class EditionDate:
    """A date of the request, and the edition that it selects under a basis; ``year`` where no more than that is known."""

    basis: str
    date: str
    edition: str
    taken_from: str
    year: str = ""


@dataclass(frozen=True)
class EditionTrace:
    """Which edition of a guideline was selected, by which dates; ``edition`` is empty where none or several were."""

    guideline: str
    edition: str
    label: str
    dates: tuple[EditionDate, ...]


@dataclass(frozen=True)
class Less:
    """A smaller quantity that would be supported, as a suggestion."""

    quantity: str
    label: str
    requested: int
    supported: int


@dataclass(frozen=True)
class RequestDetermination:
    """The recommended answer for one request, and why."""

    id: str
    request: str
    label: str
    treatment: str
    answer: str
    disposition: str
    reasons: tuple[TracedReason, ...]
    suggestion: Less | None
    next_step: str
    hangs_on: tuple[str, ...]
    editions: tuple[EditionTrace, ...]
    inferences: tuple[Inference, ...]
    criteria: tuple[Assessment, ...]
    recommended_by: tuple[Citation, ...]


@dataclass(frozen=True)
class Disagreement:
    """Statements on file that disagree, in words; all are kept."""

    statements: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Receipt:
    """What is needed to compute the determination again: digests (SHA-256) and versions."""

    case_digest: str
    knowledge_digest: str
    reasoner_version: str
    engines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ReviewSlot:
    """The review by a physician, empty until one has signed."""

    reviewer: str = ""
    role: str = ""
    licence_state: str = ""
    reviewed_at: str = ""
    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Determination:
    """A recommended determination of a whole case.

    ``stated_facts`` are the facts of the case as canonical N-Quads (RDFC-1.0), so that the determination can be computed again from what
    it says itself: their SHA-256 is the ``case_digest`` of the receipt. Empty where the facts were left out of what is stored.
    """

    id: str
    case: str
    label: str
    is_synthetic: bool
    stage: str
    overall: str
    requests: tuple[RequestDetermination, ...]
    documents: tuple[SearchedDocument, ...]
    disagreements: tuple[Disagreement, ...]
    receipt: Receipt
    review: ReviewSlot
    stated_facts: str = ""
