"""What is submitted is kept: at once, once, and for good; SPARQL sees it soon after."""

import asyncio
import json
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from reviews import made

from mtus.api.errors import ApiError, problem_details
from mtus.api.journal import Journal, State, compressed
from mtus.api.keeper import Keeper, journal_path, open_keeper
from mtus.api.main import create_app
from mtus.api.publisher import publish
from mtus.api.submission import submission_of
from mtus.reasoner.case_loader import store_content
from mtus.reasoner.errors import EngineError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.render_json import to_json
from mtus.reasoner.render_review import review_to_json
from mtus.reasoner.store import engine_failed
from mtus.reasoner.store_location import open_reader, open_writer
from mtus.reasoner.stored_cases import Outcome, put_knowledge, stored_cases
from mtus.reasoner.stored_reviews import export_reviews
from mtus.reasoner.trace import Determination

ROOT = Path(__file__).parent.parent
CASE = (ROOT / "examples" / "imr-2015" / "case.json").read_bytes()


@pytest.fixture
def location(tmp_path: Path, knowledge: Knowledge) -> str:
    found = str(tmp_path / "store")
    with open_writer(found) as store:
        put_knowledge(store, knowledge)
    return found


@pytest.fixture
def kept(location: str, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keeper]:
    monkeypatch.setattr(Keeper, "_wake", lambda self: None)
    found = open_keeper(location, knowledge)
    yield found
    found.close()


def test_what_is_kept_is_read_at_once(kept: Keeper, imr_2015: Determination) -> None:
    async def run() -> None:
        submission = submission_of(imr_2015)
        assert await kept.put(submission) is Outcome.STORED
        assert await kept.put(submission) is Outcome.UNCHANGED
        for given in (imr_2015.id, submission.name):
            assert (await kept.stored(given)).determination == imr_2015
            assert await kept.json(given) == to_json(imr_2015).encode()
        assert [listed.name for listed in await kept.listed("", 10)] == [submission.name]
        assert await kept.listed(submission.name, 10) == []

    asyncio.run(run())


def test_the_same_case_with_other_content(kept: Keeper, imr_2015: Determination) -> None:
    async def run() -> None:
        first = submission_of(imr_2015)
        other = replace(first, name="f" * 32, case_digest="0" * 64)
        await kept.put(first)
        with pytest.raises(ApiError) as refused:
            await kept.put(other)
        assert (refused.value.status, refused.value.kind) == (409, "other-case-stored")
        assert "?replace=true" in refused.value.detail
        assert await kept.put(other, replace=True) is Outcome.REPLACED
        assert await kept.is_current(first.name) is False
        assert await kept.json(first.name), "a determination never goes away"
        with pytest.raises(ApiError, match="other-determination-stored"):
            await kept.put(replace(first, case_digest="0" * 64, name="e" * 32))
        assert await kept.put(first, replace=True) is Outcome.REPLACED
        assert [listed.name for listed in await kept.listed("", 10)] == [first.name]

    asyncio.run(run())


def test_a_request_of_two_cases(kept: Keeper, imr_2015: Determination) -> None:
    async def run() -> None:
        first = submission_of(imr_2015)
        await kept.put(first)
        with pytest.raises(ApiError) as refused:
            await kept.put(replace(first, name="f" * 32, case=first.case + "-2"))
        assert refused.value.kind == "shared-request"

    asyncio.run(run())


@pytest.mark.parametrize("given", ["", "x", "0" * 32, "../etc/passwd", "'; DROP TABLE determination; --"])
def test_what_is_not_there(given: str, kept: Keeper) -> None:
    with pytest.raises(ApiError) as refused:
        asyncio.run(kept.stored(given))
    assert (refused.value.status, refused.value.kind) == (404, "no-determination")


def test_what_mtus_load_stored_is_there_too(location: str, kept: Keeper, imr_2015: Determination, knowledge: Knowledge) -> None:
    with open_writer(location) as store:
        store_content(store, CASE, knowledge)

    async def run() -> None:
        submission = submission_of(imr_2015)
        assert await kept.put(submission) is Outcome.UNCHANGED
        assert (await kept.stored(imr_2015.id)).determination == imr_2015
        assert [listed.case for listed in await kept.listed("", 10)] == [imr_2015.case]
        with pytest.raises(ApiError) as refused:
            await kept.put(replace(submission, name="f" * 32, case_digest="0" * 64))
        assert refused.value.kind == "other-case-stored"
        with pytest.raises(ApiError) as refused:
            await kept.put(replace(submission, name="f" * 32, case=submission.case + "-2"))
        assert refused.value.kind == "shared-request"

    asyncio.run(run())


def test_publishing(location: str, kept: Keeper, imr_2015: Determination, knowledge: Knowledge) -> None:
    submission = submission_of(imr_2015)
    asyncio.run(kept.put(submission))
    journal = Journal(journal_path(location, {}))
    assert publish(location, journal, knowledge) == 1
    assert publish(location, journal, knowledge) == 0
    with open_reader(location) as store:
        assert stored_cases(store) == ((imr_2015.case, imr_2015.id),)
    journal.close()


def test_what_the_store_does_not_take_stays_in_the_journal(location: str, imr_2015: Determination, knowledge: Knowledge) -> None:
    """Another way was faster, with other facts; the submission can still be read, and says why it is not shown."""
    journal = Journal(journal_path(location, {}))
    submission = submission_of(imr_2015)
    assert journal.put(submission, None) is Outcome.STORED
    other = json.loads(CASE) | {"label": "other"}
    with open_writer(location) as store:
        store_content(store, json.dumps(other).encode(), knowledge)
    assert publish(location, journal, knowledge) == 1
    assert journal.pending(10) == []
    assert journal.content(submission.name)
    assert journal.state(submission.name) == (State.REFUSED, journal.state(submission.name)[1])
    assert "stored with other facts" in journal.state(submission.name)[1]
    journal.close()


def test_the_publisher_runs_beside_and_ends_with_the_service(location: str, imr_2015: Determination, knowledge: Knowledge) -> None:
    kept = open_keeper(location, knowledge)
    asyncio.run(kept.put(submission_of(imr_2015)))
    kept.close()
    with open_reader(location) as store:
        assert stored_cases(store) == ((imr_2015.case, imr_2015.id),)


def test_reviews_are_kept_in_their_order(kept: Keeper) -> None:
    async def run() -> None:
        assert await kept.put_review("b", "0" * 32, b"{1}") is Outcome.STORED
        assert await kept.put_review("a", "0" * 32, b"{2}") is Outcome.STORED
        assert await kept.put_review("a", "0" * 32, b"{2}") is Outcome.UNCHANGED
        assert await kept.reviews("0" * 32) == [b"{1}", b"{2}"]
        assert await kept.reviews("1" * 32) == []

    asyncio.run(run())


def test_many_at_once(kept: Keeper, imr_2015: Determination) -> None:
    first = submission_of(imr_2015)
    many = [replace(first, name=f"{n:032x}", case=f"{first.case}-{n}", requests=(), content=compressed(b"{}")) for n in range(200)]

    async def run() -> None:
        assert set(await asyncio.gather(*map(kept.put, many))) == {Outcome.STORED}
        assert len(await kept.listed("", 1000)) == 200

    asyncio.run(run())


def test_where_the_journal_is(tmp_path: Path) -> None:
    assert journal_path("/s", {}) == Path("/s/journal.sqlite")
    assert journal_path("/s", {"MTUS_JOURNAL": "/j/x.sqlite"}) == Path("/j/x.sqlite")
    remote = journal_path("http://example.org/query", {"XDG_DATA_HOME": str(tmp_path)})
    assert remote.name.startswith("journal-")
    assert "example" not in str(remote)


@pytest.mark.skipif(sys.platform == "win32", reason="rights of files are POSIX")
def test_the_journal_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "journal.sqlite"
    journal = Journal(path)
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700
    journal.close()


def test_a_journal_that_is_none_stops_the_start_and_says_why(location: str, caplog: pytest.LogCaptureFixture) -> None:
    Path(location, "journal.sqlite").write_bytes(b"garbage" * 2000)
    with pytest.raises(EngineError, match=r"store-failed.*journal.*file is not a database"), TestClient(create_app(location)):
        pytest.fail("it started")
    assert "the service does not start: store-failed" in caplog.text.replace("\n", " ")


def test_where_the_journal_fails_the_log_says_why_and_the_answer_does_not(
    kept: Keeper, imr_2015: Determination, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorname = "SQLITE_FULL"
        raise error

    monkeypatch.setattr(Journal, "put", full)
    with pytest.raises(EngineError) as failed:
        asyncio.run(kept.put(submission_of(imr_2015)))
    (record,) = [record for record in caplog.records if record.message == "what was sent could not be kept"]
    assert vars(record)["fields"] == {"reason": "SQLITE_FULL"}
    details = asyncio.run(problem_details(Request({"type": "http", "method": "POST"}), failed.value))
    assert (details["status"], details["detail"]) == (503, "What was sent could not be kept.")


def test_what_the_engine_says_of_its_files_is_for_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    error = engine_failed("/data/store", OSError("IO error: No space left on device: /data/store/000010.sst"))
    details = asyncio.run(problem_details(Request({"type": "http", "method": "GET"}), error))
    assert "/data" not in json.dumps(details)
    assert details["detail"] == "The store failed."
    assert "No space left" in vars(caplog.records[-1])["fields"]["reason"]


def test_a_publisher_that_does_not_end_in_time_is_ended_and_loses_nothing(
    location: str, imr_2015: Determination, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MTUS_PUBLISH_SECONDS", "0.01")
    kept = open_keeper(location, knowledge)
    asyncio.run(kept.put(submission_of(imr_2015)))
    kept.close()
    assert "at the next start" in caplog.text
    monkeypatch.setenv("MTUS_PUBLISH_SECONDS", "120")
    again = open_keeper(location, knowledge)
    assert asyncio.run(again.listed("", 10))
    again.close()
    with open_reader(location) as store:
        assert stored_cases(store) == ((imr_2015.case, imr_2015.id),)


def test_a_review_that_cannot_be_read_keeps_nothing_back(
    kept: Keeper, location: str, imr_2015: Determination, knowledge: Knowledge, capsys: pytest.CaptureFixture[str]
) -> None:
    good = made(imr_2015)
    name = good.id.rsplit("/", 1)[-1]

    async def run() -> None:
        await kept.put_review("0" * 32, "0" * 32, b'{"private": 1}')
        await kept.put(submission_of(imr_2015))
        await kept.put_review(name, imr_2015.id.rsplit("/", 1)[-1], review_to_json(good, knowledge).encode())

    asyncio.run(run())
    journal = Journal(journal_path(location, {}))
    # the determination first, then its review
    assert [publish(location, journal, knowledge) for _ in range(2)] == [1, 1]
    with open_reader(location) as store:
        assert stored_cases(store) == ((imr_2015.case, imr_2015.id),)
        assert export_reviews(store, imr_2015.id)
    # it waits, is told of, and is not tried over and over
    assert journal.waiting() == 1
    assert publish(location, journal, knowledge) == 0
    told = capsys.readouterr().err
    assert "0" * 32 in told
    assert "private" not in told
    journal.close()
