"""The trace as JSON, and as JSON-LD: the same document with a context, which is how it becomes RDF.

Keys are the field names of :mod:`mtus.reasoner.trace` in camel case; empty values are left out, except in the review slot, which
shows what is to be filled in. Values of a vocabulary (answers, statuses, reasons) are written by their local name. Where a list
holds several objects, each says its position, since RDF keeps no order. :mod:`mtus.reasoner.read_trace` is the way back.
"""

from collections.abc import Sequence
from dataclasses import fields
from functools import cache, lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple

import orjson

from mtus.reasoner.namespaces import BASE, DCTERMS, MTUS, PROV, RDF, RDFS, SKOS, XSD, local_name
from mtus.reasoner.trace import Assessment, Determination, RequestDetermination

_VOCABULARIES: Final = {
    "answer": "answer", "status": "status", "otherStatus": "status", "disposition": "disposition", "overall": "disposition",
    "role": "role", "burden": "burden", "effect": "effect", "confidence": "confidence", "basis": "basis", "answerThen": "answer",
    "changeKind": "change",
}  # fmt: skip
_TYPES: Final = {
    "Determination": ["Determination", "prov:Entity"], "RequestDetermination": ["RequestDetermination", "prov:Entity"],
    "Assessment": ["CriterionAssessment", "prov:Entity"], "UsedFact": ["UsedFact", "prov:Entity"], "TracedReason": "Reason",
    "Inference": "Inference", "Citation": "Citation", "SoughtFact": "SoughtFact", "EditionTrace": "EditionSelection",
    "EditionDate": "EditionDate", "Disagreement": "Disagreement", "Receipt": "Receipt", "ReviewSlot": "ReviewSlot", "Less": "Suggestion",
    "Reading": "Reading", "Source": "PlaceInDocument", "SearchedDocument": "Document",
    "WhatIf": ["WhatIf", "prov:Entity"], "RequestChanges": "RequestChanges", "ChangeSet": "ChangeSet", "ProposedChange": "ProposedChange",
    "Purpose": "PurposeOfChange",
    "SignedReview": ["DeterminationReview", "prov:Entity"], "RequestReview": ["RequestReview", "prov:Entity"],
    "Override": ["Override", "prov:Entity"], "Reviewer": ["Reviewer", "prov:Agent"],
}  # fmt: skip
# The review slot shows what is to be filled in.
_SHOWN_EMPTY: Final = {"ReviewSlot"}
# Where a key means something else below one class than elsewhere.
_RENAMED: Final = {("TracedReason", "kind"): "reasonKind", ("Citation", "id"): "provisionId", ("Citation", "kind"): "provisionKind",
                   ("Source", "kind"): "documentKind", ("SearchedDocument", "kind"): "documentKind",
                    ("SoughtFact", "kind"): "findingKind",
                   ("ProposedChange", "kind"): "changeKind", ("ReviewSlot", "role"): "reviewerRole"}  # fmt: skip
# The vocabulary of each key whose values are written by their local name.
NAMED_VALUES: Final = {**_VOCABULARIES, "reasonKind": "reason", "provisionKind": "kind", "stage": "ontology"}
# Names of values that are keys as well. JSON-LD would read them as the key, so they are defined anew where they are values.
_ALSO_KEYS: Final = ("quantity", "request", "supported")
POSITION: Final = "position"


def to_dict(determination: Determination) -> dict[str, Any]:
    """Return the complete trace as plain JSON data."""
    data: dict[str, Any] = object_of(determination)
    data["wasGeneratedBy"] = _activity(determination)
    named: dict[str, Any] = _with_names(data, determination) if _has_blank_nodes(determination) else data
    return named


def name_of(term: str, determination: Determination) -> str:
    """Return ``term``, a blank node of the case by a name that is the same everywhere.

    See https://www.w3.org/TR/rdf11-concepts/#section-skolemization.
    """
    is_blank = term.startswith("_:c14n") and term[6:].isdecimal()
    return blank_name(determination.receipt.case_digest) + term[2:] if is_blank else term


def blank_name(case_digest: str) -> str:
    """Return how the names of the blank nodes begin in the trace of the case with this digest."""
    return f"{BASE}.well-known/genid/{case_digest[:16]}/"


def _has_blank_nodes(determination: Determination) -> bool:
    """Return whether a statement of the case is a blank node; requests and documents never are."""
    facts = (fact for request in determination.requests for a in all_assessments(request) for fact in a.facts)
    terms = chain(
        (term for fact in facts for term in (fact.about, fact.value)),
        (statement for disagreement in determination.disagreements for statement in disagreement.statements),
    )
    return any(term.startswith("_:") for term in terms)


def _with_names(node: Any, determination: Determination) -> Any:
    if isinstance(node, dict):
        return {key: _with_names(value, determination) for key, value in node.items()}
    if isinstance(node, list):
        return [_with_names(item, determination) for item in node]
    return name_of(node, determination) if isinstance(node, str) else node


def to_json(determination: Determination, *, indent: bool = False) -> str:
    """Return the complete trace as JSON text."""
    return dumps(to_dict(determination), indent=indent)


def to_json_ld(determination: Determination, *, indent: bool = False) -> str:
    """Return the complete trace as JSON-LD 1.1: the JSON with its context in it."""
    return dumps({"@context": trace_context(), **to_dict(determination)}, indent=indent)


def dumps(data: Any, *, indent: bool = False) -> str:
    """Return plain data as JSON text."""
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 if indent else None).decode()


def _activity(determination: Determination) -> dict[str, Any]:
    receipt = determination.receipt
    agent = {
        "id": f"{BASE}reasoner/{receipt.reasoner_version}",
        "type": "prov:SoftwareAgent",
        "label": f"mtus-reasoner {receipt.reasoner_version}",
    }
    used = [determination.case, f"urn:sha256:{receipt.knowledge_digest}"]
    return {"id": f"{determination.id}/activity", "type": "prov:Activity", "used": used, "wasAssociatedWith": agent}


def object_of(node: Any) -> Any:
    """Return an object of a trace class as plain JSON data."""
    plan = _plan(node.__class__)
    values = node.__dict__
    found: dict[str, Any] = {}
    for field, key, is_named in plan.fields:
        value = values[field]
        # nearly all values are texts
        if value.__class__ is str:
            if value:
                found[key] = local_name(value) if is_named else value
                continue
        elif value is not None and value != ():
            found[key] = _value(value)
            continue
        if plan.shows_empty:
            found[key] = None
    if plan.kind:
        found["type"] = plan.kind
    return found


class _Plan(NamedTuple):
    """How objects of a trace class are written: field, key and whether by its local name; the type; whether empty values show."""

    fields: tuple[tuple[str, str, bool], ...]
    kind: str | Sequence[str] | None
    shows_empty: bool


class Key(NamedTuple):
    """A field of a trace class, its key, and the vocabulary that its value is from, where it is written by its local name."""

    field: str
    key: str
    vocabulary: str


def keys_of(cls: type[Any]) -> tuple[Key, ...]:
    """Return the keys of a trace class; the metadata of a field may name a vocabulary of its own."""
    named = [(field, _RENAMED.get((cls.__name__, field.name)) or _camel(field.name)) for field in fields(cls)]
    return tuple(Key(field.name, key, field.metadata.get("vocabulary") or NAMED_VALUES.get(key, "")) for field, key in named)


@cache
def _plan(cls: type[Any]) -> _Plan:
    keys = tuple((key.field, key.key, bool(key.vocabulary)) for key in keys_of(cls))
    return _Plan(keys, _TYPES.get(cls.__name__), cls.__name__ in _SHOWN_EMPTY)


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        if not value or isinstance(value[0], str):
            return list(value)
        # else objects, or pairs of a label and a value
        items = [{"label": i[0], "value": i[1]} if isinstance(i, tuple) else object_of(i) for i in value]
        if len(items) > 1:
            for number, item in enumerate(items, 1):
                item[POSITION] = number
        return items
    return value if isinstance(value, int) else object_of(value)


def _camel(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


@lru_cache(maxsize=1)
def trace_context() -> dict[str, Any]:
    """Return the JSON-LD context of a determination."""
    context: dict[str, Any] = {"@vocab": MTUS, "prov": PROV, "id": "@id", "type": "@type"}
    nodes = {
        "case": "determinesCase", "request": "determinesRequest", "about": "isAbout", "criterion": "assessesCriterion",
        "provision": "citesProvision", "section": "isInSection", "edition": "isInEdition", "interpretation": "usesInterpretation",
        "determination": "changesDetermination", "accompanies": "accompaniesRequest",
        "searched": "searchedDocument", "hangsOn": "hangsOn", "quantity": "limitsQuantity", "statements": "isAbout", "document": "statedIn",
    }  # fmt: skip
    links = {
        "requests": "hasRequestDetermination", "reasons": "hasReason", "criteria": "hasAssessment", "parts": "hasPart",
        "citation": "hasCitation", "recommendedBy": "isRecommendedBy", "reading": "hasReading", "parameters": "hasParameter",
        "sought": "soughtFact", "usualDocuments": "usuallyDocumentedIn", "documents": "searchedDocument", "inferences": "hasInference",
        "disagreements": "hasDisagreement", "suggestion": "hasSuggestion", "receipt": "hasReceipt", "engines": "hasEngine",
        "review": "hasReviewSlot", "dates": "hasEditionDate", "isSynthetic": "synthetic", "treatment": "treatmentName",
        "sets": "hasChangeSet", "changes": "hasChange", "purposes": "hasPurposeOfChange", "cited": "citedAs", "because": "reasonForNone",
        "reasonThen": "reasonThen", "findings": "numberOfFindings", "reductions": "numberOfReductions",
        "requested": "requestedQuantity", "supported": "supportedQuantity", "outcome": "reviewOutcome", "reason": "reviewReason",
    }  # fmt: skip
    context |= {key: node_term(name) for key, name in nodes.items()}
    context |= {key: MTUS + name for key, name in links.items()}
    context |= {key: named_term(_PROPERTIES[key], scheme) for key, scheme in NAMED_VALUES.items()}
    # Below the selection of an edition these keys speak of the selection.
    selection = {
        "guideline": node_term("isEditionOf"), "edition": node_term("selectsEdition"), "takenFrom": node_term("statedIn"),
        "date": {"@id": MTUS + "selectsOn", "@type": XSD + "date"}, "year": MTUS + "selectsInYear",
    }  # fmt: skip
    context |= {
        "editions": {"@id": MTUS + "hasEditionSelection", "@context": selection},
        "facts": PROV + "wasDerivedFrom", "statedIn": PROV + "hadPrimarySource",
        "wasGeneratedBy": PROV + "wasGeneratedBy", "wasAssociatedWith": PROV + "wasAssociatedWith",
        "used": {"@id": PROV + "used", "@type": "@id"}, "label": SKOS + "prefLabel", "labels": RDFS + "label", "text": RDFS + "label",
        "predicate": {"@id": RDF + "predicate", "@type": "@id"}, "value": RDF + "value", "source": DCTERMS + "source",
        "date": {"@id": MTUS + "documentDate", "@type": XSD + "date"},
    }  # fmt: skip
    return context


def named_term(name: str, scheme: str) -> dict[str, Any]:
    """Return the term for a property whose values are names of the vocabulary ``scheme``."""
    own = {value: f"{BASE}{scheme}/{value}" for value in _ALSO_KEYS}
    return {"@id": MTUS + name, "@type": "@vocab", "@context": {"@vocab": f"{BASE}{scheme}/", **own}}


def node_term(name: str) -> dict[str, str]:
    """Return the term for a property whose values are things."""
    return {"@id": MTUS + name, "@type": "@id"}


_PROPERTIES: Final = {
    "answer": "hasAnswer", "status": "hasCriterionStatus", "otherStatus": "hasCriterionStatusOtherwise", "disposition": "hasDisposition",
    "overall": "hasDisposition", "role": "hasRole", "burden": "hasBurden", "effect": "hasEffect", "confidence": "hasConfidence",
    "basis": "selectsBy", "answerThen": "hasAnswerThen", "changeKind": "hasChangeKind",
    "reasonKind": "hasReasonKind", "provisionKind": "hasKind", "stage": "hasStage",
}  # fmt: skip


def all_assessments(request: RequestDetermination) -> list[Assessment]:
    """Return every assessment of ``request``, parts included, in the order of the trace."""
    found: list[Assessment] = []
    agenda = list(reversed(request.criteria))
    while agenda:
        current = agenda.pop()
        found.append(current)
        agenda += reversed(current.parts)
    return found
