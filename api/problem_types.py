"""The registry of problems: every kind that an answer may have (RFC 9457, 3.1.1), with its status, what it means, and how to mend it.

Other services may rely on a kind: none is renamed, and none is used for something else.
"""

from dataclasses import dataclass
from typing import Any, Final

from mtus.api.errors import PROBLEM_TYPES as BASE_OF_TYPES


@dataclass(frozen=True)
class ProblemType:
    """A kind of problem: the last part of its type, the statuses that come with it, its meaning, and what to do."""

    code: str
    statuses: tuple[int, ...]
    title: str
    remedy: str


def as_data(kind: ProblemType) -> dict[str, Any]:
    """Return ``kind`` as the service tells it."""
    return {
        "type": BASE_OF_TYPES + kind.code,
        "code": kind.code,
        "statuses": list(kind.statuses),
        "title": kind.title,
        "remedy": kind.remedy,
    }


_BODY: Final = "`problems` says where, why, and how to mend each."
_LIMIT: Final = "Ask a narrower question; a setting of the service holds the limit."
_SERVICE: Final = "Tell whoever runs the service."

PROBLEM_TYPES: Final = {
    kind.code: kind
    for kind in (
        # What was asked for
        ProblemType("not-found", (404,), "There is nothing at this address.", "`/openapi.json` lists what there is."),
        ProblemType("method-not-allowed", (405,), "This address does not know this method.", "`Allow` lists those that it knows."),
        ProblemType("not-acceptable", (406,), "The client accepts no format that the answer has.", "The detail lists those that it has."),
        ProblemType("bad-parameter", (422,), "A parameter of the request is wrong.", _BODY),
        ProblemType("bad-request", (400,), "The request is not valid HTTP, or its form cannot be read.", "Mend the client."),
        ProblemType("unsupported-media-type", (415,), "The body has no type, or one that is not read.", "`Accept-Post` lists them."),
        ProblemType("internal-error", (500,), "The service failed; that says nothing about the case.", "Try again, and report it."),
        ProblemType("service-unavailable", (503,), "The service does not answer now.", "Try again."),
        # Bodies
        ProblemType("unreadable-case", (400,), "The case cannot be read in its format.", _BODY),
        ProblemType("invalid-case", (422,), "The case can be read and not used.", _BODY),
        ProblemType("case-too-large", (413,), "The body is too large to be what it should be.", "Send one case; a case is some kilobytes."),
        ProblemType("unreadable-determination", (400,), "The determination cannot be read in its format.", _BODY),
        ProblemType("invalid-determination", (422,), "The determination is none, was altered, or cannot be used.", _BODY),
        ProblemType("unreadable-review", (400,), "The review cannot be read.", _BODY),
        ProblemType("invalid-review", (422,), "The review does not fit its determination, or its reviewer may not decide so.", _BODY),
        ProblemType("batch-too-large", (413,), "The batch is larger than one request may be.", "Send it in several requests."),
        ProblemType("unreadable-batch", (400,), "The batch is no list of cases.", "Send a case a line, or a JSON array of cases."),
        # What is kept
        ProblemType("no-determination", (404,), "There is no such determination.", "`/determinations` lists what is stored."),
        ProblemType("other-case-stored", (409,), "The case is stored with other facts.", "Give it another name, or send `?replace=true`."),
        ProblemType("other-determination-stored", (409,), "The case is stored under other knowledge or release.", "Send `?replace=true`."),
        ProblemType("shared-request", (409,), "A request of the case belongs to another stored case.", "Give each case names of its own."),
        # The knowledge
        ProblemType("no-such-knowledge", (404,), "The knowledge has nothing of this name.", "The lists above it have the names."),
        ProblemType("no-schema", (404,), "There is no such schema or context.", "The detail lists those that there are."),
        ProblemType("no-problem", (404,), "There is no such kind of problem.", "`/problems` lists them."),
        # The ITB's validation API
        ProblemType("no-domain", (404,), "There is no such domain.", "`/api/info` lists them."),
        ProblemType("remote-content", (400,), "Content is not fetched.", "Send the content itself."),
        ProblemType("unknown-validation-type", (400,), "There is no such validation type.", "`/{domain}/api/info` lists them."),
        ProblemType("validation-request", (400,), "The body is not in the form of this API.", "The detail says what is wrong."),
        # Graphs and queries
        ProblemType("no-graph", (404,), "There is no graph of this name.", "A query for `GRAPH ?g` lists them."),
        ProblemType("one-graph", (400,), "A request names exactly one graph.", "Name it as `?graph=IRI`, or ask for `?default`."),
        ProblemType("bad-graph", (400,), "The name of a graph is an absolute IRI.", "Mend the name."),
        ProblemType("bad-format", (400,), "There is no such format of this answer.", "The detail lists those that it has."),
        ProblemType("not-utf-8", (400,), "The query is not UTF-8 text.", "Encode it as UTF-8."),
        ProblemType("one-query", (400,), "A request asks exactly one query.", "Send one."),
        ProblemType("query-syntax", (400,), "The query is not valid SPARQL.", "`line` and `column` say where."),
        ProblemType("query-update", (400,), "This is an update; queries change nothing.", "`POST /determinations` stores cases."),
        ProblemType("query-service", (400,), "The query asks another server; nothing is fetched.", "Ask the other server yourself."),
        ProblemType("query-failed", (400,), "The engine found something wrong with the query when it evaluated it.", "Change the query."),
        ProblemType("query-too-deep", (400,), "The query is nested too deeply.", _LIMIT),
        ProblemType("query-too-long", (413,), "The query is too long.", _LIMIT),
        # no error: what the answer itself links to
        ProblemType("answer-cut", (200,), "The answer is cut: there are more rows or triples.",
                    "`Answer-Cut-After` says how many it has; ask for the rest with OFFSET."),
        ProblemType("answer-too-large", (413,), "The answer is too large.", _LIMIT),
        ProblemType("query-time", (503,), "The query took too long and was stopped.", _LIMIT),
        ProblemType("query-memory", (503,), "The query took too much memory and was stopped.", _LIMIT),
        ProblemType("queries-busy", (503,), "All processes that answer queries are busy.", "Try again after `Retry-After`."),
        ProblemType("query-process", (503,), "The process that answers queries ended.", "Try again."),
        ProblemType("unknown-query", (404,), "There is no stored query of this name.", "`/queries` lists them."),
        ProblemType("unknown-parameter", (400,), "The stored query has no such parameter.", "`/queries` lists its parameters."),
        ProblemType("bad-parameter-value", (400,), "The value of a parameter is of another kind.", "`/queries` says which it takes."),
        ProblemType("no-form", (404,), "A stored query, or a determination, has no such form.", "The detail lists those that it has."),
        # Keys, limits and names of the service
        ProblemType("no-key", (401,), "A key is needed here.", "Send `Authorization: Bearer KEY`; `mtus keys new` makes a key."),
        ProblemType("wrong-key", (401,), "The key is not known, or was revoked.", "`mtus keys new` makes another."),
        ProblemType("wrong-role", (403,), "The key is not for this operation.", "Use a key with the role that the detail names."),
        ProblemType("keys-failed", (503,), "The service cannot read its keys, and lets nobody in.", _SERVICE),
        ProblemType("foreign-page", (403,), "A page from elsewhere may not send this here.", "Send it from a page of this service."),
        ProblemType("unknown-host", (421,), "The service is not known by this name.", _SERVICE),
        ProblemType("too-many-requests", (429,), "This client asks too often.", "Try again after `Retry-After`."),
        ProblemType("body-too-large", (413,), "The body is too large.", "Send one case; a setting of the service holds the limit."),
        ProblemType("head-time", (408,), "The head of a request did not come in time.", "Send it at once."),
        ProblemType("head-too-large", (431,), "The head of a request is too large.", "Send fewer headers, or a body."),
        ProblemType("body-time", (408,), "The body did not come in time.", "Send it faster, or in parts."),
        ProblemType("request-time", (503,), "The request took too long.", "Try again; a setting of the service holds the limit."),
        ProblemType("service-busy", (503,), "Too many requests run, or connections are open, already.", "Try again after `Retry-After`."),
        ProblemType("audit-failed", (503,), "The request could not be recorded, so it was not answered.", _SERVICE),
        # Pages
        ProblemType("unreadable-form", (400,), "The form cannot be read.", "Send it as UTF-8, with no more fields than it has."),
        # The store
        ProblemType("no-store", (503,), "There is no store, or nothing was stored yet.", "Store a case."),
        ProblemType("not-a-store", (503,), "What should be the store is something else, or damaged.", _SERVICE),
        ProblemType("store-in-use", (503,), "Another process writes the store.", "Try again."),
        ProblemType("store-closed", (503,), "The store was closed, as the service ends.", "Try again."),
        ProblemType("store-failed", (503,), "The store failed.", "Try again; tell whoever runs the service where it lasts."),
        ProblemType("store-refused", (503,), "The server of the store refuses access.", _SERVICE),
        ProblemType("bad-store-url", (503,), "The address of the store cannot be used.", _SERVICE),
        ProblemType("no-http-client", (503,), "The store is on a server, and the package to reach it is not installed.", _SERVICE),
        ProblemType("no-union-default-graph", (503,), "The server of the store does not query all graphs together.", _SERVICE),
    )
}  # fmt: skip
