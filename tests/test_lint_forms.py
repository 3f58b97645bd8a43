"""What the linter found, as text, as JSON, as a SHACL validation report, and from the command."""

import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import VARIANTS
from test_lint import CASE, RULES, small
from typer.testing import CliRunner, Result

from mtus.reasoner import cli
from mtus.reasoner.errors import CaseError
from mtus.reasoner.graph import Graph, Literal
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.lint import FOUND, NOT_APPLICABLE, NOT_DETERMINABLE, LintReport, lint
from mtus.reasoner.namespaces import MTUS, SH, TYPE
from mtus.reasoner.render_lint import to_dict, to_text
from mtus.reasoner.render_lint_rdf import to_triples


def mtus(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(cli.app, ["lint", *arguments], input=stdin, catch_exceptions=False)


@pytest.fixture(scope="module")
def report() -> LintReport:
    return lint(CASE.read_bytes(), name=CASE.name)


# Text and JSON


def test_the_text_shows_what_matters_and_counts_the_rest(report: LintReport, knowledge: Knowledge) -> None:
    text = to_text(report, knowledge)
    assert "\nIn all: 5 found, 8 not determinable, 5 in order, " in text
    assert "[not verified; confidence medium; " in text
    assert "[confirmed; that it asks for this is our reading, confidence low]" in text
    assert "Labor Code 4610(i)(1), as numbered now [confirmed]" in " ".join(text.split())
    assert "only a physician may deny care" in " ".join(text.split())
    assert "In order:" not in text
    assert max(map(len, text.splitlines())) <= 100
    whole = to_text(report, knowledge, everything=True)
    assert whole.count("In order:") == 3
    assert "Not applicable:" in whole
    assert len(whole) > len(text)
    assert "invented (synthetic)" in to_text(lint(small()), knowledge)


def test_json_holds_every_rule_and_status(report: LintReport) -> None:
    data = to_dict(report)
    assert data["counts"] == {"found": 5, "notDeterminable": 8, "inOrder": 5, "notApplicable": report.count(NOT_APPLICABLE)}
    assert sum(data["counts"].values()) == sum(len(subject["results"]) for subject in data["subjects"])
    injection = next(s for s in data["subjects"] if s.get("request", "").endswith("request-injection"))
    first = injection["results"][0]
    assert first["status"] == "found"
    assert first["provision"]["confidence"] == "medium"
    assert first["whatToDo"].startswith("Ask the one who decided")
    assert first["facts"][0]["statedIn"][0]["place"] == "decision"
    assert data["receipt"]["caseDigest"] == report.receipt.case_digest


def test_same_input_same_bytes(report: LintReport) -> None:
    again = lint(CASE.read_bytes(), name=CASE.name)
    assert to_dict(again) == to_dict(report)
    assert to_triples(again, load_knowledge()) == to_triples(report, load_knowledge())


# RDF


def test_rdf_is_a_standard_validation_report(report: LintReport, knowledge: Knowledge) -> None:
    graph = Graph(to_triples(report, knowledge))
    (node,) = graph.subjects(TYPE, SH + "ValidationReport")
    results = graph.nodes(node, SH + "result")
    assert graph.text(node, SH + "conforms") == "false"
    assert len(results) == sum(len(r.rows) for s in report.subjects for r in (*s.with_status(FOUND), *s.with_status(NOT_DETERMINABLE)))
    for one in results:
        for word in ("focusNode", "sourceShape", "sourceConstraintComponent", "resultSeverity"):
            assert len(graph.nodes(one, SH + word)) == 1, word
        assert graph.text(one, SH + "resultMessage")
        (status,) = graph.nodes(one, MTUS + "status")
        assert graph.node(one, SH + "resultSeverity") == SH + "Info" or status == FOUND
        assert (graph.node(one, MTUS + "provision") or "").startswith(RULES)
        assert (graph.text(one, MTUS + "remedy") is not None) is (status == FOUND)


def test_a_report_without_results_conforms(knowledge: Knowledge) -> None:
    clean = json.loads((VARIANTS / "massage-6-with-exercise.json").read_text("utf-8"))
    del clean["decisions"], clean["appeals"]
    clean["findings"] = [f for f in clean["findings"] if f["type"] not in ("WorkingFullTime", "AbsenceFromWork")]
    report = lint(json.dumps(clean).encode())
    assert not report.has_findings
    graph = Graph(to_triples(report, knowledge))
    assert [o for _, _, o in graph.with_predicate(SH + "conforms")] == [Literal("true", "http://www.w3.org/2001/XMLSchema#boolean")]


# The command


def test_the_command_says_1_where_something_is_found() -> None:
    done = mtus(str(CASE))
    assert done.exit_code == 1
    assert done.stdout.startswith("DECISION LINT\n")


def test_what_cannot_be_determined_is_no_finding(tmp_path: Path) -> None:
    case = json.loads(small(cites=None))
    del case["appeals"]
    case["findings"] = [f for f in case["findings"] if f["type"] not in ("WorkingFullTime", "AbsenceFromWork")]
    path = tmp_path / "open.json"
    path.write_text(json.dumps(case), "utf-8")
    done = mtus(str(path))
    assert done.exit_code == 0
    assert "In all: 0 found, " in done.stdout
    assert "The file does not say what the decision cites, nor that it cites nothing." in " ".join(done.stdout.split())


def test_forms_of_the_command(tmp_path: Path) -> None:
    data = json.loads(mtus(str(CASE), "--format", "json").stdout)
    assert data["counts"]["found"] == 5
    turtle = mtus(str(CASE), "--format", "turtle").stdout
    assert len(list(ox.parse(turtle.encode(), format=ox.RdfFormat.TURTLE))) > 100
    target = tmp_path / "lint.txt"
    assert mtus(str(CASE), "--all", "--output", str(target)).stdout == ""
    assert target.read_text("utf-8") == mtus(str(CASE), "--all").stdout
    assert mtus("-", stdin=CASE.read_bytes()).stdout == mtus(str(CASE)).stdout


def test_bad_input_is_2(tmp_path: Path) -> None:
    assert mtus(str(VARIANTS / "dependency-cyclic.json")).exit_code == 2
    assert mtus(str(tmp_path / "none.json")).exit_code == 2
    with pytest.raises(CaseError, match="case-decision-citation"):
        lint(small(citesNothing=True))
