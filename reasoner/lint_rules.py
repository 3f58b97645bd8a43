"""The rules about decisions: shapes/lint read as a body of knowledge of its own, apart from the criteria for requests.

A rule (mtus:DecisionRule) has the form of a criterion, so everything that evaluates, composes and explains criteria serves for it too.
It never meets a request: the rules are read when the linter first asks for them, and no determination does.
"""

from dataclasses import dataclass, field, replace
from functools import lru_cache

from mtus.reasoner.case_terms import CASE_CLASS
from mtus.reasoner.errors import KnowledgeError
from mtus.reasoner.graph import Graph
from mtus.reasoner.guideline import Guidelines, Provision
from mtus.reasoner.guideline_reader import Reader
from mtus.reasoner.kinds import kinds_of
from mtus.reasoner.knowledge import Knowledge, Source
from mtus.reasoner.meta import refuse_bad_knowledge
from mtus.reasoner.namespaces import DCTERMS, MTUS, TYPE
from mtus.reasoner.shape_model import read_shapes


def decision_rules(knowledge: Knowledge) -> Knowledge:
    """Return ``knowledge`` with the rules about decisions in the place of its guidelines and shapes; compiled at the first call for it.

    Raises :class:`KnowledgeError` for rules that do not parse, or that fail the shapes in shapes/meta.
    """
    return _compiled(_Key(knowledge.ontology, knowledge.lint_files, knowledge))


@dataclass(frozen=True)
class _Key:
    """A knowledge by what the rules depend on."""

    ontology: Graph
    files: tuple[Source, ...]
    knowledge: Knowledge = field(compare=False)


@lru_cache(maxsize=4)
def _compiled(key: _Key) -> Knowledge:
    return rules_from(key.knowledge.lint_shapes, key.knowledge)


def rules_from(shapes: Graph, knowledge: Knowledge) -> Knowledge:
    """Return ``knowledge`` with the rules in the graph ``shapes``; raise :class:`KnowledgeError` where they are refused."""
    graph = rule_graph(shapes, knowledge)
    reader = _RuleReader(graph)
    guidelines = reader.read()
    if reader.problems:
        raise KnowledgeError(tuple(reader.problems))
    # engines prepare shapes by the digest of the knowledge, which has to be another than that of the criteria
    rules = replace(knowledge, shapes=shapes, guidelines=guidelines, shape_model=read_shapes(shapes), digest=f"{knowledge.digest} lint")
    refuse_bad_knowledge(rules, graph)
    return rules


def rule_graph(shapes: Graph, knowledge: Knowledge) -> Graph:
    """Return what the rules in ``shapes`` are read from: themselves, the ontology, and the sources of the guidelines that they may cite."""
    sources = set(knowledge.shapes.subjects(TYPE, MTUS + "Source"))
    return Graph([*knowledge.ontology, *(triple for triple in knowledge.shapes if triple[0] in sources), *shapes])


def is_about_file(rule: str, rules: Knowledge) -> bool:
    """Return whether ``rule`` is about the file as a whole, by the class that its shapes target, and not about a decision."""
    criterion = rules.guidelines.criteria[rule]
    if criterion.target:
        return CASE_CLASS in kinds_of((criterion.target,), rules.rules)
    return any(is_about_file(part, rules) for part in criterion.parts)


class _RuleReader(Reader):
    """Reads rules as criteria, and the provisions on decisions, which stand in no section of a guideline."""

    criteria = "DecisionRule"

    def read(self) -> Guidelines:
        """Return the rules and their provisions."""
        return Guidelines(
            editions={},
            sections={},
            provisions={iri: self._provision_on_decisions(iri) for iri in self._all("DecisionProvision")},
            criteria={iri: self._criterion(iri) for iri in self._all(self.criteria)},
            basis_dates={},
            dispositions=(),
            confidence_order={iri: number for number, iri in enumerate(self._in_order("Confidence"))},
            search_steps=(),
        )

    def _provision_on_decisions(self, iri: str) -> Provision:
        return Provision(
            iri=iri,
            section="",
            edition="",
            page="",
            instrument=self._text(iri, "instrument"),
            statement=self._text(iri, "statement"),
            kind=self._node(iri, "hasKind"),
            stance="",
            speaks_of="",
            confidence=self._node(iri, "hasConfidence"),
            source=self._label(self.graph.node(iri, DCTERMS + "source") or ""),
            not_encoded_because=self._text(iri, "notEncodedBecause", required=False),
            grounds="",
        )
