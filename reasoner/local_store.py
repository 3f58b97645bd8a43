"""The embedded store: pyoxigraph on disk, with one writer at a time and any number of readers.

A folder holds ``data`` (the database that the writer changes) and ``published`` (consistent copies of it, made of links, that nobody
changes). Readers open the newest copy, since pyoxigraph's behaviour is undefined where a database is read while another process writes
it. What is written at once is there as a whole or not at all: little in one transaction, and much as sorted files that the database
takes over in one step. So a process that is killed leaves every case whole or absent; the file ``unpublished`` then says that ``data`` is
ahead of the copies, and the next reader has them catch up. A copy that no reader holds any more is removed.
"""

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Final

import pyoxigraph as ox

from mtus.reasoner.errors import StoreError, store_error
from mtus.reasoner.store import ALL_GRAPHS, NOTHING, Dataset, Solutions, Store, engine_failed, is_failure
from mtus.reasoner.written import Graphs, quads_of

if sys.platform != "win32":
    import fcntl

_FORMAT: Final = {"format": 1}
_SIGN, _CURRENT, _UNPUBLISHED = "mtus-store.json", "current", "unpublished"
# So many statements, some ten cases, are written faster as sorted files; fewer are not worth the files, which have to be merged later.
_MUCH: Final = 40_000
# What the database raises: the latter for files that are damaged.
_FAILURES: Final = (OSError, RuntimeError)


class LocalStore(Store):
    """A store in a folder, open for writing or for reading; see :func:`open_for_writing` and :func:`open_for_reading`."""

    def __init__(self, folder: Path, database: ox.Store, *, number: str = "", held: IO[bytes] | None = None) -> None:
        self.location = str(folder)
        self._number = number
        self._folder = folder
        self._database: ox.Store | None = database
        self._held = held

    @property
    def is_outdated(self) -> bool:
        """Whether a newer copy was published than the one that is read here."""
        return self._held is not None and _current(self._folder) != self._number

    def query(self, text: str, dataset: Dataset = ALL_GRAPHS) -> Solutions:
        """Return what the query ``text`` gives; see :meth:`Store.query`."""
        try:
            if dataset.default is None and dataset.named is None:
                return self._open().query(text, use_default_graph_as_union=dataset.is_union)
            default, named = ([ox.NamedNode(name) for name in dict.fromkeys(names or ())] for names in (dataset.default, dataset.named))
            return self._open().query(text, default_graph=list(default), named_graphs=list(named))
        except _FAILURES as error:
            if is_failure(error):
                raise engine_failed(self.location, error) from error
            raise

    def write(self, graphs: Graphs, *, shared: Graphs = NOTHING, removed: Sequence[str] = ()) -> None:
        """Write all of it or nothing; see :meth:`Store.write`."""
        (self._folder / _UNPUBLISHED).touch()
        try:
            if removed:
                self._open().update(_as_one_update((graphs, shared), removed))
            else:
                quads = chain(quads_of(graphs), quads_of(shared))
                is_much = sum(map(len, graphs.values())) > _MUCH
                # both are atomic; the latter writes sorted files and has the database take them over in one step
                (self._open().bulk_extend if is_much else self._open().extend)(quads)
        except _FAILURES as error:
            raise engine_failed(self.location, error) from error

    def load_at_once(self, content: bytes) -> None:
        """Load N-Quads, all of them or none; blank nodes get names of the database. Raises :class:`EngineError` where the disk fails."""
        (self._folder / _UNPUBLISHED).touch()
        try:
            self._open().bulk_load(content, ox.RdfFormat.N_QUADS)
        except _FAILURES as error:
            raise engine_failed(self.location, error) from error

    def close(self) -> None:
        """Publish what was written, and let go of the folder."""
        database, self._database = self._database, None
        if database is not None and self._held is None and (self._folder / _UNPUBLISHED).exists():
            _publish(self._folder, database)
        if self._held is not None:
            self._held.close()

    def _open(self) -> ox.Store:
        if self._database is None:
            raise store_error("store-closed", self.location, "The store was closed.", "Open it again.")
        return self._database


def open_for_writing(folder: Path) -> LocalStore:
    """Open the store in ``folder``, made where there is none.

    Raises :class:`StoreError` where another process writes it, and where the folder is something else.
    """
    sign = folder / _SIGN
    if not sign.exists():
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise store_error("not-a-store", str(folder), "There is something here that is no store.", "Name an empty folder, or a store.")
        try:
            # what is stored are facts of patients; whoever lets others in makes the folder himself
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            sign.write_text(json.dumps(_FORMAT) + "\n", "utf-8")
        except OSError as error:
            raise store_error(
                "not-a-store", str(folder), f"No store can be made here: {error.strerror}.", "Name another folder."
            ) from error
    _check_format(folder)
    try:
        store = LocalStore(folder, ox.Store(str(folder / "data")))
        for left in (folder / "data").glob("bulk-*.sst"):
            # of a writer that was killed before the database took it over
            left.unlink(missing_ok=True)
        return store
    except _FAILURES as error:
        if "lock" in str(error).lower():
            raise store_error("store-in-use", str(folder), "Another process writes this store.", "Wait until it has ended.") from error
        raise engine_failed(str(folder), error) from error


def open_for_reading(folder: Path) -> LocalStore:
    """Open the newest published copy of the store in ``folder``; raise :class:`StoreError` where there is none."""
    if not (folder / _SIGN).exists():
        raise store_error("no-store", str(folder), "There is no store here.", "`mtus load` makes one; --store or MTUS_STORE names another.")
    _check_format(folder)
    is_lost = (folder / _CURRENT).exists() and not _current(folder)
    if is_lost or (folder / _UNPUBLISHED).exists():
        # a writer at work publishes itself when it is done; one that was killed left that to us
        try:
            with open_for_writing(folder):
                if is_lost:
                    (folder / _UNPUBLISHED).touch()
        except StoreError as error:
            if error.problems[0].code != "store-in-use":
                raise
    for _ in range(10):
        number = _current(folder)
        if not number:
            raise store_error("no-store", str(folder), "Nothing was stored here yet.", "`mtus load` stores cases.")
        held = _hold(folder, number)
        if held is not None:
            try:
                return LocalStore(folder, ox.Store.read_only(str(folder / "published" / number)), number=number, held=held)
            except _FAILURES as error:
                held.close()
                raise engine_failed(str(folder), error) from error
    raise store_error("store-in-use", str(folder), "The store changes faster than it can be opened.", "Try again.")


def _check_format(folder: Path) -> None:
    try:
        found = json.loads((folder / _SIGN).read_text("utf-8"))
    except (OSError, ValueError):
        found = None
    if found != _FORMAT:
        raise store_error("not-a-store", str(folder), "The store is damaged, or of another release.", "Load the cases into a new one.")


def _as_one_update(added: Iterable[Graphs], removed: Sequence[str]) -> str:
    """Return one update, which is one transaction."""
    drops = (f"DROP SILENT GRAPH {ox.NamedNode(name)};" for name in removed)
    data = (f"GRAPH <{name}> {{ {' . '.join(statements)} }}" for graphs in added for name, statements in graphs.items())
    return "\n".join((*drops, "INSERT DATA {", *data, "}"))


def _publish(folder: Path, database: ox.Store) -> None:
    """Make a consistent copy, point the readers to it, and remove the copies that nobody reads."""
    published = folder / "published"
    published.mkdir(exist_ok=True)
    numbers = sorted(int(path.name) for path in published.iterdir() if path.is_dir() and path.name.isdecimal())
    number = str(max([0, *numbers, int(_current(folder) or 0)]) + 1)
    try:
        database.backup(str(published / number))
    except _FAILURES as error:
        raise engine_failed(str(folder), error) from error
    (published / f"{number}.lock").touch()
    temporary = folder / f"{_CURRENT}.new"
    temporary.write_text(number, "utf-8")
    temporary.replace(folder / _CURRENT)
    (folder / _UNPUBLISHED).unlink(missing_ok=True)
    for old in numbers:
        with _alone(folder, str(old)) as is_alone:
            if is_alone:
                shutil.rmtree(published / str(old), ignore_errors=True)
                (published / f"{old}.lock").unlink(missing_ok=True)


def _current(folder: Path) -> str:
    """Return the number of the newest copy; empty where there is none, and where what says so is damaged."""
    try:
        number = (folder / _CURRENT).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return number if number.isascii() and number.isdecimal() else ""


def _hold(folder: Path, number: str) -> IO[bytes] | None:
    """Mark the copy ``number`` as being read for as long as the file that is returned is open; None where it is gone."""
    path = folder / "published" / f"{number}.lock"
    try:
        held: IO[bytes] = path.open("ab")
    except OSError as error:
        # whoever may only read holds the copy by the file that its writer left
        if not path.exists():
            raise engine_failed(str(folder), error) from error
        held = path.open("rb")
    if sys.platform != "win32":
        fcntl.flock(held, fcntl.LOCK_SH)
    if (folder / "published" / number).is_dir():
        return held
    held.close()
    return None


@contextmanager
def _alone(folder: Path, number: str) -> Iterator[bool]:
    """Say whether nobody reads the copy ``number``, and keep it so."""
    with (folder / "published" / f"{number}.lock").open("ab") as lock:
        if sys.platform == "win32":
            yield True  # files that are open cannot be removed there
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
