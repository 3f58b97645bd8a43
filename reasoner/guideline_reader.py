"""Read guidelines from the knowledge: editions, sections, provisions, criteria and their interpretations, gaps told all at once."""

from datetime import date

from mtus.reasoner.errors import KnowledgeError, Problem
from mtus.reasoner.graph import Graph, Literal
from mtus.reasoner.guideline import Criterion, DispositionRule, Edition, Guidelines, Interpretation, Provision, Section
from mtus.reasoner.namespaces import DCTERMS, MTUS, PREF_LABEL, SH, SKOS, TYPE, local_name


def read_guidelines(knowledge: Graph) -> Guidelines:
    """Read all guidelines from ``knowledge`` (shapes and vocabularies together).

    Raises :class:`KnowledgeError` with every gap that it finds: the knowledge is refused as a whole.
    """
    reader = Reader(knowledge)
    guidelines = reader.read()
    if reader.problems:
        raise KnowledgeError(tuple(reader.problems))
    return guidelines


class Reader:
    """Reads guideline knowledge from ``graph``; gaps go to ``problems``. Criteria are things of class ``criteria``."""

    criteria = "Criterion"

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.problems: list[Problem] = []

    def read(self) -> Guidelines:
        """Return all guidelines."""
        sections = {iri: self._section(iri) for iri in self._all("Section")}
        provisions = {iri: self._provision(iri, sections) for iri in self._all("Provision")}
        return Guidelines(
            editions={iri: self._edition(iri) for iri in self._all("Edition")},
            sections=sections,
            provisions=provisions,
            criteria={iri: self._criterion(iri) for iri in self._all(self.criteria)},
            basis_dates={iri: self._node(iri, "readsDate") for iri in self._all("DateBasis")},
            dispositions=tuple(self._disposition(iri) for iri in self._in_order("DispositionRule")),
            confidence_order={iri: n for n, iri in enumerate(self._in_order("Confidence"))},
            search_steps=tuple(self._in_order("SearchStep")),
        )

    def _all(self, cls: str) -> list[str]:
        return sorted(self.graph.subjects(TYPE, MTUS + cls), key=_natural)

    def _in_order(self, cls: str) -> list[str]:
        return sorted(self.graph.subjects(TYPE, MTUS + cls), key=lambda iri: int(self._text(iri, "order") or 0))

    def _edition(self, iri: str) -> Edition:
        return Edition(
            iri=iri,
            label=self._label(iri),
            short_label=self.graph.text(iri, SKOS + "altLabel") or self._label(iri),
            guideline=self._node(iri, "isEditionOf"),
            effective_from=self._date(iri, "effectiveFrom") or date.max,
            effective_to=self._date(iri, "effectiveTo", required=False),
            selects_by=tuple(sorted(self.graph.nodes(iri, MTUS + "selectsBy"))),
            selects_from=self._date(iri, "selectsFrom", required=False),
            is_encoded=self._text(iri, "isEncoded") == "true",
            instrument=self._text(iri, "instrument"),
            rationale=self._text(iri, "rationale"),
        )

    def _section(self, iri: str) -> Section:
        return Section(
            iri=iri,
            label=self._label(iri),
            edition=self._node(iri, "isSectionOf"),
            page=self._text(iri, "page"),
            is_encoded=self._text(iri, "isEncoded") == "true",
            speaks_of=tuple(sorted(self.graph.nodes(iri, MTUS + "speaksOf"))),
            not_encoded_because=self._text(iri, "notEncodedBecause", required=False),
        )

    def _provision(self, iri: str, sections: dict[str, Section]) -> Provision:
        section = self._node(iri, "isInSection")
        if section not in sections:
            self._gap(iri, "it stands in no known section")
        instrument = self._text(iri, "instrument", required=False)
        return Provision(
            iri=iri,
            section=section,
            edition=sections[section].edition if section in sections else "",
            page=self._text(iri, "page", required=not instrument),
            instrument=instrument,
            statement=self._text(iri, "statement"),
            kind=self._node(iri, "hasKind"),
            stance=self._node(iri, "takesStance"),
            speaks_of=self._node(iri, "speaksOf"),
            confidence=self._node(iri, "hasConfidence"),
            source=self._label(self.graph.node(iri, DCTERMS + "source") or ""),
            not_encoded_because=self._text(iri, "notEncodedBecause", required=False),
            grounds=self._optional(iri, "grounds"),
        )

    def _criterion(self, iri: str) -> Criterion:
        lists = {name: self._list(iri, name) for name in ("allOf", "anyOf", "noneOf")}
        composed = any(lists.values())
        on_file, holds = self._optional(iri, "onFileShape"), self._optional(iri, "holdsShape")
        alternative = self._optional(iri, "alternativeShape")
        if composed == bool(on_file):
            self._gap(iri, "it needs either an on-file shape or a list of other criteria, and not both")
        for part in (*lists["allOf"], *lists["anyOf"], *lists["noneOf"]):
            if MTUS + self.criteria not in self.graph.types(part):
                self._gap(iri, f"it refers to {part}, which is no criterion")
        burden = self._node(iri, "hasBurden")
        return Criterion(
            iri=iri,
            label=self._label(iri),
            requirement=self._text(iri, "requirement"),
            provision=self._node(iri, "encodes"),
            role=self._node(iri, "hasRole"),
            burden=burden,
            effect=self.graph.node(burden, MTUS + "hasEffect") or "",
            confidence=self._node(iri, "hasConfidence"),
            target=self._target(iri, [shape for shape in (on_file, holds, alternative) if shape]),
            on_file=on_file,
            holds=holds,
            alternative=alternative,
            precondition=self._optional(iri, "precondition"),
            exception=self._optional(iri, "exception"),
            all_of=lists["allOf"],
            any_of=lists["anyOf"],
            none_of=lists["noneOf"],
            applies_to=self._optional(iri, "appliesTo"),
            interpretation=self._interpretation(iri, holds),
            limits_quantity=self._optional(iri, "limitsQuantity"),
        )

    def _target(self, iri: str, shapes: list[str]) -> str:
        targets = {target for shape in shapes for target in self.graph.nodes(shape, SH + "targetClass")}
        if shapes and len(targets) != 1:
            self._gap(iri, "its shapes have to target one and the same class")
        return next(iter(targets), "")

    def _interpretation(self, criterion: str, shape: str) -> Interpretation | None:
        iri = self.graph.node(criterion, MTUS + "isReadBy")
        if iri is None:
            return None
        return Interpretation(
            iri=iri,
            label=self._label(iri),
            words=self._text(iri, "words"),
            rationale=self._text(iri, "rationale"),
            source=self._label(self.graph.node(iri, DCTERMS + "source") or ""),
            parameters=tuple(self._parameters(shape)),
        )

    def _parameters(self, shape: str) -> list[tuple[str, str]]:
        """Return the numbers of ``shape``: its component parameters and the limits of its property shapes."""
        found: list[tuple[str, str]] = []
        names = {
            path: self.graph.text(node, SH + "name") or local_name(path)
            for component in self.graph.subjects(TYPE, SH + "ConstraintComponent")
            for node in self.graph.nodes(component, SH + "parameter")
            for path in self.graph.nodes(node, SH + "path")
        }
        agenda = [shape]
        while agenda:
            node = agenda.pop(0)
            for path, name in names.items():
                found += [(name, v.value) for v in self.graph.objects(node, path) if isinstance(v, Literal)]
            for limit in ("minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "maxCount"):
                label = self.graph.text(node, SH + "name") or self._path_label(node)
                found += [(f"{label}: {_LIMITS[limit]}", v.value) for v in self.graph.objects(node, SH + limit) if isinstance(v, Literal)]
            agenda += self.graph.nodes(node, SH + "property") + self.graph.nodes(node, SH + "qualifiedValueShape")
        return found

    def _path_label(self, shape: str) -> str:
        path = self.graph.node(shape, SH + "path") or ""
        return self.graph.text(path, PREF_LABEL) or local_name(path)

    def _disposition(self, iri: str) -> DispositionRule:
        return DispositionRule(
            self._node(iri, "atStage"),
            self._node(iri, "forAnswer"),
            self._optional(iri, "onlyReasonKind"),
            self._node(iri, "givesDisposition"),
        )

    def _list(self, iri: str, name: str) -> tuple[str, ...]:
        head = self.graph.node(iri, MTUS + name)
        return tuple(self.graph.list_items(head)) if head else ()

    def _optional(self, iri: str, name: str) -> str:
        return self.graph.node(iri, MTUS + name) or ""

    def _node(self, iri: str, name: str) -> str:
        value = self.graph.node(iri, MTUS + name)
        if value is None:
            self._gap(iri, f"it has no mtus:{name}")
        return value or ""

    def _text(self, iri: str, name: str, *, required: bool = True) -> str:
        value = self.graph.text(iri, MTUS + name)
        if value is None and required:
            self._gap(iri, f"it has no mtus:{name}")
        return value or ""

    def _date(self, iri: str, name: str, *, required: bool = True) -> date | None:
        text = self._text(iri, name, required=required)
        return date.fromisoformat(text) if text else None

    def _label(self, iri: str) -> str:
        label = self.graph.text(iri, PREF_LABEL)
        if label is None:
            self._gap(iri or "(nothing)", "it has no skos:prefLabel, or is referred to without being described")
        return label or ""

    def _gap(self, iri: str, what: str) -> None:
        self.problems.append(
            Problem("incomplete-knowledge", iri, f"{what[0].upper()}{what[1:]}.", "Complete the entry; see CONTRIBUTING.md, add a topic.")
        )


_LIMITS = {
    "minInclusive": "at least",
    "maxInclusive": "at most",
    "minExclusive": "more than",
    "maxExclusive": "less than",
    "maxCount": "at most so many",
}


def _natural(iri: str) -> tuple[object, ...]:
    """Sort ``ESI-10`` after ``ESI-9``."""
    parts: list[str] = [""]
    for char in iri:
        if char.isdigit() != parts[-1].isdigit() or not parts[-1]:
            parts.append(char)
        else:
            parts[-1] += char
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)
