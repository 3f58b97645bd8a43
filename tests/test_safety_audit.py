"""The audit log: what it holds, that it is whole with several writers, and that tampering shows."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import IMR_2015
from guarded import LOOPBACK, bearer, service
from served import is_problem
from typer.testing import CliRunner, Result

from mtus.api.audit import START, append, verify
from mtus.api.keys import Role, new_key
from mtus.api.logs import JsonLines
from mtus.api.security import ACCESS_LOG
from mtus.reasoner.cli import app as commands
from mtus.reasoner.errors import StoreError

CASE = (IMR_2015 / "case.json").read_bytes()
JSON = {"Content-Type": "application/json"}


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(commands, ["audit", "verify", *arguments])
    assert result.exit_code == code, result.output + str(result.exception)
    return result


def test_what_is_submitted_and_reviewed_is_recorded_and_what_is_read_is_not(tmp_path: Path) -> None:
    key, text = new_key(tmp_path / "keys.json", "all", (Role.READ, Role.SUBMIT, Role.REVIEW))
    with service(tmp_path) as client:
        sent = client.post("/validate", content=CASE, headers={**JSON, **bearer(text)})
        client.post("/reviews", content=b"{}", headers={**JSON, **bearer(text)})
        client.get("/queries", headers=bearer(text))
    first, second = lines(tmp_path / "audit.jsonl")
    assert set(first) == {"number", "time", "key", "operation", "status", "request", "body", "previous"}
    assert (first["key"], first["operation"], first["status"], first["number"]) == (key.id, "validateCase", 200, 1)
    assert first["request"] == sent.headers["request-id"]
    assert first["body"] == subprocess.run(["sha256sum"], input=CASE, capture_output=True, check=True).stdout.split()[0].decode()
    assert (second["operation"], second["status"]) == ("reviewDetermination", 422)
    assert first["previous"] == START
    content = (tmp_path / "audit.jsonl").read_text("utf-8")
    assert text not in content
    for fact in ("lumbar", "imr-2015", "2014-"):
        assert fact not in content
    assert (tmp_path / "audit.jsonl").stat().st_mode & 0o077 == 0
    assert "2 lines, each as it was written" in run("--file", str(tmp_path / "audit.jsonl")).stdout


def test_nothing_is_answered_that_cannot_be_recorded(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    with service(tmp_path, LOOPBACK) as client:
        response = client.post("/validate", content=CASE, headers=JSON)
        is_problem(response, 503, "audit-failed")
        assert client.get("/healthz").status_code == 200


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    code = f"from pathlib import Path\nfrom mtus.api.audit import append\nfor n in range(40): append(Path({str(path)!r}), {{'n': n}})"
    writers = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    found = verify(path)
    assert (found.lines, found.breaks) == (120, ())


def written(tmp_path: Path, count: int = 4) -> Path:
    path = tmp_path / "audit.jsonl"
    for number in range(count):
        append(path, {"key": "k", "operation": "o", "status": 200, "n": number})
    return path


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda found: [found[0].replace(b'"status":200', b'"status":403'), *found[1:]], "line 2"),
        (lambda found: [found[0], *found[2:]], "line 2"),
        (lambda found: found[1:], "line 1"),
        (lambda found: [found[0], found[2], found[1], found[3]], "line 2"),
        (lambda found: [found[0], found[0], *found[1:]], "line 2"),
        (lambda found: [b"nonsense\n", *found], "The line is no entry"),
        (lambda found: [*found[:3], found[3][:20]], "not finished"),
    ],
    ids=["changed", "removed", "first-removed", "exchanged", "repeated", "added", "torn"],
)
def test_tampering_shows(change: object, word: str, tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))  # type: ignore[operator]
    assert word in run("--file", str(path), code=1).stderr


def test_lines_cut_off_at_the_end_show_against_a_noted_digest(tmp_path: Path) -> None:
    path = written(tmp_path)
    noted = run("--file", str(path)).stdout.split()[-1]
    append(path, {"n": 4})
    run("--file", str(path), "--noted", noted)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    run("--file", str(path))
    assert "audit-end" in run("--file", str(path), "--noted", noted, code=1).stderr


def test_after_a_torn_line_the_log_goes_on_and_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, 2)
    path.write_bytes(path.read_bytes()[:-15])
    append(path, {"n": 2})
    assert [(b.line, b.why) for b in verify(path).breaks] == [(2, "The line is no entry.")]
    path.write_bytes(path.read_bytes() + b"nonsense\n")
    with pytest.raises(StoreError, match="audit-failed"):
        append(path, {"n": 3})
    assert "no-audit-log" in run("--file", str(tmp_path / "none"), code=2).stderr


# Logs


def test_a_request_is_logged_without_facts_and_without_its_key(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    key, text = new_key(tmp_path / "keys.json", "all", (Role.READ,))
    with caplog.at_level(logging.INFO), service(tmp_path) as client:
        secret = "%22Jane Roe%22"
        client.get(f"/queries/items-by-month.csv?from=2015-01-01&x={secret}", headers=bearer(text))
        client.get(f"/nothing/{secret}", headers=bearer(text))
        client.request("JANE", "/queries", headers=bearer(text + "x"))
    told = [JsonLines().format(record) for record in caplog.records if record.name == ACCESS_LOG]
    first, second, third = map(json.loads, told)
    assert set(first) == {"time", "level", "logger", "message", "request", "method", "route", "status", "milliseconds", "key"}
    assert (first["method"], first["route"], first["key"]) == ("GET", "/queries/{name}", key.id)
    assert (second["route"], second["status"]) == ("", 404)
    assert (third["method"], third["status"], third["key"]) == ("other", 401, "")
    everything = "\n".join(JsonLines().format(record) for record in caplog.records if record.name != "httpx")
    assert text.rpartition(".")[2] not in everything
    assert "Jane" not in everything
    assert "JANE" not in everything


def test_an_error_is_logged_by_its_kind_and_places_and_not_by_its_message() -> None:
    try:
        raise ValueError("Jane Roe")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "y", 1, "%s failed", ("POST /validate",), sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert (line["error"], line["message"], line["level"]) == ("ValueError", "POST /validate failed", "error")
    assert line["at"][0].startswith("test_safety_audit.py:")
    assert "Jane" not in JsonLines().format(record)
