"""Load and compile the knowledge once: ontology, guidelines and shapes, checked before the first case is seen."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import pyoxigraph as ox

from mtus.reasoner.axioms import Rules, background, compile_rules
from mtus.reasoner.closure import ClosureRules
from mtus.reasoner.errors import knowledge_error
from mtus.reasoner.graph import Graph, Triple, from_quads, n_triples
from mtus.reasoner.guideline import Criterion, Guidelines, Provision
from mtus.reasoner.guideline_reader import read_guidelines
from mtus.reasoner.infer import infer
from mtus.reasoner.meta import refuse_bad_knowledge
from mtus.reasoner.namespaces import CASE_SHAPES, local_name
from mtus.reasoner.shape_model import Shape, Shapes, read_shapes
from mtus.reasoner.vocabulary import Vocabulary, read_vocabulary

_T = TypeVar("_T")
# Files below these folders of a topic are examples and tests, not knowledge.
_NOT_KNOWLEDGE = {"cases", "competency", "quality"}
# Shapes about the shapes are run over the knowledge, never over a case.
META = "meta"
# Rules about decisions are run by the linter alone, and read when it asks for them.
LINT = "lint"


@dataclass(frozen=True)
class Source:
    """One knowledge file: its path below its root, and its bytes."""

    path: str
    content: bytes


@dataclass(frozen=True)
class Knowledge:
    """Everything that is loaded once a process and never changes."""

    ontology: Graph
    shapes: Graph
    meta_shapes: Graph
    vocabulary: Vocabulary
    rules: Rules
    background: Mapping[str, tuple[Triple, ...]]
    guidelines: Guidelines
    shape_model: Shapes
    lint_files: tuple[Source, ...]
    digest: str
    # SHA-256 of the two parts of the knowledge as it was loaded, by the names of their folders.
    part_digests: Mapping[str, str]

    @cached_property
    def shapes_text(self) -> bytes:
        """The shapes as N-Triples, the form in which engines read them."""
        return n_triples(self.shapes)

    @cached_property
    def lint_shapes(self) -> Graph:
        """The rules about decisions, as a graph; raises :class:`KnowledgeError` for a file that does not parse."""
        return _graph(list(self.lint_files))

    @cached_property
    def own_inferences(self) -> Mapping[Triple, None]:
        """What the ontology says of its own individuals and what follows from it; none of it belongs to a case."""
        stated = (triple for triples in self.background.values() for triple in triples)
        return dict.fromkeys(infer(stated, self.rules, self.background).graph)

    @cached_property
    def shapes_in_turn(self) -> tuple[tuple[Shape, ...], tuple[tuple[str, Shape], ...]]:
        """The shapes that are tried in any case, and those tried after an on-file shape (its IRI, and the shape)."""
        targeted = self.shape_model.targeted
        criteria = [c for c in self.guidelines.criteria.values() if c.on_file]
        second = tuple((c.on_file, targeted[shape]) for c in criteria for shape in (c.holds, c.alternative) if shape)
        later = {shape.iri for _, shape in second}
        return tuple(shape for iri, shape in targeted.items() if iri not in later), second

    @cached_property
    def closure_rules(self) -> ClosureRules:
        """The axioms as :func:`mtus.reasoner.closure.closure` applies them."""
        return ClosureRules(self.rules, self.background)

    @cached_property
    def case_shapes(self) -> tuple[Shape, ...]:
        """The shapes that say what a well-formed case is."""
        return tuple(shape for iri, shape in self.shape_model.targeted.items() if iri.startswith(CASE_SHAPES))

    @cached_property
    def memory(self) -> dict[object, Any]:
        """What was worked out once under this knowledge and is the same for every case, filled by :meth:`once`."""
        return {}

    def once(self, key: object, make: Callable[[], _T]) -> _T:
        """Return what ``make`` gives; it is called once under this knowledge, and what it gave is kept under ``key``."""
        if key not in self.memory:
            self.memory[key] = make()
        found: _T = self.memory[key]
        return found

    @cached_property
    def requirements(self) -> tuple[Criterion, ...]:
        """The criteria that stand for themselves, not only as parts of others."""
        return tuple(c for c in self.guidelines.criteria.values() if local_name(c.role) != "part")

    @cached_property
    def read_otherwise(self) -> tuple[Criterion, ...]:
        """The criteria of which another reading is encoded too."""
        return tuple(c for c in self.guidelines.criteria.values() if c.alternative)

    def provision_of(self, criterion: Criterion) -> Provision:
        """Return the provision that ``criterion`` encodes."""
        return self.guidelines.provisions[criterion.provision]

    def citation(self, provision: Provision) -> str:
        """Return how ``provision`` is cited: instrument, or edition, section and page."""
        if provision.instrument:
            return provision.instrument
        edition, section = self.guidelines.editions[provision.edition], self.guidelines.sections[provision.section]
        pages = "pp." if "-" in provision.page else "p."
        return f"{edition.short_label}, {section.label}, {pages} {provision.page}"


@lru_cache(maxsize=4)
def load_knowledge(root: Path | None = None) -> Knowledge:
    """Load the knowledge that ships with the package, or the one below ``root`` (with folders ontology/ and shapes/).

    Raises :class:`KnowledgeError` for a file that does not parse, an unsupported axiom, or an entry that fails the shapes in shapes/meta.
    """
    ontology_files = _read(_folder("ontology", root))
    shape_files = _read(_folder("shapes", root))
    ontology = _graph(ontology_files)
    shapes = _graph([f for f in shape_files if not f.path.startswith((META + "/", LINT + "/"))])
    everything = Graph([*ontology, *shapes])
    knowledge = Knowledge(
        ontology=ontology,
        shapes=shapes,
        meta_shapes=_graph([f for f in shape_files if f.path.startswith(META + "/")]),
        vocabulary=read_vocabulary(ontology, shapes),
        rules=compile_rules(ontology),
        background=background(ontology),
        guidelines=read_guidelines(everything),
        shape_model=read_shapes(shapes),
        lint_files=tuple(f for f in shape_files if f.path.startswith(LINT + "/")),
        digest=_digest([*ontology_files, *shape_files]),
        part_digests={"ontology": _digest(ontology_files), "shapes": _digest(shape_files)},
    )
    refuse_bad_knowledge(knowledge)
    return knowledge


def _digest(sources: Iterable[Source]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.path.encode() + b"\0" + source.content + b"\0")
    return digest.hexdigest()


def _folder(name: str, root: Path | None) -> Path:
    return root / name if root else Path(str(files(f"mtus.{name}")))


def _read(folder: Path) -> list[Source]:
    paths = sorted(p for p in folder.rglob("*.ttl") if not _NOT_KNOWLEDGE.intersection(p.relative_to(folder).parts))
    if not paths:
        raise knowledge_error("no-knowledge", str(folder), "There is no Turtle file.", "Install the package again.")
    return [Source(p.relative_to(folder).as_posix(), p.read_bytes()) for p in paths]


def _graph(sources: list[Source]) -> Graph:
    graph = Graph()
    for number, source in enumerate(sources):
        try:
            quads = list(ox.parse(source.content, format=ox.RdfFormat.TURTLE, rename_blank_nodes=False))
        except SyntaxError as error:
            raise knowledge_error("knowledge-syntax", f"{source.path}, line {error.lineno}", str(error.msg), "Mend the Turtle.") from error
        for subject, predicate, value in from_quads(quads):
            # Blank nodes are local to their file; the number of the file keeps them apart and the same in every run.
            graph.add((_local(subject, number), predicate, _local(value, number) if isinstance(value, str) else value))
    return graph


def _local(term: str, number: int) -> str:
    return f"_:f{number}x{term[2:]}" if term.startswith("_:") else term
