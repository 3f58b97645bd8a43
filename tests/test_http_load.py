"""A short run of load against a real service: no error, nothing lost, and all figures; how fast it was is no business of a test."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
CASES = 6


def run(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.http_load", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def load() -> dict[str, Any]:
    done = run("--seconds", "0.3", "--clients", "1", "8", "--cases", str(CASES), "--json")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_no_request_fails(load: dict[str, Any]) -> None:
    assert [(line["what"], line["problems"]) for line in load["lines"] if line["errors"] or line["problems"]] == []
    assert all(line["answers"] for line in load["lines"])


def test_every_part_is_measured_with_all_clients(load: dict[str, Any]) -> None:
    measured = [(line["part"], line["clients"]) for line in load["lines"]]
    assert [pair for pair in measured if pair[0] != "queries"] == [
        (part, clients) for part in ("floor", "same", "renamed", "new") for clients in (1, 8)
    ]
    assert len([pair for pair in measured if pair[0] == "queries"]) >= 4 * 2
    assert load["cases"] == CASES


def test_the_figures_are_figures(load: dict[str, Any]) -> None:
    for line in load["lines"]:
        assert 0 < line["p50"] <= line["p95"] <= line["p99"]
        assert line["per_second"] > 0
        assert line["megabytes"] > 20


def test_nothing_is_lost_when_the_service_ends_under_load(load: dict[str, Any]) -> None:
    assert load["stopped"]["made"] > 0
    assert load["stopped"]["lost"] == 0


def test_what_is_no_number_of_clients_is_refused() -> None:
    done = run("--clients", "0")
    assert done.returncode == 2
    assert "--clients have to be positive" in done.stderr
