"""The plain JSON form of a case: ordinary JSON whose keys are the ontology's names, read as JSON-LD with our own context.

The context is built from the ontology, so a new term needs no code. A remote context is never fetched.
"""

import json
from functools import lru_cache
from typing import Any

from mtus.reasoner.errors import CaseError, Problem, case_error
from mtus.reasoner.namespaces import CASE, MTUS
from mtus.reasoner.vocabulary import Vocabulary

MAX_DEPTH = 20


@lru_cache(maxsize=4)
def _context(properties: tuple[tuple[str, str, str, bool], ...]) -> dict[str, Any]:
    context: dict[str, Any] = {"@vocab": MTUS, "id": "@id", "type": "@type", "$schema": None}
    for name, iri, datatype, from_vocabulary in properties:
        context[name] = {"@id": iri, "@type": datatype or ("@vocab" if from_vocabulary else "@id")}
    return context


def json_ld_context(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the JSON-LD 1.1 context of the plain form, without ``@base``."""
    return _context(tuple((p.json_name, p.iri, p.datatype, bool(p.values_from)) for p in vocabulary.properties.values() if not p.is_derived))


def case_json_to_json_ld(text: str, name: str, vocabulary: Vocabulary) -> bytes:
    """Return the plain JSON case ``text`` as JSON-LD.

    ``name`` is what errors call the file. Raises :class:`CaseError` for broken JSON (line and column), duplicate keys,
    unknown keys, values of a wrong kind (JSON pointer) and a missing identifier.
    """
    document = parse_json(text, name)
    if not isinstance(document, dict):
        raise case_error("json-shape", f"{name}#", "A case is a JSON object.", "Start with { and give the case an id.")
    identifier = document.get("id")
    if not isinstance(identifier, str) or not identifier.strip() or any(c in identifier for c in ' <>"{}|\\^`'):
        raise case_error("case-id", f"{name}#/id", "The case has no usable identifier.", 'Give it one without spaces, such as "id": "case-17".')
    problems: list[Problem] = []
    context = json_ld_context(vocabulary)
    _walk(document, "", context, vocabulary, name, problems)
    if problems:
        raise CaseError(tuple(problems))
    iri = identifier if "://" in identifier else CASE + identifier
    base = {"@base": iri + "/"}
    return json.dumps({"@context": [base, context], **document, "id": iri, "type": "Case"}).encode()


def parse_json(text: str, name: str) -> Any:
    """Parse ``text`` as strict JSON: no duplicate keys, no NaN; numbers with a point keep their digits as text."""
    try:
        return json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=str)
    except json.JSONDecodeError as error:
        where = f"{name}, line {error.lineno}, column {error.colno}"
        raise case_error("syntax", where, f"This is not valid JSON: {error.msg}.", "Mend the file at this place.") from error
    except RecursionError as error:
        raise case_error("json-depth", name, "The JSON is nested too deeply.", f"Nest at most {MAX_DEPTH} levels.") from error
    except ValueError as error:
        raise case_error("syntax", name, f"This is not valid JSON: {error}.", "Mend the file at this place.") from error


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key '{key}' stands twice in one object, so one of its values would be lost")
        found[key] = value
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _walk(node: Any, pointer: str, context: dict[str, Any], vocabulary: Vocabulary, name: str, problems: list[Problem]) -> None:
    if pointer.count("/") > MAX_DEPTH:
        problems.append(Problem("json-depth", f"{name}#{pointer}", "The JSON is nested too deeply.", f"Nest at most {MAX_DEPTH} levels."))
    elif isinstance(node, list):
        for number, item in enumerate(node):
            _walk(item, f"{pointer}/{number}", context, vocabulary, name, problems)
    elif isinstance(node, dict):
        for key, value in node.items():
            place = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            if key not in context or key.startswith("@"):
                problems.append(_unknown_key(key, place, context, vocabulary, name))
                continue
            problem = _value_problem(key, value, place, context, vocabulary, name)
            if problem:
                problems.append(problem)
            _walk(value, place, context, vocabulary, name, problems)


def _unknown_key(key: str, place: str, context: dict[str, Any], vocabulary: Vocabulary, name: str) -> Problem:
    near = vocabulary.nearest(key, [k for k in context if not k.startswith(("@", "$"))])
    remedy = f"Did you mean '{near}'?" if near else "docs/reference lists the names."
    return Problem("unknown-property", f"{name}#{place}", f"'{key}' is no known name.", remedy)


def _value_problem(key: str, value: Any, place: str, context: dict[str, Any], vocabulary: Vocabulary, name: str) -> Problem | None:
    """Return what is wrong with the kind of ``value``, whose term is ``key``, or None."""
    term = context[key]
    where = f"{name}#{place}"
    values = value if isinstance(value, list) else [value]
    if any(item is None for item in values):
        return Problem("json-shape", where, f"'{key}' is null.", "Leave the key out where nothing is stated.")
    if key == "type":
        for item in values:
            if not isinstance(item, str) or MTUS + item not in vocabulary.classes:
                near = vocabulary.nearest(str(item), vocabulary.classes)
                hint = f"Did you mean '{near.removeprefix(MTUS)}'?" if near else "docs/reference lists the classes."
                return Problem("unknown-class", where, f"'{item}' is no known class.", hint)
        return None
    datatype = term.get("@type", "") if isinstance(term, dict) else "@id"
    if datatype.startswith("@"):
        return _reference_problem(key, values, where, datatype, term, vocabulary)
    expected = _JSON_KINDS.get(datatype.rsplit("#", 1)[-1], (str,))
    for item in values:
        if isinstance(item, bool) != (expected == (bool,)) or not isinstance(item, expected):
            return Problem("wrong-datatype", where, f"'{key}' has the value {json.dumps(item)[:80]}, which is of a wrong kind.",
                           f"Write a {_NAMES[expected]}.")  # fmt: skip
    return None


def _reference_problem(key: str, values: list[Any], where: str, datatype: str, term: Any, vocabulary: Vocabulary) -> Problem | None:
    for item in values:
        if not isinstance(item, (str, dict)):
            return Problem("wrong-datatype", where, f"'{key}' refers to something, and {json.dumps(item)[:80]} is no reference.",
                           "Write the id of a node, or the node itself.")  # fmt: skip
        if datatype == "@vocab" and isinstance(item, str) and ":" not in item and MTUS + item not in vocabulary.individuals:
            near = vocabulary.nearest(item, vocabulary.individuals)
            hint = f"Did you mean '{near.removeprefix(MTUS)}'?" if near else "docs/reference lists the terms."
            return Problem("unknown-term", where, f"'{item}' is no known term.", hint)
    return None


# Numbers with a point arrive as text (see parse_json), so a decimal may be either.
_JSON_KINDS: dict[str, tuple[type, ...]] = {"integer": (int,), "decimal": (int, str), "boolean": (bool,)}
_NAMES: dict[tuple[type, ...], str] = {(int,): "whole number without quotes", (int, str): "number", (bool,): "true or false", (str,): "text in quotes"}
