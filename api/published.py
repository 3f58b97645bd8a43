"""What the store holds of cases, those that `mtus load` put there included; read where the journal does not know them."""

import threading
from typing import Final

import pyoxigraph as ox

from mtus.api.deps import case_limits
from mtus.api.journal import Listed, shared_request
from mtus.reasoner.errors import StoreError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import DETERMINATION, MTUS
from mtus.reasoner.render_rdf import write_rdf
from mtus.reasoner.sparql_text import bind
from mtus.reasoner.store import Store
from mtus.reasoner.store_location import is_outdated, is_remote, open_reader
from mtus.reasoner.stored import Stored, one_determination, read_stored
from mtus.reasoner.stored_cases import StoredCase, export_case, owners_of, stored_case

_CASE_OF: Final = f"SELECT ?case WHERE {{ GRAPH $determination {{ $determination <{MTUS}determinesCase> ?case }} }}"
_LISTED: Final = (
    f"SELECT ?determination ?case WHERE {{ GRAPH ?determination {{ ?determination <{MTUS}determinesCase> ?case }} "
    "FILTER(STR(?determination) > $after) } ORDER BY ?determination LIMIT %d"
)


class Published:
    """The store at ``location``, open for reading; a newer copy is opened as soon as there is one. Safe to be used by many threads."""

    def __init__(self, location: str) -> None:
        self._location = location
        self._lock = threading.Lock()
        self._store: Store | None = None

    def close(self) -> None:
        """Let go of the store."""
        with self._lock:
            if self._store is not None:
                self._store.close()
            self._store = None

    def case(self, case: str) -> StoredCase | None:
        """Return how ``case`` stands in the store, or None where it does not. Raises :class:`EngineError` where the store fails."""
        with self._lock:
            store = self._open()
            return stored_case(store, case) if store else None

    def refuse_shared(self, case: str, requests: tuple[str, ...]) -> None:
        """Raise :class:`ApiError` (409) where one of ``requests`` belongs to another case of the store than ``case``."""
        with self._lock:
            store = self._open()
            owners = owners_of(store, requests) if store else []
        for request, owner in owners:
            if owner != case:
                raise shared_request(request, owner)

    def stored(self, name: str, knowledge: Knowledge) -> Stored | None:
        """Return the determination whose IRI ends with ``name``, or None where the store does not hold it."""
        iri = DETERMINATION + name
        with self._lock:
            store = self._open()
            cases = store.rows(_CASE_OF, determination=iri) if store else []
            if store is None or not cases:
                return None
            quads = export_case(store, cases[0][0], iri)
        return one_determination(read_stored(write_rdf(quads, ox.RdfFormat.TRIG).encode(), f"{name}.trig", knowledge, case_limits()))

    def listed(self, after: str, limit: int) -> list[Listed]:
        """Return at most ``limit`` determinations whose name comes after ``after``, sorted by name."""
        with self._lock:
            store = self._open()
            rows = store.rows(bind(_LISTED % limit, {"after": ox.Literal(DETERMINATION + after)})) if store else []
        return [Listed(determination.removeprefix(DETERMINATION), case) for determination, case in rows]

    def _open(self) -> Store | None:
        """Return the store with all that was published; None where nothing was stored yet."""
        if self._store is not None and not is_outdated(self._store):
            return self._store
        try:
            newer = open_reader(self._location)
        except StoreError as error:
            if error.problems[0].code != "no-store" or is_remote(self._location):
                raise
            return None
        if self._store is not None:
            self._store.close()
        self._store = newer
        return newer
