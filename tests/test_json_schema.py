"""The JSON Schema of a case: valid itself, true of every right case, and it catches what a schema can catch."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mtus.reasoner.case_terms import case_terms
from mtus.reasoner.json_schema import case_schema
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import MTUS, OWL

HERE = Path(__file__).parent
EXAMPLES = HERE.parent / "examples"
VALID = json.loads((HERE / "broken" / "_valid.json").read_text())
CASES = sorted([*EXAMPLES.rglob("case.json"), *EXAMPLES.glob("*/variants/*.json")])
# Broken files whose mistake a schema can see; the others take more than one place of the file to see.
SCHEMA_LEVEL = [
    "list.json", "text.json", "no-id.json", "id-with-space.json", "identifier-with-space.json", "number-as-identifier.json", "null.json",
    "list-in-list.json", "no-type.json", "wrong-root-type.json", "unknown-class.json", "unknown-property.json", "unknown-term.json",
    "derived-day-number.json", "text-for-whole-number.json", "decimal-for-whole-number.json", "whole-number-for-date.json",
    "text-for-true-or-false.json", "reference-for-text.json", "number-for-reference.json", "impossible-date.json", "american-date.json",
    "negative-visits.json", "negative-visits-a-month.json", "zero-visits.json", "no-injury-date.json", "undated-document.json",
    "no-treatment.json", "two-treatments.json", "no-document.json", "no-status.json", "no-requests.json", "visits-on-a-document.json",
    "year-of-two-digits.json",
]  # fmt: skip
BEYOND_A_SCHEMA = {
    "broken-json.json", "trailing-comma.json", "unfinished.json", "not-a-number.json", "repeated-key.json", "deeply-nested.json",
    "nested.json",
    "utf-16-without-mark.json", "white-space.json", "described-twice.json", "exponent.json", "range-upside-down.json",
    "control-character.json", "half-a-character.json", "dangling-reference.json", "cycle-of-one.json",
    "injury-date-and-none.json", "date-and-year.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def schema(knowledge: Knowledge) -> dict[str, Any]:
    return case_schema(knowledge)


@pytest.fixture(scope="module")
def validator(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(schema, format_checker=checker)


def test_the_schema_is_a_valid_schema(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "https://w3id.org/mtus/schema/case.json"


def test_the_schema_is_the_same_each_time(schema: dict[str, Any], knowledge: Knowledge) -> None:
    assert json.dumps(case_schema(knowledge)) == json.dumps(schema)


@pytest.mark.parametrize("path", CASES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_every_example_is_valid(path: Path, validator: jsonschema.Draft202012Validator) -> None:
    assert [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(json.loads(path.read_text("utf-8")))] == []


def test_the_small_case_is_valid(validator: jsonschema.Draft202012Validator) -> None:
    validator.validate(VALID)


@pytest.mark.parametrize("name", SCHEMA_LEVEL)
def test_mistakes_that_a_schema_can_see(name: str, validator: jsonschema.Draft202012Validator) -> None:
    assert list(validator.iter_errors(json.loads((HERE / "broken" / name).read_text("utf-8"))))


def test_every_broken_json_file_is_sorted() -> None:
    files = {path.name for path in (HERE / "broken").glob("*.json")} - {"_valid.json"}
    assert files == set(SCHEMA_LEVEL) | BEYOND_A_SCHEMA


def test_the_loader_accepts_the_key_that_names_the_schema(knowledge: Knowledge, validator: jsonschema.Draft202012Validator) -> None:
    case = {"$schema": "https://w3id.org/mtus/schema/case.json", **VALID}
    validator.validate(case)
    assert load_case(json.dumps(case).encode(), knowledge).digest == load_case(json.dumps(VALID).encode(), knowledge).digest


def changed(place: str, number: int, **values: object) -> dict[str, Any]:
    """Return the small case with other ``values`` at one of its things; None removes a key."""
    case: dict[str, Any] = json.loads(json.dumps(VALID))
    thing = case[place][number]
    for key, value in values.items():
        thing[key] = value
        if value is None:
            del thing[key]
    return case


@pytest.mark.parametrize(
    ("case", "right"),
    [
        (changed("findings", 0, statedIn=["note", "summary"]), True),
        (changed("findings", 0, statedIn=[]), False),
        (changed("findings", 0, type=["Pain", "Symptom"]), True),
        (changed("findings", 0, type="Letter"), False),
        (changed("requests", 0, type="CaseSummary"), False),
        (changed("requests", 0, isRequestOf="small"), True),
        (changed("documents", 1, type="Letter", date=None), False),
        (changed("documents", 1, type="CaseSummary", date=None), True),
        (changed("findings", 0, hasBaseline={"type": "Measurement", "score": 3, "measuredOn": "2015-08-18", "statedIn": "note"}), False),
        (changed("findings", 0, type="PainComparison", isBetterWhen="lowerIsBetter", hasBaseline="m1", hasFollowUp="m2"), True),
        (changed("findings", 0, type="PainComparison", isBetterWhen="lowerIsBetter", hasBaseline="m1"), False),
        (changed("findings", 0, reliefPercent=101), False),
        (changed("findings", 0, reliefPercent=50.5), True),
        (changed("courses", 0, hasCourseStatus="running"), False),
        (changed("conditions", 0, affectsRegion="lumbarSpine"), True),
        (changed("requests", 0, renewsCourse="course-1"), False),
        (changed("requests", 0, hasAnswer="x"), False),
    ],
)
def test_what_may_stand_where(case: dict[str, Any], right: bool, validator: jsonschema.Draft202012Validator) -> None:
    errors = [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(case)]
    assert (not errors) == right, errors


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


def test_every_name_has_its_words(schema: dict[str, Any]) -> None:
    for thing in objects(schema):
        assert thing["title"]
        assert thing["description"]
        assert thing["additionalProperties"] is False
        for name, value in thing["properties"].items():
            assert name in ("id", "type", "$schema") or (value["title"] and value["description"]), name


def test_every_reference_within_the_schema_exists(schema: dict[str, Any]) -> None:
    for name in set(json.dumps(schema).split('"#/$defs/')[1:]):
        assert name.split('"')[0] in schema["$defs"]


def test_names_are_unique(knowledge: Knowledge) -> None:
    terms = case_terms(knowledge)
    assert len(terms.names) == len([use for use in terms.uses.values() if not use.property.is_derived])


def test_the_use_of_every_property_is_said_with_known_classes(knowledge: Knowledge) -> None:
    vocabulary = knowledge.vocabulary
    for annotation in ("usedOn", "refersTo"):
        for prop, _, cls in knowledge.ontology.with_predicate(MTUS + annotation):
            assert prop in vocabulary.properties, prop
            assert cls in vocabulary.classes or cls == OWL + "Thing", (prop, cls)
    for prop, _, _ in knowledge.ontology.with_predicate(MTUS + "refersTo"):
        found = vocabulary.properties[prop]
        assert not found.datatype, prop
        assert not found.values_from, prop
        assert knowledge.ontology.nodes(prop, MTUS + "usedOn"), prop


def test_every_property_that_says_something_on_file_may_stand_in_a_case(knowledge: Knowledge) -> None:
    """A new property of a topic needs one line, ``mtus:usedOn``; without it no case could state it."""
    terms = case_terms(knowledge)
    stated = [
        p for p in knowledge.vocabulary.properties.values() if p.is_reading or p.is_provenance or p.values_from or p.day_number or p.unit
    ]
    missing = [p.iri for p in stated if p.iri not in terms.uses and not p.is_derived]
    assert missing == []


def test_every_property_of_a_criterion_path_is_known_to_cases_or_inferred(knowledge: Knowledge) -> None:
    terms = case_terms(knowledge)
    for use in terms.uses.values():
        assert use.terms or not use.property.values_from, use.property.iri
    assert terms.classes >= terms.places
