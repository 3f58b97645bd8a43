"""The validation report of a case, worked out in whatever process; the knowledge is loaded there."""

from mtus.api.body import NAME
from mtus.api.deps import case_limits
from mtus.api.formats import serialize
from mtus.reasoner.as_if import as_if_in_force
from mtus.reasoner.knowledge import load_knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.report import report_case


def report_for(content: bytes, syntax: str, kind: str, edition: str = "", name: str = NAME) -> bytes:
    """Return the report of the case in ``content`` as ``kind``; ``edition`` is the IRI of the one to be taken as in force, or empty.

    ``name`` is what errors call the case. Raises :class:`CaseError` where it cannot be validated.
    """
    knowledge = load_knowledge()
    limits = case_limits()
    facts = load_case(content, knowledge, name=name, syntax=syntax, settings=limits)
    if edition:
        knowledge = as_if_in_force(knowledge.guidelines.editions[edition], knowledge)
    return serialize(report_case(facts, knowledge, limits), kind)
