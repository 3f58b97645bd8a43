"""The command `mtus concordance`: entries that cannot be used, exit codes, and the forms of its output."""

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import IMR_2015
from test_concordance import FIRST, HUMAN, OVERTURNED, entry, variant
from typer.testing import CliRunner, Result

from mtus.reasoner import cli, console
from mtus.reasoner.concordance import Concordance, concordance
from mtus.reasoner.concordance_data import to_data, to_rows
from mtus.reasoner.errors import engine_error
from mtus.reasoner.knowledge import Knowledge


def mtus(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments, catch_exceptions=False)


@pytest.fixture(scope="module")
def first(knowledge: Knowledge) -> Concordance:
    return concordance(FIRST, knowledge)


# What cannot be used


def spoil(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content, "utf-8")


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "broken case": (lambda e: spoil(e, "case.json", "{"), "not valid JSON"),
    "case that is not well formed": (lambda e: spoil(e, "case.json", '{"id": "a"}'), "exactly one claim"),
    "broken decision": (lambda e: spoil(e, "human-decision.json", '{"requests": {'), "not valid JSON"),
    "no decision": (lambda e: (e / "human-decision.json").unlink(), "no human decision beside the case"),
    "no case": (lambda e: (e / "case.json").unlink(), "no case file"),
    "two cases": (lambda e: spoil(e, "case.ttl", ""), "several case files: case.json, case.ttl"),
    "no decisions in it": (lambda e: spoil(e, "human-decision.json", '{"requests": {}}'), "no decision to compare"),
    "broken entry": (lambda e: spoil(e, "entry.json", "["), "not valid JSON"),
    "entry that names nothing": (lambda e: spoil(e, "entry.json", '{"case": "case.json"}'), "does not name a case and a decision"),
    "entry with a misspelt key": (
        lambda e: spoil(e, "entry.json", '{"case": "case.json", "decision": "human-decision.json", "nots": ""}'),
        "does not name a case and a decision",
    ),
    "entry that leads nowhere": (lambda e: spoil(e, "entry.json", '{"case": "x.json", "decision": "human-decision.json"}'), "no such file"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_what_cannot_be_used_is_a_row_and_the_rest_go_on(name: str, tmp_path: Path, knowledge: Knowledge) -> None:
    spoiling, words = SPOILED[name]
    spoiling(entry(tmp_path, "bad", IMR_2015 / "case.json", HUMAN))
    entry(tmp_path, "good", IMR_2015 / "case.json", HUMAN)
    found = concordance(tmp_path, knowledge)
    assert [row.entry for row in found.rows] == ["good"] * 3
    (failure,) = found.failures
    assert (failure.entry, failure.exit_code, found.entries) == ("bad", 2, 2)
    assert words in " ".join(problem.why for problem in failure.problems)
    assert all(problem.remedy for problem in failure.problems)
    result = mtus("concordance", str(tmp_path), "--format", "csv")
    assert result.exit_code == 2
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["entry"] for row in rows if row["error"]] == ["bad"] * len(failure.problems)
    assert len(rows) == 3 + len(failure.problems)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("request-x", {}, "The case has no request request-x."),
        ("request-massage", {"disposition": "uphold"}, "'uphold' is no outcome at this stage."),
        ("request-massage", {"disposition": "approve"}, "'approve' is no outcome at this stage."),
        ("request-massage", {"reasonKind": "undocumentd"}, "'undocumentd' is no kind of reason."),
        ("request-massage", {"reliedOn": ["MAS-3", "MAS-33"]}, "No provision is called MAS-33."),
    ],
)
def test_decisions_in_words_that_mean_nothing_here(
    name: str, changes: dict[str, Any], words: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    entry(tmp_path, "a", IMR_2015 / "case.json", {name: HUMAN["request-massage"] | changes})
    (failure,) = concordance(tmp_path, knowledge).failures
    assert words in failure.problems[0].why


def test_compare_refuses_the_same_words(tmp_path: Path) -> None:
    made = entry(tmp_path, "a", IMR_2015 / "case.json", {"request-massage": HUMAN["request-massage"] | {"disposition": "uphold"}})
    result = mtus("compare", str(made / "case.json"), str(made / "human-decision.json"))
    assert result.exit_code == 2
    assert "The outcomes are: overturned, upheld." in result.stderr


def test_a_decision_about_another_case(tmp_path: Path, knowledge: Knowledge) -> None:
    made = entry(tmp_path, "a", variant("all-documented"), None)
    (made / "human-decision.json").write_bytes((IMR_2015 / "human-decision.json").read_bytes())
    (failure,) = concordance(tmp_path, knowledge).failures
    assert "The decisions are about https://w3id.org/mtus/case/imr-2015, and the case is" in failure.problems[0].why


def test_a_failure_of_ours_exits_with_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mtus.reasoner import concordance as module

    def fail(*_: object, **__: object) -> None:
        raise engine_error("engine-failed", "invented", "It failed.", "Report it.")

    entry(tmp_path, "a", IMR_2015 / "case.json", HUMAN)
    monkeypatch.setattr(module, "determine", fail)
    monkeypatch.setenv("COLUMNS", "240")
    result = mtus("concordance", str(tmp_path))
    assert result.exit_code == 3
    assert "engine-failed at invented: It failed." in " ".join(result.stdout.split())


# The command


def test_nothing_to_compare(tmp_path: Path) -> None:
    (tmp_path / "a-file").touch()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "_drafts").mkdir()
    for folder, words in ((tmp_path, "no case to compare"), (tmp_path / "none", "No such file"), (tmp_path / "a-file", "Not a directory")):
        result = mtus("concordance", str(folder))
        assert result.exit_code == 2
        assert words in result.stderr


def test_exit_codes(tmp_path: Path) -> None:
    entry(tmp_path, "a", IMR_2015 / "case.json", HUMAN)
    assert mtus("concordance", str(tmp_path)).exit_code == 0
    assert mtus("concordance", str(FIRST)).exit_code == 1
    entry(tmp_path, "b", IMR_2015 / "case.json", {"request-massage": OVERTURNED})
    assert mtus("concordance", str(tmp_path)).exit_code == 1


def test_json_holds_the_traces_and_no_number_that_is_none(first: Concordance, knowledge: Knowledge) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    data = json.loads(mtus("concordance", str(FIRST), "--format", "json").stdout, parse_constant=refuse)
    assert data == json.loads(json.dumps(to_data(first, knowledge)))
    (stage,) = data["stages"]
    assert stage["coverage"] == {"part": 3, "whole": 6, "value": 0.5, "low": 0.187616, "high": 0.812384}
    assert "all 3 decisions" in stage["kappa"]["undefinedBecause"]
    assert stage["confusion"]["upheld"] == {"overturned": 0, "upheld": 3, "open": 0, "notCovered": 1}
    assert stage["tooSmallToMeanAnything"] is True
    traced = [row for row in data["requests"] if "trace" in row]
    assert [row["entry"] for row in traced] == ["acupuncture-2018", "norco-2015-11", "norco-2016-03"]
    assert traced[1]["trace"]["reasons"][0]["reasonKind"] == "section-not-encoded"
    assert traced[2]["human"]["setAside"] == "specific improvements were in the submitted records"
    assert data["failures"] == []


def test_csv_has_a_line_for_each_request(first: Concordance) -> None:
    rows = list(csv.DictReader(io.StringIO(mtus("concordance", str(FIRST), "--format", "csv").stdout)))
    assert rows == to_rows(first)
    assert [(row["outcomeAgrees"], row["citationAgrees"], row["counted"]) for row in rows[:2]] == [
        ("not covered", "not covered", "no"),
        ("yes", "yes", "yes"),
    ]


def test_the_same_bytes_again() -> None:
    assert len({mtus("concordance", str(FIRST), "--format", form).stdout for form in ("text", "json", "csv") for _ in range(2)}) == 3


@pytest.mark.parametrize(("count", "terminal", "shown"), [(9, True, False), (10, True, True), (10, False, False)])
def test_progress_on_a_terminal_where_there_are_many(count: int, terminal: bool, shown: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    for name in set(os.environ) & {"NO_COLOR", "FORCE_COLOR", "TERM"}:
        monkeypatch.delenv(name)
    stream = Terminal()
    monkeypatch.setattr(console.sys, "stderr", stream)
    paths = [Path(str(number)) for number in range(count)]
    assert list(console.with_progress(paths, "Determining")) == paths
    assert ("Determining" in stream.getvalue()) is shown
