"""The reference of the vocabulary, from the ontology."""

from pathlib import Path

import pyoxigraph as ox

from generators.markdown import page, table
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.namespaces import MTUS, OWL, RDFS, TYPE, XSD, local_name

_INTRO = """The terms that a case may use. Each name stands below `https://w3id.org/mtus/ontology/`. In JSON the key is the name in the
first column of the properties; a class is the value of `type`. Names come from the ontology, and so does this page."""


# Files whose properties describe guidelines and determinations; a case has no use for them.
_NOT_OF_A_CASE = ("core/guideline.ttl", "core/determination.ttl", "core/lint.ttl", "vocabularies/*.ttl")


def vocabulary_pages(root: Path) -> dict[str, str]:
    """Return the pages about classes, properties and named values."""
    knowledge = load_knowledge()
    return {
        "vocabulary/classes.md": page("Classes", _INTRO, _classes(knowledge)),
        "vocabulary/properties.md": page("Properties", _INTRO, *_properties(knowledge, root)),
        "vocabulary/values.md": page("Named values", _INTRO, *_values(knowledge)),
    }


def _defined(knowledge: Knowledge, iri: str) -> str:
    return knowledge.vocabulary.definitions.get(iri, "")


def _classes(knowledge: Knowledge) -> str:
    ontology = knowledge.ontology
    rows = []
    for iri in sorted(knowledge.vocabulary.classes, key=local_name):
        above = ", ".join(sorted(local_name(sup) for sup in ontology.nodes(iri, RDFS + "subClassOf") if sup.startswith(MTUS)))
        inferred = "yes" if ontology.nodes(iri, OWL + "equivalentClass") else ""
        rows.append((f"`{local_name(iri)}`", knowledge.vocabulary.label(iri), above, inferred, _defined(knowledge, iri)))
    note = "A class that is *inferred* has a definition in OWL: the reasoner finds out what belongs to it, and a case need not say so.\n\n"
    return note + table(("Class", "Label", "Is a kind of", "Inferred", "Definition"), rows)


def _properties(knowledge: Knowledge, root: Path) -> list[str]:
    elsewhere = {
        quad.subject.value
        for pattern in _NOT_OF_A_CASE
        for path in (root / "ontology").glob(pattern)
        for quad in ox.parse(path.read_bytes(), format=ox.RdfFormat.TURTLE)
        if isinstance(quad.subject, ox.NamedNode)
    }
    of_case: list[tuple[str, ...]] = []
    others: list[tuple[str, ...]] = []
    derived: list[tuple[str, ...]] = []
    for iri, prop in sorted(knowledge.vocabulary.properties.items(), key=lambda item: item[1].json_name):
        if not iri.startswith(MTUS):
            continue
        if prop.datatype:
            kind = f"xsd:{local_name(prop.datatype)}" if prop.datatype.startswith(XSD) else prop.datatype
        else:
            named = "the name of a kind of" if prop.names_kinds else "a value of"
            kind = f"{named} {local_name(prop.values_from)}" if prop.values_from else "a thing, or its id"
        row = (f"`{prop.json_name}`", f"`{local_name(iri)}`", kind, prop.unit, _defined(knowledge, iri))
        (derived if prop.is_derived else others if iri in elsewhere else of_case).append(row)
    head = ("Key in JSON", "Property", "Value", "Unit", "Definition")
    return [
        "## Properties of a case\n\n" + table(head, of_case),
        "## Derived values\n\nWorked out on loading; a case may not state them.\n\n" + table(head, derived),
        "## Properties of guidelines and determinations\n\nIn the knowledge and in traces; a case has no use for them.\n\n"
        + table(head, others),
    ]


def _values(knowledge: Knowledge) -> list[str]:
    by_class: dict[str, list[str]] = {}
    for iri in sorted(knowledge.vocabulary.individuals, key=local_name):
        kinds = [c for c in knowledge.ontology.nodes(iri, TYPE) if c.startswith(MTUS)]
        for kind in kinds[:1]:
            by_class.setdefault(kind, []).append(iri)
    parts = []
    for kind, members in sorted(by_class.items(), key=lambda item: local_name(item[0])):
        rows = [(f"`{local_name(m)}`", knowledge.vocabulary.label(m), _defined(knowledge, m)) for m in members]
        parts.append(f"## {local_name(kind)}\n\n{_defined(knowledge, kind)}\n\n" + table(("Name", "Label", "Definition"), rows))
    return parts
