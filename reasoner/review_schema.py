"""The form of a review to fill in, and its JSON Schema (2020-12): made from the determination, and from the ontology and the shapes."""

from typing import Any

from mtus.reasoner.graph import Literal
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, MTUS, TYPE, local_name
from mtus.reasoner.render_json import dumps
from mtus.reasoner.render_rdf import determination_digest
from mtus.reasoner.trace import Determination

SCHEMA_ID = BASE + "schema/review.json"
_DAY = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?)?$"


def skeleton_review(determination: Determination) -> str:
    """Return a form for the review of ``determination`` as JSON text: what was recommended is filled in, what is decided is not."""
    reviewer = {"name": "", "role": "", "licenceStates": [], "specialties": []}
    form = filled_skeleton(determination, reviewer, "", [""] * len(determination.requests))
    return dumps(form, indent=True) + "\n"


def filled_skeleton(determination: Determination, reviewer: dict[str, Any], reviewed_at: str, decisions: list[str]) -> dict[str, Any]:
    """Return the form of a review of ``determination`` without overrides: by whom, when, and the decision for each request."""
    requests = [
        {
            "request": local_name(request.request),
            "recommended": f"{local_name(request.answer)}, {local_name(request.disposition)}",
            "decision": decision,
            "overrides": [],
        }
        for request, decision in zip(determination.requests, decisions, strict=True)
    ]
    return {
        "$schema": SCHEMA_ID,
        "determination": determination.id,
        "determinationDigest": determination_digest(determination),
        "reviewer": reviewer,
        "reviewedAt": reviewed_at,
        "requests": requests,
    }


def review_schema(knowledge: Knowledge) -> dict[str, Any]:
    """Return the JSON Schema of the form; the same knowledge gives the same schema."""
    ontology, define = knowledge.ontology, knowledge.vocabulary.definitions.get

    def values(iris: list[str]) -> list[dict[str, str]]:
        return [{"const": local_name(iri), "description": define(iri, "")} for iri in sorted(iris)]

    roles = sorted({iri for cls in ("ReviewerRole", "PhysicianRole") for iri in ontology.subjects(TYPE, MTUS + cls)})
    decisions = sorted({iri for iri, _, _ in ontology.with_predicate(MTUS + "isDecidedAt")})
    text = {"type": "string", "minLength": 1}
    override = {
        "type": "object",
        "description": define(MTUS + "Override", ""),
        "properties": {
            "criterion": {**text, "description": "The criterion by its name in the trace, such as ESI-1b.corroborated."},
            "reasonKind": {
                "description": "The kind of a reason that is no criterion.",
                "oneOf": values(ontology.subjects(TYPE, MTUS + "ReasonKind")),
            },
            "status": {
                "description": "The status that the reviewer finds the criterion to have.",
                "oneOf": values(ontology.subjects(TYPE, MTUS + "CriterionStatus")),
            },
            "reason": {**text, "description": "Why the reviewer sees it otherwise."},
            "evidence": {"type": "array", "items": text, "description": define(MTUS + "evidenceSeen", "")},
        },
        "required": ["reason"],
        "oneOf": [{"required": ["criterion", "status", "evidence"]}, {"required": ["reasonKind"]}],
        "additionalProperties": False,
    }
    request = {
        "type": "object",
        "description": define(MTUS + "RequestReview", ""),
        "properties": {
            "request": {**text, "description": "The request by its id in the case."},
            "recommended": {"type": "string", "description": "What had been recommended; for the reader only."},
            "decision": {"description": define(MTUS + "hasDecision", ""), "oneOf": values(decisions)},
            "approvedPart": {**text, "description": define(MTUS + "approvedPart", "")},
            "overrides": {"type": "array", "items": override},
        },
        "required": ["request", "decision"],
        "additionalProperties": False,
    }
    reviewer = {
        "type": "object",
        "description": define(MTUS + "Reviewer", ""),
        "properties": {
            "name": {**text, "description": "The name, or the identifier that stands for it."},
            "role": {"description": define(MTUS + "hasReviewerRole", ""), "oneOf": values(roles)},
            "licenceStates": {"type": "array", "items": {"enum": _states(knowledge)}, "description": define(MTUS + "licenceState", "")},
            "specialties": {"type": "array", "items": text, "description": define(MTUS + "specialty", "")},
        },
        "required": ["name", "role"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": knowledge.vocabulary.label(MTUS + "DeterminationReview"),
        "description": define(MTUS + "DeterminationReview", ""),
        "type": "object",
        "properties": {
            "$schema": {"type": "string"},
            "determination": {**text, "description": define(MTUS + "isReviewOf", "")},
            "determinationDigest": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": define(MTUS + "determinationDigest", "")},
            "reviewer": reviewer,
            "reviewedAt": {"type": "string", "pattern": _DAY, "description": define(MTUS + "reviewedAt", "")},
            "requests": {"type": "array", "minItems": 1, "items": request},
        },
        "required": ["determination", "determinationDigest", "reviewer", "reviewedAt", "requests"],
        "additionalProperties": False,
    }


def _states(knowledge: Knowledge) -> list[str]:
    """Return the codes of states that the shapes allow."""
    shape = knowledge.shape_model.all[BASE + "shape/review/Reviewer.licence-state"]
    return [value.value for c in shape.constraints if c.kind == "in" for value in c.values if isinstance(value, Literal)]
