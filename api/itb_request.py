"""Read the body of a request in the form of the ITB's RDF validator, and say which domains and validation types there are."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any, Final

from mtus.api.body import NAME
from mtus.api.errors import ApiError
from mtus.api.formats import INPUT_TYPES, REPORT_TYPES
from mtus.reasoner.errors import Problem
from mtus.reasoner.formats import decode
from mtus.reasoner.guideline import Edition
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.strict_json import parse_json

# The domain of all guidelines.
ALL: Final = "mtus"
_MOST_ITEMS: Final = 100
_ADDRESS: Final = re.compile(r"\s*https?://[^\s<>\"{}]+\s*")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
# What may be said beside the content; what would change the report, and is not done here, may only be said as its default.
_TEXTS: Final = ("contentToValidate", "embeddingMethod", "contentSyntax", "validationType", "reportSyntax", "locale", "contentQuery",
                 "rdfReportSyntax")  # fmt: skip
_NOT_DONE: Final = ("externalRules", "loadImports", "addInputToReport", "addRulesToReport", "wrapReportDataInCDATA", "contentQuery")


@dataclass(frozen=True)
class Item:
    """A content to be validated: its bytes, its format and that of its report (empty where not said), and the IRI of the edition."""

    content: bytes
    syntax: str
    report_syntax: str
    edition: str
    place: str


def domains(knowledge: Knowledge) -> dict[str, tuple[Edition, ...]]:
    """Return the domains by name, each with the editions that can be validated against: those whose provisions are encoded."""
    encoded = tuple(edition for edition in knowledge.guidelines.editions.values() if edition.is_encoded)
    guidelines = sorted({edition.guideline for edition in encoded})
    return {ALL: encoded, **{local_name(one): tuple(e for e in encoded if e.guideline == one) for one in guidelines}}


def domain_info(domain: str, knowledge: Knowledge) -> dict[str, Any]:
    """Return what ``/info`` says of ``domain``; raise :class:`ApiError` (404) where there is none of this name."""
    found = domains(knowledge)
    if domain not in found:
        raise ApiError(404, "no-domain", "There is no such domain.", f"'{domain[:100]}' is none of {', '.join(found)}.")
    types = [{"type": edition.name, "description": edition.label} for edition in found[domain]]
    return {"domain": domain, "validationTypes": types}


def item_schema() -> dict[str, Any]:
    """Return the JSON Schema of one content."""
    return {
        "type": "object",
        "properties": {
            "contentToValidate": {"type": "string", "description": "The case, as it is or in Base64."},
            "embeddingMethod": {
                "enum": ["STRING", "BASE64", "URL"],
                "description": "URL is refused. Recognised from the content where left out.",
            },
            "contentSyntax": {"enum": list(INPUT_TYPES), "description": "Recognised from the content where left out."},
            "validationType": {"type": "string", "description": "An edition; the one in force by the dates of the case where left out."},
            "reportSyntax": {"enum": list(REPORT_TYPES), "description": "Goes before Accept."},
        },
        "required": ["contentToValidate"],
    }


def read_item(body: bytes, domain: str, knowledge: Knowledge) -> Item:
    """Return the content in ``body``; raise :class:`ApiError` (400) for what is not in the form, :class:`CaseError` for broken JSON."""
    return _item(parse_json(decode(body, NAME), NAME, plain_numbers=True), NAME + "#", domain, knowledge)


def read_items(body: bytes, domain: str, knowledge: Knowledge) -> list[Item]:
    """Return the contents in ``body``, a list of them; raises what :func:`read_item` does."""
    data = parse_json(decode(body, NAME), NAME, plain_numbers=True)
    if not isinstance(data, list) or not 0 < len(data) <= _MOST_ITEMS:
        raise _wrong(NAME + "#", f"The body is a list of 1 to {_MOST_ITEMS} contents.")
    return [_item(one, f"{NAME}#/{number}", domain, knowledge) for number, one in enumerate(data)]


def _item(data: Any, place: str, domain: str, knowledge: Knowledge) -> Item:
    if not isinstance(data, dict):
        raise _wrong(place, "It is no object.")
    for key, value in data.items():
        if key in _NOT_DONE and value not in (None, False, "", []):
            raise _wrong(
                f"{place}/{key}", f"{key} is not done here; nothing is fetched, and the rules are those of the edition.", "Leave it out."
            )
        if key not in (*_TEXTS, *_NOT_DONE):
            raise _wrong(place, f"The key '{key[:100]}' is not known.", f"The keys are {', '.join((*_TEXTS, *_NOT_DONE))}.")
        if key in _TEXTS and not isinstance(value, str | None):
            raise _wrong(f"{place}/{key}", f"{key} is no text.")
    if not data.get("contentToValidate"):
        raise _wrong(place, "contentToValidate is missing.")
    syntax, report = data.get("contentSyntax") or "", data.get("reportSyntax") or data.get("rdfReportSyntax") or ""
    if syntax and syntax not in INPUT_TYPES:
        raise _wrong(f"{place}/contentSyntax", f"The contentSyntax '{syntax[:100]}' is none of {', '.join(INPUT_TYPES)}.")
    if report and report not in REPORT_TYPES:
        raise _wrong(f"{place}/reportSyntax", f"The reportSyntax '{report[:100]}' is none of {', '.join(REPORT_TYPES)}.")
    edition = _edition(data.get("validationType") or "", domain, place, knowledge)
    return Item(_content(data, place), INPUT_TYPES.get(syntax, ""), report, edition, f"{place}/contentToValidate")


def _content(data: dict[str, Any], place: str) -> bytes:
    text = str(data["contentToValidate"])
    method = data.get("embeddingMethod") or _embedding_of(text)
    if method == "URL":
        why, remedy = "The content is an address, and nothing is fetched.", "Send the content itself, as STRING or BASE64."
        problem = Problem("remote-content", f"{place}/contentToValidate", why, remedy)
        raise ApiError(
            400, "remote-content", "Content is not fetched.", f"{place}: send the content itself, as STRING or BASE64.", None, problem
        )
    if method not in ("STRING", "BASE64"):
        raise _wrong(f"{place}/embeddingMethod", f"The embeddingMethod '{method[:100]}' is neither STRING nor BASE64.")
    try:
        return base64.b64decode(text, validate=True) if method == "BASE64" else text.encode()
    except (binascii.Error, ValueError):
        raise _wrong(f"{place}/contentToValidate", "contentToValidate is not what its embeddingMethod says.") from None


def _embedding_of(text: str) -> str:
    """Return the embedding method of ``text`` where none is named, as the ITB's validator works it out.

    No case in any format consists of the signs of Base64 alone, or is an address alone.
    """
    if _ADDRESS.fullmatch(text):
        return "URL"
    return "BASE64" if _BASE64.fullmatch(text) else "STRING"


def _edition(name: str, domain: str, place: str, knowledge: Knowledge) -> str:
    known = {edition.name: edition.iri for edition in domains(knowledge)[domain]}
    if name and name not in known:
        why, remedy = (
            f"'{name[:100]}' is none of {', '.join(known)}.",
            "Name one of them, or leave it out: the dates of the case select it.",
        )
        problem = Problem("unknown-validation-type", f"{place}/validationType", why, remedy)
        raise ApiError(400, "unknown-validation-type", "There is no such validation type.", f"{place}: {why}", None, problem)
    return known.get(name, "")


def _wrong(place: str, why: str, remedy: str = "/openapi.json has the form of the request.") -> ApiError:
    problem = Problem("validation-request", place, why, remedy)
    return ApiError(400, "validation-request", "The request is not in the form of the validation API.", f"{place}: {why}", None, problem)
