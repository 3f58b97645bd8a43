"""What the linter found as RDF: a standard SHACL validation report (https://www.w3.org/TR/shacl/#validation-report).

Each constraint that fails is a result with the words of SHACL. Beside them stand the rule (``mtus:assessesCriterion``), its status as the
linter calls it (``mtus:status``), its provision, and what to do. What cannot be determined is in the report too, as sh:Info with its
status: a report without any result conforms.
"""

from dataclasses import replace

import pyoxigraph as ox

from mtus.reasoner.graph import Literal, Triple, n_triples
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.lint import FOUND, NOT_DETERMINABLE, LintReport
from mtus.reasoner.lint_rules import decision_rules
from mtus.reasoner.namespaces import BASE, CASE, GUIDELINE, MTUS, RDF, SH, XSD
from mtus.reasoner.report import validation_report

_PREFIXES = {
    "mtus": MTUS, "sh": SH, "xsd": XSD, "case": CASE, "guideline": GUIDELINE, "rule": BASE + "rule/",
    "lint-status": BASE + "lint-status/",
}  # fmt: skip


def to_triples(report: LintReport, knowledge: Knowledge) -> list[Triple]:
    """Return the validation report for ``report`` as triples, in a stable order and with stable names of its blank nodes."""
    told = [
        (result, row)
        for subject in report.subjects
        for status in (FOUND, NOT_DETERMINABLE)
        for result in subject.with_status(status)
        for row in result.rows
    ]
    rules = decision_rules(knowledge)
    # a shape may belong to a part that several rules share, so provision and status are those of the rule that is told
    shapes = replace(rules, guidelines=replace(rules.guidelines, criteria={}))
    triples = validation_report([row for _, row in told], shapes, {})
    for number, (result, _) in enumerate(told, start=1):
        node = f"_:result{number}"
        triples.append((node, MTUS + "assessesCriterion", result.rule))
        triples.append((node, MTUS + "status", result.status))
        triples.append((node, MTUS + "provision", result.citation.provision))
        if result.status == FOUND:
            triples.append((node, MTUS + "remedy", Literal(result.remedy, RDF + "langString", "en")))
    subjects = {triple[0]: None for triple in triples}
    places = {subject: number for number, subject in enumerate(subjects)}
    return sorted(triples, key=lambda triple: places[triple[0]])


def to_turtle(report: LintReport, knowledge: Knowledge) -> str:
    """Return the validation report for ``report`` as Turtle."""
    parsed = (quad.triple for quad in ox.parse(n_triples(to_triples(report, knowledge)), format=ox.RdfFormat.N_TRIPLES))
    written = ox.serialize(parsed, format=ox.RdfFormat.TURTLE, prefixes=_PREFIXES)
    assert written is not None, "without an output, the serializer returns the bytes"
    return written.decode()
