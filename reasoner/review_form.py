"""What a reviewer fills in: a form, as JSON or from the options of the command, with names as people write them.

The form names requests by number or id, and criteria by their names in the trace. :mod:`mtus.reasoner.review_make` makes the review of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from mtus.reasoner.errors import CaseError, ReviewError, review_error
from mtus.reasoner.formats import decode
from mtus.reasoner.strict_json import parse_json, pointer_step


@dataclass(frozen=True)
class FormOverride:
    """One override: a criterion with the status found, or a kind of reason; the reason for it, and the evidence seen."""

    criterion: str = ""
    reason_kind: str = ""
    status: str = ""
    reason: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class FormRequest:
    """What is decided on one request; an empty decision stands for the recommended disposition."""

    request: str
    decision: str = ""
    approved_part: str = ""
    overrides: tuple[FormOverride, ...] = ()


@dataclass(frozen=True)
class Form:
    """A filled form. ``determination`` and ``digest`` are empty where the options of the command were filled in, and no file.

    ``agrees_with_rest``: requests that are not named are agreed with, as recommended.
    """

    name: str
    role: str
    licence_states: tuple[str, ...]
    specialties: tuple[str, ...]
    reviewed_at: str
    requests: tuple[FormRequest, ...] = ()
    determination: str = ""
    digest: str = ""
    agrees_with_rest: bool = False


# Which keys an object of the form has, and of which kind their values are.
_Keys = dict[str, type]
_OVERRIDE: Final[_Keys] = {"criterion": str, "reasonKind": str, "status": str, "reason": str, "evidence": list}
_REQUEST: Final[_Keys] = {"request": str, "recommended": str, "decision": str, "approvedPart": str, "overrides": list}
_REVIEWER: Final[_Keys] = {"name": str, "role": str, "licenceStates": list, "specialties": list}
_FORM: Final[_Keys] = {"$schema": str, "determination": str, "determinationDigest": str, "reviewer": dict, "reviewedAt": str,
                       "requests": list}  # fmt: skip
_LISTS_OF_TEXTS: Final = ("licenceStates", "specialties", "evidence")
_OVERRIDE_OPTION: Final = "REQUEST/CRITERION=STATUS: REASON"
_EVIDENCE_OPTION: Final = "REQUEST/CRITERION: EVIDENCE"
_DECIDE_OPTION: Final = "REQUEST=DECISION, or for a modification REQUEST=modify: WHAT IS APPROVED"


def form_from_json(content: bytes, name: str) -> Form:
    """Return the form in the JSON ``content``; see :func:`form_from`. Raises :class:`ReviewError` for what is no JSON, too."""
    return form_from(json_of(content, name), name)


def json_of(content: bytes, name: str) -> Any:
    """Return the value of the JSON ``content``; raise :class:`ReviewError` where it is none."""
    try:
        return parse_json(decode(content, name), name, plain_numbers=True)
    except CaseError as error:
        raise ReviewError(error.problems) from error


def form_from(data: Any, name: str) -> Form:
    """Return the form in ``data``; raise :class:`ReviewError` (``review-form``, with a JSON pointer) where it has another form.

    ``name`` is what errors call the file. ``mtus schema --review`` prints the schema.
    """
    form = _members(data, _FORM, name, "")
    for key in ("determination", "determinationDigest"):
        if not form.get(key):
            raise _wrong(name, f"/{key}", "The form does not say which determination it is of.")
    reviewer = _members(form.get("reviewer", {}), _REVIEWER, name, "/reviewer")
    requests = [_request(item, name, f"/requests/{n}") for n, item in enumerate(form.get("requests", []))]
    return Form(
        name=reviewer.get("name", ""),
        role=reviewer.get("role", ""),
        licence_states=tuple(reviewer.get("licenceStates", ())),
        specialties=tuple(reviewer.get("specialties", ())),
        reviewed_at=form.get("reviewedAt", ""),
        requests=tuple(requests),
        determination=form.get("determination", ""),
        digest=form.get("determinationDigest", ""),
    )


def _request(data: Any, name: str, place: str) -> FormRequest:
    own = _members(data, _REQUEST, name, place)
    overrides = [_members(item, _OVERRIDE, name, f"{place}/overrides/{n}") for n, item in enumerate(own.get("overrides", []))]
    if not own.get("decision"):
        raise _wrong(name, f"{place}/decision", "The request is not decided.")
    return FormRequest(
        own.get("request", ""),
        own["decision"],
        own.get("approvedPart", ""),
        tuple(
            FormOverride(
                o.get("criterion", ""), o.get("reasonKind", ""), o.get("status", ""), o.get("reason", ""), tuple(o.get("evidence", ()))
            )
            for o in overrides
        ),
    )


def _members(data: Any, known: _Keys, name: str, place: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _wrong(name, place, "An object is expected here.")
    for key, value in data.items():
        at = f"{place}/{pointer_step(key)}"
        if key not in known:
            raise _wrong(name, at, f"'{key[:60]}' is no key of a review here; the keys are: {', '.join(known)}.")
        if not isinstance(value, known[key]):
            raise _wrong(name, at, f"{_IN_WORDS[known[key]]} is expected here.")
        if isinstance(value, list) and key in _LISTS_OF_TEXTS and not all(isinstance(item, str) and item for item in value):
            raise _wrong(name, at, "A list of texts is expected here, none of them empty.")
    return data


_IN_WORDS: Final[dict[type, str]] = {str: "A text", list: "A list", dict: "An object"}


def _wrong(name: str, place: str, why: str) -> ReviewError:
    return review_error("review-form", f"{name}#{place}" if place else name, why,
                      "`mtus new review DETERMINATION` prints a form to fill in, `mtus schema --review` its schema.")  # fmt: skip


# From the options of the command


def with_options(form: Form, overrides: Sequence[str], evidence: Sequence[str], decisions: Sequence[str]) -> Form:
    """Return ``form`` with the requests that the options speak of; raise :class:`ReviewError` where one is not written as it has to be.

    The options are ``REQUEST/CRITERION=STATUS: REASON`` (or ``REQUEST/REASON-KIND: REASON``), ``REQUEST/CRITERION: EVIDENCE`` and
    ``REQUEST=DECISION`` (with ``: WHAT IS APPROVED`` for a modification).
    """
    seen: dict[tuple[str, str], list[str]] = {}
    for option in evidence:
        at, text = _split(option, "--evidence", _EVIDENCE_OPTION)
        seen.setdefault(_target(at, "--evidence", _EVIDENCE_OPTION), []).append(text)
    found: dict[str, FormRequest] = {}
    for option in overrides:
        at, reason = _split(option, "--override", _OVERRIDE_OPTION)
        request, ground = _target(at, "--override", _OVERRIDE_OPTION)
        criterion, _, status = (part.strip() for part in ground.partition("="))
        override = FormOverride(criterion, "", status, reason, tuple(seen.pop((request, criterion), ())))
        own = found.setdefault(request, FormRequest(request))
        found[request] = replace(own, overrides=(*own.overrides, override))
    if seen:
        raise review_error("review-option", f"--evidence {'/'.join(next(iter(seen)))}", "No --override names this request and criterion.",
                         "Write the request and the criterion in the same way in both.")  # fmt: skip
    for option in decisions:
        target, _, part = option.partition(": ")
        request, equals, decision = (text.strip() for text in target.partition("="))
        if not equals or not decision:
            raise _option("--decide", option, _DECIDE_OPTION)
        found[request] = replace(found.get(request, FormRequest(request)), decision=decision, approved_part=part.strip())
    return replace(form, requests=tuple(found.values()), agrees_with_rest=True)


def _split(option: str, name: str, form: str) -> tuple[str, str]:
    target, colon, text = option.partition(": ")
    if not colon or not text.strip():
        raise _option(name, option, form)
    return target.strip(), text.strip()


def _target(target: str, name: str, form: str) -> tuple[str, str]:
    request, slash, ground = (part.strip() for part in target.partition("/"))
    if not slash or not request or not ground:
        raise _option(name, target, form)
    return request, ground


def _option(name: str, given: str, form: str) -> ReviewError:
    return review_error("review-option", f"{name} {given[:80]}", "The option is not written as it has to be.", f'Write {name} "{form}".')
