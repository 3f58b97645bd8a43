"""A batch that is interrupted loses nothing: killed and resumed, a process of it killed, a worker of its cluster killed."""

import json
import multiprocessing
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from batch_support import determined, make_cases

from mtus.reasoner.batch import Job, run_job
from mtus.reasoner.batch_read import Input
from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_cases(tmp_path_factory.mktemp("cases"))


def start(source: Path, target: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "mtus.reasoner", "batch", str(source), "-o", str(target), "--chunk", "3", "--processes", "1", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_killed_and_resumed(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    """A run that was killed, and then resumed, gives the bytes of one that was not; half-written parts do no harm."""
    undisturbed = determined(cases["ndjson"], tmp_path / "whole" / "rows.ndjson", knowledge, chunk=3)
    target = tmp_path / "rows.ndjson"
    parts = tmp_path / "rows.ndjson.parts"
    process = start(cases["ndjson"], target)
    deadline = time.monotonic() + 60
    while len(list(parts.glob("*.summary"))) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    made = sorted(parts.glob("*.summary"))
    assert 3 <= len(made) < 20, "it was not killed in the middle"
    assert not target.exists()
    # what a crash of the machine may leave behind
    made[0].with_suffix(".0").write_bytes(b"")
    again = start(cases["ndjson"], target)
    assert b"An earlier run was interrupted" in again.communicate()[1]
    assert again.returncode == 2
    resumed = start(cases["ndjson"], target, "--resume")
    output = resumed.communicate()[0].decode()
    assert resumed.returncode == 0, output
    assert undisturbed.digests["rows.ndjson"] in output
    assert "of them before" in output
    assert target.read_bytes() == (tmp_path / "whole" / "rows.ndjson").read_bytes()


@pytest.mark.parametrize("pause", [0, 1], ids=["met by a task that waits", "met by the next task"])
def test_a_killed_process_loses_nothing(pause: int, cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    whole = determined(cases["n-quads"], tmp_path / "whole" / "rows.ndjson", knowledge, chunk=3)
    seen = 0

    def kill_one(_: int, __: float) -> None:
        nonlocal seen
        seen += 1
        if seen == 2:
            multiprocessing.active_children()[0].kill()
            time.sleep(pause)

    job = Job((Input(cases["n-quads"]),), (tmp_path / "rows.ndjson",), processes=2, chunk=3)
    assert run_job(job, knowledge, kill_one).digests == whole.digests
    assert seen > 5


def test_resume_of_another_job(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    target = tmp_path / "rows.ndjson"
    parts = tmp_path / "rows.ndjson.parts"
    parts.mkdir()
    (parts / "job.json").write_text("{}")
    with pytest.raises(CaseError, match="of other inputs, outputs or knowledge"):
        determined(cases["ndjson"], target, knowledge, resume=True)


# On a cluster


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Run a scheduler and two worker processes; give the address and the workers."""
    address = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    places = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen([*dask, "scheduler", "--scheduler-file", str(address), *places], **options)  # type: ignore[call-overload]
    worker = [*dask, "worker", "--scheduler-file", str(address), "--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--no-dashboard"]
    workers = [subprocess.Popen(worker, **options) for _ in range(2)]  # type: ignore[call-overload]
    try:
        deadline = time.monotonic() + 60
        while not address.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        found: str = json.loads(address.read_bytes())["address"]
        from distributed import Client

        with Client(found, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield found, workers
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def test_cluster(cases: dict[str, Path], knowledge: Knowledge, tmp_path: Path) -> None:
    """The same output from a cluster, and from one that loses a worker in the middle."""
    whole = determined(cases["n-quads"], tmp_path / "whole" / "rows.ndjson", knowledge, chunk=3)
    with cluster(tmp_path) as (address, workers):
        result = determined(cases["n-quads"], tmp_path / "rows.ndjson", knowledge, chunk=3, scheduler=address)
        assert result.digests == whole.digests
        seen = 0

        def kill_one(_: int, __: float) -> None:
            nonlocal seen
            seen += 1
            if seen == 2:
                workers[0].kill()

        job = Job((Input(cases["n-quads"]),), (tmp_path / "rows.ndjson",), chunk=3, scheduler=address)
        assert run_job(job, knowledge, kill_one).digests == whole.digests
        assert workers[0].wait() == -signal.SIGKILL
        assert seen > 10
