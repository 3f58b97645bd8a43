"""The review of a determination as JSON, JSON-LD and Turtle (PROV-O), in the same way as the trace."""

from functools import lru_cache
from typing import Any

import pyoxigraph as ox

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS, PROV, SKOS, TYPE, XSD
from mtus.reasoner.own_json_ld import Context, own_triples
from mtus.reasoner.render_json import dumps, named_term, node_term, object_of
from mtus.reasoner.render_rdf import write_turtle
from mtus.reasoner.review import SignedReview
from mtus.reasoner.written import canonical_statements


def is_by_physician(review: SignedReview, knowledge: Knowledge) -> bool:
    """Return whether the role of the reviewer is a physician's."""
    return (review.reviewer.role, TYPE, MTUS + "PhysicianRole") in knowledge.ontology


def review_to_dict(review: SignedReview, knowledge: Knowledge) -> dict[str, Any]:
    """Return ``review`` as plain JSON data: an entity that an activity of the reviewer generated."""
    data: dict[str, Any] = object_of(review)
    if is_by_physician(review, knowledge):
        data["type"] = ["DeterminationReview", "PhysicianReview", "prov:Entity"]
        data["reviewer"]["type"] = ["Reviewer", "PhysicianReviewer", "prov:Agent"]
    activity = {"id": f"{review.id}/activity", "type": ["ReviewActivity", "prov:Activity"], "used": [review.determination]}
    if "T" in review.reviewed_at:
        activity["endedAtTime"] = review.reviewed_at
    data["wasGeneratedBy"] = {**activity, "wasAssociatedWith": review.reviewer.id}
    return data


def review_to_json(review: SignedReview, knowledge: Knowledge) -> str:
    """Return ``review`` as JSON text."""
    return dumps(review_to_dict(review, knowledge), indent=True) + "\n"


def review_to_json_ld(review: SignedReview, knowledge: Knowledge) -> str:
    """Return ``review`` as JSON-LD 1.1: the JSON with its context in it."""
    return dumps({"@context": review_context(), **review_to_dict(review, knowledge)}, indent=True) + "\n"


def review_statements(review: SignedReview, knowledge: Knowledge) -> tuple[str, ...]:
    """Return ``review`` as statements, sorted; none of its things is a blank node."""
    return canonical_statements(own_triples(review_to_dict(review, knowledge), _context()))


def review_triples(review: SignedReview, knowledge: Knowledge) -> ox.Dataset:
    """Return ``review`` as triples."""
    lines = "".join(f"{statement} .\n" for statement in review_statements(review, knowledge))
    return ox.Dataset(ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))


def review_to_turtle(review: SignedReview, knowledge: Knowledge) -> str:
    """Return ``review`` as Turtle."""
    return write_turtle(review_triples(review, knowledge))


@lru_cache(maxsize=1)
def review_context() -> dict[str, Any]:
    """Return the JSON-LD context of a review."""
    names = {
        "determination": node_term("isReviewOf"), "requests": MTUS + "hasRequestReview", "request": node_term("reviewsRequest"),
        "overrides": MTUS + "hasOverride", "criterion": node_term("overridesCriterion"), "reason": MTUS + "reviewReason",
        "evidence": MTUS + "evidenceSeen", "name": SKOS + "prefLabel", "licenceStates": MTUS + "licenceState",
        "specialties": MTUS + "specialty", "reviewer": {"@id": MTUS + "isReviewedBy", "@type": "@id"},
    }  # fmt: skip
    values = {
        "recommendedAnswer": named_term("hasRecommendedAnswer", "answer"), "outcome": named_term("hasReviewOutcome", "review-outcome"),
        "recommendedDisposition": named_term("hasRecommendedDisposition", "disposition"),
        "decision": named_term("hasDecision", "disposition"), "recommendedStatus": named_term("hasRecommendedStatus", "status"),
        "status": named_term("isFoundToBe", "status"), "reasonKind": named_term("overridesReasonKind", "reason"),
        "role": named_term("hasReviewerRole", "reviewer-role"),
    }  # fmt: skip
    activity = {
        "wasGeneratedBy": PROV + "wasGeneratedBy", "wasAssociatedWith": {"@id": PROV + "wasAssociatedWith", "@type": "@id"},
        "used": {"@id": PROV + "used", "@type": "@id"}, "endedAtTime": {"@id": PROV + "endedAtTime", "@type": XSD + "dateTime"},
    }  # fmt: skip
    return {"@vocab": MTUS, "prov": PROV, "id": "@id", "type": "@type", **names, **values, **activity}


@lru_cache(maxsize=1)
def _context() -> Context:
    return Context(review_context())
