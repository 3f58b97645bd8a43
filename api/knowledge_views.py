"""The knowledge as plain data: editions, topics, provisions, criteria and what of them is encoded."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, Final

from mtus.api.guideline_pages import browser
from mtus.reasoner.guideline import Criterion, Edition, Provision, Section
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import GUIDELINE, local_name

# Values of these are things of a vocabulary, told by their local name.
_NAMED: Final = frozenset(("kind", "stance", "confidence", "role", "burden", "effect", "grounds"))


def editions(knowledge: Knowledge) -> list[dict[str, Any]]:
    """Return all editions with how many provisions and criteria each has."""
    return [_edition(edition, knowledge) for edition in knowledge.guidelines.editions.values()]


def topics(knowledge: Knowledge) -> list[dict[str, Any]]:
    """Return all sections of all editions; those that are encoded are the topics that a case is determined by."""
    return [_topic(section, knowledge) for section in knowledge.guidelines.sections.values()]


def provisions(knowledge: Knowledge) -> list[dict[str, Any]]:
    """Return all provisions, each with its criteria by name."""
    return [provision(one, knowledge) for one in knowledge.guidelines.provisions.values()]


def criteria(knowledge: Knowledge) -> list[dict[str, Any]]:
    """Return all criteria."""
    return [criterion(one, knowledge) for one in knowledge.guidelines.criteria.values()]


def provision(one: Provision, knowledge: Knowledge) -> dict[str, Any]:
    """Return a provision with its address and the addresses of its criteria."""
    own = browser(knowledge).criteria_of.get(one.iri, [])
    return {"name": name_of(one.iri), "url": f"/provisions/{name_of(one.iri)}", **_plain(one), "isEncoded": not one.not_encoded_because,
            "criteria": [{"name": name_of(c.iri), "label": c.label, "url": f"/criteria/{name_of(c.iri)}"} for c in own]}  # fmt: skip


def criterion(one: Criterion, knowledge: Knowledge) -> dict[str, Any]:
    """Return a criterion with its address, that of its provision, and those of the criteria that it refers to."""
    of = knowledge.guidelines.provisions[one.provision]
    return {"name": name_of(one.iri), "url": f"/criteria/{name_of(one.iri)}", **_plain(one), "page": of.page,
            "provisionUrl": f"/provisions/{name_of(one.provision)}",
            "parts": [f"/criteria/{name_of(part)}" for part in one.parts]}  # fmt: skip


def provision_in_full(one: Provision, knowledge: Knowledge) -> dict[str, Any]:
    """Return what :func:`provision` does, with the example cases that touch its criteria."""
    own = browser(knowledge).criteria_of.get(one.iri, [])
    return {**provision(one, knowledge), "cases": _cases([c.iri for c in own], knowledge)}


def criterion_in_full(one: Criterion, knowledge: Knowledge) -> dict[str, Any]:
    """Return what :func:`criterion` does, with the example cases that touch it."""
    return {**criterion(one, knowledge), "cases": _cases([one.iri], knowledge)}


def coverage(knowledge: Knowledge) -> dict[str, Any]:
    """Return how many provisions of each section are encoded, and the reasons why others are not."""
    rows = []
    for section in knowledge.guidelines.sections.values():
        own = [p for p in knowledge.guidelines.provisions.values() if p.section == section.iri]
        left = [{"provision": name_of(p.iri), "because": p.not_encoded_because} for p in own if p.not_encoded_because]
        iris = {p.iri for p in own}
        tests = sum(c.provision in iris for c in knowledge.guidelines.criteria.values())
        row = {"section": name_of(section.iri), "label": section.label, "page": section.page, "isEncoded": section.is_encoded,
               "provisions": len(own), "encoded": len(own) - len(left), "criteria": tests, "notEncoded": left}  # fmt: skip
        rows.append(row | ({"because": section.not_encoded_because} if section.not_encoded_because else {}))
    totals = {key: sum(int(str(row[key])) for row in rows) for key in ("provisions", "encoded", "criteria")}
    return {"sections": rows, "all": totals}


def name_of(iri: str) -> str:
    """Return the name of a thing of a guideline in an address: folder and local name, as ``chronic-pain-2009:ESI-2``."""
    folder, _, name = iri.removeprefix(GUIDELINE).partition("/")
    return f"{folder}:{name}"


def named(name: str, iris: Iterable[str]) -> str:
    """Return the IRI among ``iris`` that ``name`` names: as :func:`name_of` does, by its local name alone, or whole; empty for none.

    A local name that several have names none.
    """
    known = list(iris)
    if name in known:
        return name
    fitting = [iri for iri in known if name in (name_of(iri), local_name(iri))]
    return fitting[0] if len(fitting) == 1 else ""


def _cases(criteria: Iterable[str], knowledge: Knowledge) -> list[dict[str, Any]]:
    """Return what came out for ``criteria`` in the example cases that ship with the project, with the addresses of their pages."""
    touched = browser(knowledge).touched
    return [
        {"url": f"/examples/{one.example.name}.html", "case": one.example.determination.case, "request": one.request,
         "criterion": name_of(iri), "status": local_name(one.status)}
        for iri in criteria for one in touched.get(iri, ())
    ]  # fmt: skip


def _edition(edition: Edition, knowledge: Knowledge) -> dict[str, Any]:
    own = {p.iri for p in knowledge.guidelines.provisions.values() if p.edition == edition.iri}
    tests = sum(c.provision in own for c in knowledge.guidelines.criteria.values())
    return {"name": edition.name, **_plain(edition), "provisions": len(own), "criteria": tests}


def _topic(section: Section, knowledge: Knowledge) -> dict[str, Any]:
    own = [name_of(p.iri) for p in knowledge.guidelines.provisions.values() if p.section == section.iri]
    return {"name": name_of(section.iri), **_plain(section), "provisions": own}


def _plain(thing: Any) -> dict[str, Any]:
    """Return a thing as data, keys in camel case, without what is empty."""
    found: dict[str, Any] = {}
    for field in fields(thing):
        value = getattr(thing, field.name)
        if value in ("", (), None):
            continue
        found[_camel(field.name)] = local_name(value) if field.name in _NAMED else _value(value)
    return found


def _value(value: Any) -> Any:
    if is_dataclass(value):
        return _plain(value)
    if isinstance(value, tuple):
        return [list(one) if isinstance(one, tuple) else one for one in value]
    return value.isoformat() if isinstance(value, date) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
