"""The body of `/checklist`: an occasion, for which a checklist is made, or the answers to one, from which a case is made."""

import json
from typing import Any, Final

from mtus.api.answering import HTML, JSON, TEXT
from mtus.api.body import NAME
from mtus.api.deps import case_limits
from mtus.api.examples import json_case
from mtus.reasoner.checklist import make_checklist
from mtus.reasoner.checklist_answers import read_answers
from mtus.reasoner.checklist_case import case_from
from mtus.reasoner.checklist_fhir import to_fhir_json
from mtus.reasoner.checklist_html import to_html
from mtus.reasoner.checklist_json import to_json
from mtus.reasoner.checklist_occasion import occasion
from mtus.reasoner.checklist_text import to_text
from mtus.reasoner.errors import case_error
from mtus.reasoner.formats import decode
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.strict_json import parse_json

FHIR: Final = "application/fhir+json"
_KEYS: Final = {"treatments", "date", "edition", "renewal"}
_MOST_TREATMENTS: Final = 50
_REMEDY: Final = 'Send {"treatments": ["…"], "date": "2015-08-20"}, or a checklist with its answers filled in.'


def checklist_schema() -> dict[str, Any]:
    """Return how the OpenAPI description has the body."""
    occasion_form = {
        "type": "object",
        "properties": {
            "treatments": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": _MOST_TREATMENTS,
                           "description": "Labels or names of treatments of the ontology."},
            "date": {"type": "string", "format": "date", "description": "The date of the request, which selects the edition."},
            "edition": {"type": "string", "description": "The edition by its name, instead of the date."},
            "renewal": {"type": "boolean", "description": "For treatment that the worker has received already."},
        },
        "required": ["treatments"],
        "additionalProperties": False,
    }  # fmt: skip
    answered = {"type": "object", "properties": {"checklist": {"type": "string"}, "answers": {"type": "object"}},
                "required": ["checklist", "answers"]}  # fmt: skip
    response = {"type": "object", "properties": {"resourceType": {"const": "QuestionnaireResponse"}}, "required": ["resourceType"]}
    example = {"treatments": [json_case()["treatments"][0]["type"]], "date": "2015-08-20"}
    return {"schema": {"anyOf": [occasion_form, answered, response]}, "example": example}


def checklist_for(content: bytes, kind: str) -> tuple[str, str]:
    """Return the checklist for the occasion in ``content`` as ``kind``, or the case that answers state, and its media type.

    Raises :class:`CaseError` for what is neither, for unknown treatments and editions, and for wrong answers.
    """
    knowledge = load_knowledge()
    data = parse_json(decode(content, NAME), NAME, plain_numbers=True)
    if isinstance(data, dict) and (data.get("resourceType") or "checklist" in data):
        turned = case_from(read_answers(content, NAME, knowledge, case_limits()), NAME, knowledge, case_limits())
        return json.dumps({"case": parse_json(turned.text(), NAME, plain_numbers=True), "notOnFile": list(turned.incomplete)}), JSON
    made_for = occasion(*_read(data), knowledge, is_renewal=data.get("renewal", False))
    made = make_checklist(made_for, knowledge).checklist
    if kind == TEXT:
        return to_text(made, knowledge), kind
    if kind == HTML:
        return to_html(made, knowledge), kind
    return (to_json(made) if kind == JSON else to_fhir_json(made, knowledge)), kind


def _read(data: Any) -> tuple[list[str], str, str]:
    """Return treatments, date and edition of an occasion; raise :class:`CaseError` where it is not written as one."""
    if not isinstance(data, dict) or not data.keys() <= _KEYS:
        told = "is no object" if not isinstance(data, dict) else f"has the key {min(data.keys() - _KEYS)[:100]!r}"
        raise case_error("checklist-body", f"{NAME}#", f"The body {told}, and names no occasion of a checklist.", _REMEDY)
    treatments = data.get("treatments")
    if not isinstance(treatments, list) or len(treatments) > _MOST_TREATMENTS or not all(isinstance(one, str) for one in treatments):
        raise case_error("checklist-body", f"{NAME}#/treatments", f"It is no list of texts, at most {_MOST_TREATMENTS}.", _REMEDY)
    texts = [data.get("date", ""), data.get("edition", "")]
    if not all(isinstance(text, str) for text in texts) or not isinstance(data.get("renewal", False), bool):
        raise case_error("checklist-body", f"{NAME}#", "date and edition are texts, and renewal is true or false.", _REMEDY)
    return treatments, texts[0], texts[1]
