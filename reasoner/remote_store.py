"""A store on a server: any SPARQL 1.1 endpoint with the Graph Store Protocol (https://www.w3.org/TR/sparql11-http-rdf-update/).

The protocol writes one graph a request. A graph is replaced as a whole; the graphs of a case are written in turn, its determination last,
and a case counts as stored once its determination is there. A load that was interrupted is completed by running it again. What is
removed goes the other way round, the determination first. The default graph of queries has to be the union of all graphs, which is a
setting of the server; this is checked.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

import pyoxigraph as ox

from mtus.reasoner.case_graphs import ONTOLOGY_GRAPH
from mtus.reasoner.errors import engine_error, store_error
from mtus.reasoner.sparql_text import read_query
from mtus.reasoner.store import ALL_GRAPHS, NOTHING, Dataset, Solutions, Store, engine_failed
from mtus.reasoner.written import Graphs

if TYPE_CHECKING:
    import httpx

_RESULTS: Final = "application/sparql-results+json"
_TRIPLES: Final = "application/n-triples"
# Where products have their graph store, by how the address of their queries ends: Oxigraph; RDF4J and GraphDB; Fuseki.
_GRAPH_STORES: Final = (("/query", "/store"), ("/sparql", "/data"))
# A write of the largest graph takes less than a second; a server that is silent for longer is gone.
_SECONDS: Final = 60.0


@dataclass(frozen=True)
class RemoteAddress:
    """Where a server answers queries and where it keeps graphs, and who asks (user and password, empty for nobody)."""

    queries: str
    graphs: str
    user: str = ""
    password: str = ""


def remote_address(url: str, environment: Mapping[str, str]) -> RemoteAddress:
    """Return the addresses for the query endpoint ``url``.

    ``MTUS_STORE_GRAPHS`` in ``environment`` names the graph store where it cannot be told from the URL; ``MTUS_STORE_USER`` and
    ``MTUS_STORE_PASSWORD`` say who asks. Raises :class:`StoreError` where the graph store is not known.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise store_error("bad-store-url", "MTUS_STORE", "The URL of the store holds a name and a password.",
                          "Set MTUS_STORE_USER and MTUS_STORE_PASSWORD instead.")  # fmt: skip
    graphs = environment.get("MTUS_STORE_GRAPHS", "") or _graph_store(url)
    if not graphs:
        raise store_error("bad-store-url", url, "It is not known where this server keeps its graphs.",
                          "Set MTUS_STORE_GRAPHS to the address of its Graph Store Protocol.")  # fmt: skip
    return RemoteAddress(url, graphs, environment.get("MTUS_STORE_USER", ""), environment.get("MTUS_STORE_PASSWORD", ""))


class RemoteStore(Store):
    """A store on a server, open for reading and writing."""

    def __init__(self, address: RemoteAddress) -> None:
        self.location = address.queries
        self._address = address
        self._client = _client(address)
        self._is_union_checked = False
        self._is_signed_in = False

    def query(self, text: str, dataset: Dataset = ALL_GRAPHS) -> Solutions:
        """Return what the query ``text`` gives; see :meth:`Store.query`."""
        form = read_query(text)
        data: dict[str, Any] = {"query": text}
        if dataset.default is not None or dataset.named is not None:
            # what is named by nobody is an empty graph, which keeps the default graph empty where only named graphs are asked for
            data["default-graph-uri"] = list(dataset.default or ("urn:empty",))
            data["named-graph-uri"] = list(dataset.named or ("urn:empty",))
        kind = _TRIPLES if form.gives_graph else _RESULTS
        response = self._send("POST", self._address.queries, data=data, headers={"Accept": kind})
        content = io.BytesIO(response.content)
        try:
            if form.gives_graph:
                return _as_triples(content)
            return ox.parse_query_results(content, ox.QueryResultsFormat.JSON)
        except (SyntaxError, ValueError) as error:
            raise engine_failed(self.location, error) from error

    def write(self, graphs: Graphs, *, shared: Graphs = NOTHING, removed: Sequence[str] = ()) -> None:
        """Remove, add and write graph by graph, in the order given; see :meth:`Store.write`."""
        for name in removed:
            self._send("DELETE", self._address.graphs, params={"graph": name}, absent_is_fine=True)
        for method, found in (("POST", shared), ("PUT", graphs)):
            for name, statements in found.items():
                self._put(method, name, statements)
        if not self._is_union_checked:
            self._check_union()

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _put(self, method: str, name: str, statements: Sequence[str]) -> None:
        content = "".join(f"{statement} .\n" for statement in statements).encode()
        self._send(method, self._address.graphs, params={"graph": name}, content=content, headers={"Content-Type": _TRIPLES})

    def _check_union(self) -> None:
        if not self.query(f"ASK {{ <{ONTOLOGY_GRAPH}> ?p ?o }}"):
            raise store_error("no-union-default-graph", self.location, "The default graph of this server is not the union of all.",
                              "Set the server up so (Oxigraph: --union-default-graph; Fuseki: tdb2:unionDefaultGraph true).")  # fmt: skip
        self._is_union_checked = True

    def _send(self, method: str, url: str, *, absent_is_fine: bool = False, **rest: Any) -> "httpx.Response":
        import httpx  # noqa: PLC0415  only who has a store on a server needs it

        try:
            response = self._client.request(method, url, **rest)
            if response.status_code == 401 and self._address.user and not self._is_signed_in:
                # the server says how it wants to know who asks; some answer nothing useful to another way than theirs
                is_digest = "digest" in response.headers.get("www-authenticate", "").lower()
                self._client.auth = (httpx.DigestAuth if is_digest else httpx.BasicAuth)(self._address.user, self._address.password)
                self._is_signed_in = True
                response = self._client.request(method, url, **rest)
        except httpx.HTTPError as error:
            raise engine_failed(self.location, error) from error
        if response.is_success or (absent_is_fine and response.status_code == 404):
            return response
        if response.status_code == 400 and "query" in rest.get("data", {}):
            raise SyntaxError(response.text[:1000])
        if response.status_code in (401, 403):
            raise store_error("store-refused", self.location, f"The server refuses access ({response.status_code}).",
                              "Set MTUS_STORE_USER and MTUS_STORE_PASSWORD.")  # fmt: skip
        raise engine_error("store-failed", self.location, f"The server answers {method} with {response.status_code}: {response.text[:200]}",
                           "Look at the server; running the load again completes it.")  # fmt: skip


def _as_triples(content: io.BytesIO) -> ox.QueryTriples:
    """Return triples that were read as those of a query; an in-memory store makes them so."""
    store = ox.Store()
    store.bulk_load(content, format=ox.RdfFormat.N_TRIPLES)
    found = store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    assert isinstance(found, ox.QueryTriples)
    return found


def _graph_store(url: str) -> str:
    parts = urlsplit(url)
    if "/repositories/" in parts.path:
        return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/rdf-graphs/service"))
    for end, instead in _GRAPH_STORES:
        if parts.path.endswith(end) and (end != "/sparql" or parts.path != end):
            return urlunsplit(parts._replace(path=parts.path.removesuffix(end) + instead))
    if parts.path == "/sparql":
        # Virtuoso
        return urlunsplit(parts._replace(path="/sparql-graph-crud-auth"))
    return ""


def _client(address: RemoteAddress) -> "httpx.Client":
    try:
        import httpx  # noqa: PLC0415
    except ImportError as error:
        raise store_error("no-http-client", address.queries, "A store on a server needs the package httpx.",
                          "Install it with `pip install 'mtus-reasoner[remote]'`.") from error  # fmt: skip
    # redirects are not followed, and no proxy is taken from the environment: facts go to the server that was named and to no other
    return httpx.Client(timeout=_SECONDS, follow_redirects=False, trust_env=False)
