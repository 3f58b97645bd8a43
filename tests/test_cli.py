"""The command: every subcommand and format, exit codes, errors that help, and good manners in a pipe."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from conftest import IMR_2015, VARIANTS
from typer.testing import CliRunner, Result

from mtus.reasoner import cli
from mtus.reasoner.check import CheckResult
from mtus.reasoner.errors import engine_error, knowledge_error
from mtus.reasoner.knowledge import Knowledge

CASE = str(IMR_2015 / "case.json")
TURTLE = str(IMR_2015 / "case.ttl")
SUPPORTED = str(VARIANTS / "massage-6-with-exercise.json")
CYCLIC = str(VARIANTS / "dependency-cyclic.json")
DECISION = str(IMR_2015 / "human-decision.json")


def mtus(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(cli.app, arguments, input=stdin, catch_exceptions=False)


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "COLUMNS", "NO_COLOR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)


def test_version() -> None:
    result = mtus("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("mtus-reasoner ")


# mtus determine


def test_determine_prints_a_letter() -> None:
    result = mtus("determine", CASE)
    assert result.exit_code == 1
    assert result.stdout.startswith("RECOMMENDED DETERMINATION\n")
    assert result.stderr == ""


def test_exit_code_0_where_everything_is_supported() -> None:
    assert mtus("determine", SUPPORTED).exit_code == 0


@pytest.mark.parametrize("form", ["json", "jsonld"])
def test_determine_as_json(form: str) -> None:
    result = mtus("determine", TURTLE, "--format", form)
    assert result.exit_code == 1
    data = json.loads(result.stdout)
    assert ("@context" in data) is (form == "jsonld")
    assert [request["answer"] for request in data["requests"]] == ["not-supported"] * 3


@pytest.mark.parametrize(("form", "syntax"), [("turtle", ox.RdfFormat.TURTLE), ("trig", ox.RdfFormat.TRIG)])
def test_determine_as_rdf(form: str, syntax: ox.RdfFormat) -> None:
    one = list(ox.parse(mtus("determine", CASE, "--format", form).stdout.encode(), format=syntax))
    two = list(ox.parse(mtus("determine", CASE, SUPPORTED, "-f", form).stdout.encode(), format=syntax))
    assert len(one) > 500
    assert set(one) < set(two)


def test_several_cases() -> None:
    result = mtus("determine", CASE, SUPPORTED)
    assert result.exit_code == 1
    assert result.stdout.count("RECOMMENDED DETERMINATION") == 2
    assert [d["overall"] for d in json.loads(mtus("determine", CASE, SUPPORTED, "-f", "json").stdout)] == ["upheld", "overturned"]


def test_a_bad_file_among_good_ones_is_told_and_the_others_are_determined(tmp_path: Path) -> None:
    result = mtus("determine", CASE, CYCLIC, str(tmp_path / "none.json"), SUPPORTED, "-f", "json")
    assert result.exit_code == 2
    assert [d["overall"] for d in json.loads(result.stdout)] == ["upheld", "overturned"]
    assert "dependency-cycle" in result.stderr
    assert "no-file" in result.stderr
    # an array also where one of several is left
    assert len(json.loads(mtus("determine", CYCLIC, SUPPORTED, "-f", "json").stdout)) == 1


def test_nothing_is_written_where_nothing_could_be_determined(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    result = mtus("determine", CYCLIC, CYCLIC, "-f", "json", "--output", str(target))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert not target.exists()


def test_standard_input() -> None:
    content = Path(TURTLE).read_bytes()
    result = mtus("determine", "-", "--format", "json", stdin=content)
    assert result.exit_code == 1
    assert json.loads(result.stdout) == json.loads(mtus("determine", TURTLE, "--format", "json").stdout)
    told = mtus("determine", "-", "--input-format", "json", stdin=content)
    assert told.exit_code == 2
    assert "standard input" in told.stderr
    assert mtus("validate", "-", "--input-format", "turtle", stdin=content).exit_code == 0


def test_output_file(tmp_path: Path) -> None:
    target = tmp_path / "letter.txt"
    result = mtus("determine", CASE, "--output", str(target))
    assert (result.exit_code, result.stdout) == (1, "")
    assert target.read_text("utf-8") == mtus("determine", CASE).stdout
    refused = mtus("determine", CASE, "-o", str(tmp_path / "none" / "letter.txt"))
    assert refused.exit_code == 2
    assert "cannot-write" in refused.stderr


@pytest.mark.parametrize("command", ["determine", "validate", "explain"])
def test_no_such_file_and_a_folder(command: str, tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        result = mtus(command, str(path))
        assert result.exit_code == 2
        assert result.stdout == ""
        assert "no-file" in result.stderr
        assert "Traceback" not in result.stderr
        assert "→" in result.stderr


@pytest.mark.parametrize(
    "arguments", [["determine"], ["determine", CASE, "--format", "pdf"], ["nonsense"], ["validate", CASE, "--verbose"]]
)
def test_wrong_use_is_exit_code_2(arguments: list[str]) -> None:
    result = mtus(*arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


def test_our_own_failures_are_exit_code_3(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Knowledge:
        raise knowledge_error("knowledge-syntax", "broken.ttl, line 3", "The Turtle is broken.", "Mend it.")

    monkeypatch.setattr(cli, "load_knowledge", fail)
    result = mtus("determine", CASE)
    assert result.exit_code == 3
    assert "The knowledge cannot be used as it is." in result.stderr
    assert "knowledge-syntax at broken.ttl, line 3" in result.stderr


def test_the_worst_exit_code_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    real = cli.determine_with_facts

    def fail_once(content: bytes, *, name: str, **options: object) -> object:
        if name == "case.json":
            raise engine_error("engine-failed", "compiled shapes", "It broke.", "Report it.")
        return real(content, name=name, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(cli, "determine_with_facts", fail_once)
    assert mtus("determine", CYCLIC, CASE, SUPPORTED).exit_code == 3
    assert mtus("determine", CASE, CYCLIC).exit_code == 3


# mtus validate, explain, compare


def test_validate() -> None:
    result = mtus("validate", CASE)
    assert result.exit_code == 0
    assert "case.json is well formed: 263 stated facts" in result.stdout
    assert "Digest (RDFC-1.0, SHA-256): " in result.stdout
    assert mtus("validate", CYCLIC).exit_code == 2


@pytest.mark.parametrize(
    ("request_", "first"),
    [("1", "Massage"), ("2", "Lumbar"), ("request-sedation", "Sedation"), ("MASSAGE", "Massage"), ("fluoroscopy", "Lumbar")],
)
def test_explain_one_request(request_: str, first: str) -> None:
    result = mtus("explain", CASE, request_)
    assert result.exit_code == 0
    assert result.stdout.startswith(first)
    assert len([line for line in result.stdout.splitlines() if " — not supported" in line]) == 1


def test_explain_all_and_none() -> None:
    assert mtus("explain", CASE).stdout.count(" — not supported") == 3
    result = mtus("explain", CASE, "x-ray")
    assert result.exit_code == 2
    assert "no-such-request" in result.stderr
    assert "1 request-massage; 2 request-injection; 3 request-sedation" in result.stderr


def test_compare() -> None:
    result = mtus("compare", CASE, DECISION)
    assert result.exit_code == 0
    assert "3 of 3 requests agree" in result.stdout
    assert "upheld / upheld" in result.stdout


def test_compare_with_another_answer() -> None:
    result = mtus("compare", str(VARIANTS / "all-documented.json"), DECISION)
    assert result.exit_code == 1
    assert "1 of 3 requests agree" in result.stdout
    assert "upheld / overturned" in result.stdout


@pytest.mark.parametrize(("case", "decision"), [(CASE, CASE), (CASE, TURTLE), (CASE, "none.json"), (SUPPORTED, DECISION)])
def test_compare_with_what_does_not_fit(case: str, decision: str) -> None:
    result = mtus("compare", case, decision)
    assert result.exit_code == 2
    assert "decision-file" in result.stderr


# mtus provisions, check, schema


def test_provisions() -> None:
    result = mtus("provisions", "massage-therapy")
    assert result.exit_code == 0
    assert "MAS-3" in result.stdout
    assert "ESI-1b" not in result.stdout
    assert "yes, 1 criterion " in result.stdout
    assert "ESI-1b" in mtus("provisions").stdout


def test_provisions_as_data() -> None:
    rows = json.loads(mtus("provisions", "epidural-steroid-injections", "--format", "json").stdout)
    read = list(csv.DictReader(io.StringIO(mtus("provisions", "epidural-steroid-injections", "-f", "csv").stdout)))
    assert rows == read
    assert {row["page"] for row in rows} >= {"46"}
    assert all(row["encoded"] == "yes" or row["notEncodedBecause"] for row in rows)


def test_an_unknown_topic_lists_the_known_ones() -> None:
    result = mtus("provisions", "massage")
    assert result.exit_code == 2
    assert "massage-therapy" in result.stderr


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 3)])
def test_check(ok: bool, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from mtus.reasoner import check

    asked: list[bool] = []

    def run(_: Knowledge, *, with_java: bool) -> list[CheckResult]:
        asked.append(with_java)
        return [CheckResult("invented", ok, ("[a detail] in brackets",), 0.1)]

    monkeypatch.setattr(check, "run_checks", run)
    result = mtus("check", "--no-java")
    assert result.exit_code == code
    assert "[a detail] in brackets" in result.stdout
    assert ("failed" in result.stdout) is not ok
    mtus("check")
    assert asked == [False, True]


def test_schema() -> None:
    assert "$schema" in json.loads(mtus("schema").stdout)
    assert "@context" in json.loads(mtus("schema", "--context").stdout)


# mtus new (what it writes is tested in test_skeletons.py)


def test_new_case(tmp_path: Path) -> None:
    target = tmp_path / "case.json"
    assert mtus("new", "case", "--output", str(target)).exit_code == 0
    assert mtus("validate", str(target)).exit_code == 0
    assert json.loads(mtus("new", "case", "--example", "imr-2015").stdout)["id"] == "imr-2015"
    for name in ("skeletons", "../imr-2015", "nothing"):
        unknown = mtus("new", "case", "--example", name)
        assert unknown.exit_code == 2
        assert "The examples are: imr-2015." in unknown.stderr


# Help


def _commands() -> Iterator[list[str]]:
    for command in cli.app.registered_commands:
        yield [command.name or command.callback.__name__]  # type: ignore[union-attr]
    for command in cli.new_app.registered_commands:
        yield ["new", str(command.name)]


@pytest.mark.parametrize("command", list(_commands()), ids=" ".join)
def test_help_has_an_example_that_names_the_command(command: list[str]) -> None:
    result = mtus(*command, "--help")
    assert result.exit_code == 0
    after = result.stdout.split("Example", 1)[1]
    examples = [line.strip() for line in after.splitlines() if line.strip().startswith("mtus ")]
    assert examples
    assert all(line.startswith(f"mtus {' '.join(command)}") for line in examples)


def test_help_without_a_command() -> None:
    for arguments in ([], ["new"]):
        result = mtus(*arguments)
        assert "Usage:" in result.output
    assert "only a physician may deny care" in mtus("--help").stdout
