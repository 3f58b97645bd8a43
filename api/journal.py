"""The journal of what was submitted: determinations and reviews in one SQLite file, durable once a call returns.

The store shows cases to SPARQL and writes slowly: thousands of statements a case, and a copy for the readers. The journal takes a
submission in a millisecond, survives `kill -9` (write-ahead log, synchronised at each commit, https://www.sqlite.org/wal.html), and may be
used by several processes. :mod:`mtus.api.publisher` brings what it holds into the store.
"""

import sqlite3
import zlib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from mtus.api.errors import ApiError
from mtus.reasoner.errors import engine_error
from mtus.reasoner.namespaces import DETERMINATION
from mtus.reasoner.stored_cases import Outcome, StoredCase

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS determination (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, case_iri TEXT NOT NULL, case_digest TEXT NOT NULL, knowledge_digest TEXT NOT NULL,
  content BLOB NOT NULL, is_current INTEGER NOT NULL DEFAULT 1, replaces INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'pending', note TEXT NOT NULL DEFAULT '');
CREATE UNIQUE INDEX IF NOT EXISTS current_case ON determination (case_iri) WHERE is_current;
CREATE INDEX IF NOT EXISTS pending ON determination (number) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS request (request TEXT PRIMARY KEY, case_iri TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS request_case ON request (case_iri);
CREATE TABLE IF NOT EXISTS review (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, determination TEXT NOT NULL, content BLOB NOT NULL,
  is_shown INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS review_of ON review (determination);
"""
# A journal of an earlier release has reviews without the mark whether the store shows them.
_ADD_SHOWN: Final = "ALTER TABLE review ADD COLUMN is_shown INTEGER NOT NULL DEFAULT 0"
_NOT_SHOWN: Final = "CREATE INDEX IF NOT EXISTS review_not_shown ON review (number) WHERE NOT is_shown"
_PENDING: Final = "state = 'pending' AND is_current"
# Others hold the lock for some milliseconds; a disk that is slower than this has failed.
_LOCK_SECONDS: Final = 30.0
# Speed counts more than the last tenth of the size.
_LEVEL: Final = 1


class State(StrEnum):
    """Where a submission stands on its way into the store that SPARQL sees."""

    PENDING = "pending"
    SHOWN = "shown"
    REFUSED = "refused"


@dataclass(frozen=True)
class Submission:
    """A determination that is to be kept: its name (the last segment of its IRI), its case and requests, and its JSON, compressed."""

    name: str
    case: str
    case_digest: str
    knowledge_digest: str
    requests: tuple[str, ...]
    content: bytes

    @property
    def json(self) -> bytes:
        """The determination as JSON."""
        return zlib.decompress(self.content)


@dataclass(frozen=True)
class Pending:
    """A submission that the store does not show yet; ``replaces`` says whether another determination of the case may be in its way."""

    name: str
    case: str
    content: bytes
    replaces: bool


@dataclass(frozen=True)
class PendingReview:
    """A review that the store does not show yet, and its JSON."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Listed:
    """A determination as the list has it: its name and its case."""

    name: str
    case: str


def compressed(content: bytes) -> bytes:
    """Return ``content`` as the journal keeps it."""
    return zlib.compress(content, _LEVEL)


class Journal:
    """One connection to the journal in the file ``path``, which is made where there is none. It may pass from thread to thread.

    Raises :class:`EngineError` where the file is no journal, or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # what was submitted are facts of patients; the files beside it get the same rights
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False)
            self._prepare()
        except (sqlite3.Error, OSError) as error:
            raise engine_error("store-failed", path.name, f"The journal of what was submitted cannot be opened: {error}.",
                               "Look at the file and its folder; a copy of the store's folder holds it too.") from error  # fmt: skip

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)
        self.begin()
        if "is_shown" not in {column[1] for column in self._db.execute("PRAGMA table_info(review)")}:
            self._db.execute(_ADD_SHOWN)
        self._db.execute(_NOT_SHOWN)
        self.commit()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def begin(self) -> None:
        """Begin to write; nobody else writes until :meth:`commit`."""
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Make what was written durable."""
        self._db.execute("COMMIT")

    def roll_back(self) -> None:
        """Forget what was written since :meth:`begin`."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def put(self, submission: Submission, there: StoredCase | None, *, replace: bool = False) -> Outcome:
        """Keep ``submission``; ``there`` is how its case stands in the store, if it was put there by another way.

        Raises :class:`ApiError` (409) where the case is kept with other content and is not to be replaced, and where a request of it
        belongs to another case. Whatever is refused has written nothing.
        """
        self._refuse_shared(submission)
        row = self._row("SELECT name, case_digest, knowledge_digest FROM determination WHERE case_iri = ? AND is_current", submission.case)
        current = StoredCase(submission.case, DETERMINATION + row[0], row[1], row[2]) if row else there
        if current is not None and current.determination == DETERMINATION + submission.name:
            return Outcome.UNCHANGED
        if current is not None and not replace:
            raise _conflict(current, submission)
        self._db.execute("UPDATE determination SET is_current = 0 WHERE case_iri = ? AND is_current", (submission.case,))
        self._db.execute("DELETE FROM request WHERE case_iri = ?", (submission.case,))
        self._db.executemany("INSERT INTO request VALUES (?, ?)", [(request, submission.case) for request in submission.requests])
        self._db.execute(
            "INSERT INTO determination (name, case_iri, case_digest, knowledge_digest, content, replaces) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET is_current = 1, state = 'pending', replaces = excluded.replaces, note = ''",
            (submission.name, submission.case, submission.case_digest, submission.knowledge_digest, submission.content,
             current is not None),
        )  # fmt: skip
        return Outcome.STORED if current is None else Outcome.REPLACED

    def content(self, name: str) -> bytes | None:
        """Return the JSON of the determination ``name``, those that were replaced included; None where it was never submitted."""
        row = self._row("SELECT content FROM determination WHERE name = ?", name)
        return zlib.decompress(row[0]) if row else None

    def submission(self, name: str) -> Submission | None:
        """Return the determination ``name`` as it was submitted, where it is the one of its case; None where it is not."""
        row = self._row("SELECT case_iri, case_digest, knowledge_digest, content FROM determination WHERE name = ? AND is_current", name)
        return Submission(name, row[0], row[1], row[2], (), row[3]) if row else None

    def is_current(self, name: str) -> bool | None:
        """Return whether the determination ``name`` is the one of its case; None where it was never submitted."""
        row = self._row("SELECT is_current FROM determination WHERE name = ?", name)
        return bool(row[0]) if row else None

    def of_case(self, case: str) -> str | None:
        """Return the name of the current determination of ``case`` (IRI), or None where none was submitted."""
        row = self._row("SELECT name FROM determination WHERE case_iri = ? AND is_current", case)
        return str(row[0]) if row else None

    def listed(self, after: str, limit: int) -> list[Listed]:
        """Return at most ``limit`` current determinations whose name comes after ``after``, sorted by name."""
        found = self._db.execute(
            "SELECT name, case_iri FROM determination WHERE is_current AND name > ? ORDER BY name LIMIT ?", (after, limit)
        )
        return [Listed(*row) for row in found]

    def pending(self, limit: int) -> list[Pending]:
        """Return at most ``limit`` submissions that the store does not show yet, the oldest first."""
        found = self._db.execute(
            f"SELECT name, case_iri, content, replaces FROM determination WHERE {_PENDING} ORDER BY number LIMIT ?", (limit,)
        )
        return [Pending(name, case, zlib.decompress(content), bool(replaces)) for name, case, content, replaces in found]

    def pending_reviews(self, limit: int) -> list[PendingReview]:
        """Return at most ``limit`` reviews that the store does not show yet, the oldest first; those whose determination waits wait too."""
        found = self._db.execute(
            "SELECT name, content FROM review WHERE NOT is_shown "
            f"AND determination NOT IN (SELECT name FROM determination WHERE {_PENDING}) ORDER BY number LIMIT ?",
            (limit,),
        )
        return [PendingReview(name, zlib.decompress(content)) for name, content in found]

    def waiting(self) -> int:
        """Return how many determinations and reviews the store does not show yet; those that it refused do not wait."""
        counts = f"SELECT (SELECT COUNT(*) FROM determination WHERE {_PENDING}) + (SELECT COUNT(*) FROM review WHERE NOT is_shown)"
        (found,) = self._db.execute(counts).fetchone()
        return int(found)

    def state(self, name: str) -> tuple[State, str]:
        """Return where the submission ``name`` stands, and why; raise :class:`LookupError` for none."""
        row = self._row("SELECT state, note FROM determination WHERE name = ?", name)
        if row is None:
            raise LookupError(name)
        return State(row[0]), row[1]

    def mark(self, marks: Iterable[tuple[str, State, str]]) -> None:
        """Write down where submissions stand: name, state, and a note that says why."""
        self.begin()
        self._db.executemany("UPDATE determination SET state = ?2, note = ?3 WHERE name = ?1", [(n, str(s), t) for n, s, t in marks])
        self.commit()

    def mark_reviews(self, names: Iterable[str]) -> None:
        """Write down that the store shows the reviews ``names``."""
        self.begin()
        self._db.executemany("UPDATE review SET is_shown = 1 WHERE name = ?", [(name,) for name in names])
        self.commit()

    def put_review(self, name: str, determination: str, content: bytes) -> Outcome:
        """Keep the review ``name`` of a ``determination``; ``content`` is its JSON. A review never changes."""
        found = self._db.execute("INSERT OR IGNORE INTO review (name, determination, content) VALUES (?, ?, ?)",
                                 (name, determination, compressed(content)))  # fmt: skip
        return Outcome.STORED if found.rowcount else Outcome.UNCHANGED

    def reviews(self, determination: str) -> list[bytes]:
        """Return the JSON of the reviews of a ``determination``, the oldest first."""
        found = self._db.execute("SELECT content FROM review WHERE determination = ? ORDER BY number", (determination,))
        return [zlib.decompress(content) for (content,) in found]

    def _refuse_shared(self, submission: Submission) -> None:
        for request in submission.requests:
            row = self._row("SELECT case_iri FROM request WHERE request = ?", request)
            if row and row[0] != submission.case:
                raise shared_request(request, row[0])

    def _row(self, text: str, value: str) -> tuple[Any, ...] | None:
        with closing(self._db.execute(text, (value,))) as cursor:
            found: tuple[Any, ...] | None = cursor.fetchone()
        return found


def shared_request(request: str, case: str) -> ApiError:
    """Return the error for a request that belongs to another stored case."""
    return ApiError(409, "shared-request", "The case is not stored as it is.",
                    f"The request {request} belongs to the stored case {case}. Give each case identifiers of its own.")  # fmt: skip


def _conflict(there: StoredCase, submission: Submission) -> ApiError:
    if there.case_digest != submission.case_digest:
        return ApiError(409, "other-case-stored", "The case is not stored as it is.",
                        f"The case {there.case} is stored with other facts. Give it another name, or send ?replace=true.")  # fmt: skip
    changed = "knowledge" if there.knowledge_digest != submission.knowledge_digest else "release"
    return ApiError(409, "other-determination-stored", "The determination is not stored as it is.",
                    f"The case {there.case} is stored as determined under another {changed}. Send it with ?replace=true.")  # fmt: skip
