"""The JSON Schema (2020-12) of the plain JSON form of a case, made from the ontology and the case shapes.

An editor that knows it offers the names while one types. It says which keys and types may stand where, which values a vocabulary
has, and what no case can lack; what holds between things (references, dates, dependencies) only the loader checks.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

from mtus.reasoner.case_terms import CASE_CLASS, CaseTerms, Use, case_terms
from mtus.reasoner.graph import Literal
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, CASE_SHAPES, MTUS, OWL, XSD, local_name
from mtus.reasoner.paths import Predicate
from mtus.reasoner.shape_model import Shape, integer

Schema: TypeAlias = dict[str, Any]

SCHEMA_ID = BASE + "schema/case.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DATATYPES: dict[str, Schema] = {
    XSD + "string": {"type": "string"},
    XSD + "date": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    XSD + "integer": {"type": "integer"},
    XSD + "decimal": {"type": "number"},
    XSD + "boolean": {"type": "boolean"},
}
_LIMITS = {"minInclusive": "minimum", "maxInclusive": "maximum", "minExclusive": "exclusiveMinimum", "maxExclusive": "exclusiveMaximum"}
_IDENTIFIER = {"type": "string", "pattern": r"^([\w.~-]+|(https?://|urn:)\S+)$"}


@dataclass(frozen=True)
class _Rule:
    """What the case shapes say about one property of things of one class."""

    minimum: int
    maximum: int | None
    limits: tuple[tuple[str, float], ...]


def case_schema(knowledge: Knowledge) -> Schema:
    """Return the JSON Schema of a case in plain JSON under ``knowledge``; the same knowledge gives the same schema."""
    return _Builder(knowledge).build()


class _Builder:
    def __init__(self, knowledge: Knowledge) -> None:
        self.terms: CaseTerms = case_terms(knowledge)
        self.knowledge = knowledge
        self.labels = knowledge.vocabulary.label
        self.rules = _rules(knowledge)
        self.choices = _choices(knowledge)

    def build(self) -> Schema:
        case = self._thing(CASE_CLASS)
        case["properties"] = {"$schema": {"type": "string"}, **case["properties"], "type": {"const": local_name(CASE_CLASS)}}
        case["required"] = [key for key in case["required"] if key != "type"]
        things = {local_name(place): self._thing(place) for place in sorted(self.terms.places - {CASE_CLASS})}
        return {
            "$schema": _DIALECT,
            "$id": SCHEMA_ID,
            **case,
            "$defs": {
                "identifier": {"title": "identifier", "description": "The id of a thing of the case, or a whole IRI.", **_IDENTIFIER},
                **things,
            },
        }

    def _thing(self, place: str) -> Schema:
        """Return the schema of an object that describes a thing of class ``place`` or of a class below it."""
        below = self._below(place)
        kinds = self.terms.kinds(frozenset((place,)))
        all_kinds = frozenset().union(*(self.terms.kinds(frozenset((cls,))) for cls in below))
        uses = sorted((u for u in self.terms.usable_on(all_kinds) if not u.property.is_derived), key=lambda u: u.property.json_name)
        own = [self._required(cls, place) for cls in sorted(kinds)]
        schema: Schema = {
            "title": self.labels(place),
            "description": self.knowledge.vocabulary.definitions.get(place, ""),
            "type": "object",
            "properties": {
                "id": {"$ref": "#/$defs/identifier"},
                "type": _one_or_many({"enum": _names(below)}, None, 1),
                **{use.property.json_name: self._value(use, kinds) for use in uses},
            },
            "required": [*sorted({key for keys in own for key in keys} | ({"id"} if place == CASE_CLASS else set())), "type"],
            "additionalProperties": False,
        }
        only = {use.property.json_name: self._only(use, below) for use in uses if use.used_on.isdisjoint(kinds)}
        if only:
            schema["dependentSchemas"] = only
        alternatives = [
            {"anyOf": [{"required": [self.terms.uses[prop].property.json_name]} for prop in props]}
            for cls in sorted(kinds)
            for props in self.choices.get(cls, ())
        ]
        narrower = [self._narrower(cls, place) for cls in below if cls not in kinds and self._required(cls, place)] + alternatives
        if narrower:
            schema["allOf"] = narrower
        return schema

    def _below(self, place: str) -> list[str]:
        return sorted(cls for cls in self.terms.classes if place in self.terms.kinds(frozenset((cls,))))

    def _only(self, use: Use, below: list[str]) -> Schema:
        """Return what a thing has to be to have a property that not all things at its place have."""
        fitting = [cls for cls in below if not use.used_on.isdisjoint(self.terms.kinds(frozenset((cls,))))]
        return {"properties": {"type": _has_type(fitting)}}

    def _narrower(self, cls: str, place: str) -> Schema:
        """Return what things of ``cls``, a class below ``place``, need beyond the others."""
        return {
            "if": {"properties": {"type": _has_type(self._below(cls))}, "required": ["type"]},
            "then": {"required": sorted(self._required(cls, place))},
        }

    def _required(self, cls: str, place: str) -> set[str]:
        found = set()
        for prop, rule in self.rules.get(cls, {}).items():
            use = self.terms.uses.get(prop)
            if use is not None and rule.minimum > 0 and not self._said_by_place(use, place):
                found.add(use.property.json_name)
        return found

    def _said_by_place(self, use: Use, place: str) -> bool:
        """Return whether a thing at ``place`` has the property by standing in a list of the case."""
        ontology = self.knowledge.ontology
        inverses = [*ontology.nodes(use.property.iri, OWL + "inverseOf"), *ontology.subjects(OWL + "inverseOf", use.property.iri)]
        others = [self.terms.uses[iri] for iri in inverses if iri in self.terms.uses]
        return any(CASE_CLASS in other.used_on and place in other.refers_to for other in others)

    def _value(self, use: Use, kinds: frozenset[str]) -> Schema:
        rules = [self.rules[cls][use.property.iri] for cls in sorted(kinds) if use.property.iri in self.rules.get(cls, {})]
        one = dict(_DATATYPES[use.property.datatype]) if use.property.datatype else self._reference(use)
        for rule in rules:
            one.update(rule.limits)
        maximum = min((rule.maximum for rule in rules if rule.maximum is not None), default=None)
        described = {"title": use.property.label, "description": self.knowledge.vocabulary.definitions.get(use.property.iri, "")}
        return {**described, **_one_or_many(one, maximum, max((rule.minimum for rule in rules), default=0))}

    def _reference(self, use: Use) -> Schema:
        if use.property.values_from:
            return {"enum": sorted(local_name(term) for term in use.terms)}
        identifier = {"$ref": "#/$defs/identifier"}
        things = [{"$ref": f"#/$defs/{local_name(place)}"} for place in sorted(use.refers_to) if place != CASE_CLASS]
        return {"anyOf": [identifier, *things]} if things else identifier


def _names(classes: list[str]) -> list[str]:
    """Return the names of ``classes`` as they are written in JSON."""
    return [cls.removeprefix(MTUS) for cls in classes]


def _has_type(classes: list[str]) -> Schema:
    names = {"enum": _names(classes)}
    return {"anyOf": [names, {"type": "array", "contains": names}]}


def _one_or_many(one: Schema, maximum: int | None, minimum: int) -> Schema:
    """Return the schema of a value that may stand alone or in a list."""
    if maximum == 1:
        return one
    many: Schema = {"type": "array", "items": one, "uniqueItems": True}
    if minimum:
        many["minItems"] = minimum
    return {"anyOf": [one, many]}


def _rules(knowledge: Knowledge) -> dict[str, dict[str, _Rule]]:
    """Return what the case shapes say of single properties, by target class and property."""
    found: dict[str, dict[str, _Rule]] = {}
    for shape in knowledge.shape_model.targeted.values():
        if shape.iri.startswith(CASE_SHAPES):
            for target in shape.targets:
                for part in shape.property_shapes:
                    if isinstance(part.path, Predicate):
                        rules = found.setdefault(target, {})
                        rules[part.path.iri] = _both(rules.get(part.path.iri), _rule(part))
    return found


def _choices(knowledge: Knowledge) -> dict[str, list[tuple[str, ...]]]:
    """Return the properties of which the case shapes demand one or another, by target class."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for shape in knowledge.shape_model.targeted.values():
        for constraint in shape.constraints if shape.iri.startswith(CASE_SHAPES) else ():
            props = tuple(part.path.iri for part in constraint.shapes if isinstance(part.path, Predicate) and _demands(part))
            if constraint.kind in ("or", "xone") and len(props) == len(constraint.shapes):
                for target in shape.targets:
                    found.setdefault(target, []).append(props)
    return found


def _demands(shape: Shape) -> bool:
    """Return whether ``shape`` cannot hold without a value."""
    return _rule(shape).minimum > 0 or any(c.kind == "hasValue" for c in shape.constraints)


def _rule(shape: Shape) -> _Rule:
    counts = {c.kind: integer(c.values[0]) for c in shape.constraints if c.kind in ("minCount", "maxCount")}
    limits = tuple(
        (_LIMITS[c.kind], _number(c.values[0])) for c in shape.constraints if c.kind in _LIMITS and isinstance(c.values[0], Literal)
    )
    return _Rule(counts.get("minCount", 0), counts.get("maxCount"), limits)


def _both(first: _Rule | None, second: _Rule) -> _Rule:
    if first is None:
        return second
    maxima = [rule.maximum for rule in (first, second) if rule.maximum is not None]
    return _Rule(max(first.minimum, second.minimum), min(maxima, default=None), first.limits + second.limits)


def _number(value: Literal) -> float:
    return int(value.value) if value.datatype == XSD + "integer" else float(value.value)
