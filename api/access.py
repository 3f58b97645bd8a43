"""Who may do what: the role that each operation needs, and the key that a request has.

An operation that is not listed here is for nobody where keys are needed; a test fails for each that is missing.
"""

import base64
import binascii
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.routing import Match, Route
from starlette.types import Scope

from mtus.api.errors import ApiError
from mtus.api.keys import Key, KeyRing, Role, keys_file
from mtus.reasoner.errors import StoreError, store_error

KEYS_VARIABLE: Final = "MTUS_KEYS"
HOSTS_VARIABLE: Final = "MTUS_TRUSTED_HOSTS"
# What each value of MTUS_KEYS means: keys are needed on addresses that other machines reach, everywhere, or nowhere.
NETWORK, ALWAYS, NEVER = "network", "always", "never"


@dataclass(frozen=True)
class Operation:
    """What an operation needs: a role, or none where anybody may; ``is_stream`` says that it works through a body without end."""

    role: Role | None
    is_stream: bool = False

    @property
    def is_recorded(self) -> bool:
        """Whether the audit log has it: what was submitted, and what was reviewed."""
        return self.role in (Role.SUBMIT, Role.REVIEW)


# By operation id, or by the name of the function where an operation is left out of the description.
OPERATIONS: Final[Mapping[str, Operation]] = {
    "getHealth": Operation(None),
    "getReadiness": Operation(None),
    "getVersion": Operation(None),
    "validateCase": Operation(Role.SUBMIT),
    "reviewDetermination": Operation(Role.REVIEW),
    "queryGet": Operation(Role.READ),
    "queryPost": Operation(Role.READ),
    "getSparqlExamples": Operation(Role.READ),
    "getGraph": Operation(Role.READ),
    "listQueries": Operation(Role.READ),
    "askStoredQuery": Operation(Role.READ),
    "start": Operation(Role.READ),
    "show_form": Operation(Role.READ),
    "post_form": Operation(Role.SUBMIT),
    "show_result": Operation(Role.SUBMIT),
    "guidelines": Operation(Role.READ),
    "edition": Operation(Role.READ),
    "part": Operation(Role.READ),
    "example": Operation(Role.READ),
    "show_review": Operation(Role.READ),
    "sign_review": Operation(Role.REVIEW),
    "show": Operation(Role.READ),
    "file": Operation(Role.READ),
    "determineCase": Operation(Role.SUBMIT),
    "listDeterminations": Operation(Role.READ),
    "getDetermination": Operation(Role.READ),
    "getLetter": Operation(Role.READ),
    "getTrace": Operation(Role.READ),
    "getWhatWouldChange": Operation(Role.READ),
    "getLint": Operation(Role.READ),
    "getReplay": Operation(Role.READ),
    "lintCase": Operation(Role.SUBMIT),
    "whatWouldChange": Operation(Role.SUBMIT),
    "makeChecklist": Operation(Role.SUBMIT),
    "reviewKeptDetermination": Operation(Role.REVIEW),
    "getReviews": Operation(Role.READ),
    "determineBatch": Operation(Role.SUBMIT, is_stream=True),
    "listEditions": Operation(Role.READ),
    "listTopics": Operation(Role.READ),
    "listProvisions": Operation(Role.READ),
    "getProvision": Operation(Role.READ),
    "listCriteria": Operation(Role.READ),
    "getCriterion": Operation(Role.READ),
    "getCoverage": Operation(Role.READ),
    "getSchema": Operation(Role.READ),
    "getContext": Operation(Role.READ),
    "listProblems": Operation(Role.READ),
    "getProblem": Operation(Role.READ),
    "itbValidate": Operation(Role.SUBMIT),
    "itbValidateMultiple": Operation(Role.SUBMIT),
    "itbInfo": Operation(Role.READ),
    "itbInfoOfAll": Operation(Role.READ),
}
# What ships with the package and holds nothing of any case.
PUBLIC: Final = ("/openapi.json", "/static")
# What queries read; nothing else is for pages of other sites.
SHARED: Final = ("/sparql", "/graphs", "/queries", "/.well-known/sparql-examples")
# Pages that a browser loaded from this machine. Facts of patients must not be open to whatever page a person happens to visit.
LOOPBACK_PAGE: Final = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
_UNLISTED: Final = Operation(None)


def operation_name(route: Route) -> str:
    """Return what :data:`OPERATIONS` calls ``route``."""
    return getattr(route, "operation_id", None) or route.name


def find_route(routes: Iterable[Route], scope: Scope) -> Route | None:
    """Return the route that answers the request ``scope``, if any."""
    return next((route for route in routes if route.matches(scope)[0] is Match.FULL), None)


def is_below(path: str, places: Iterable[str]) -> bool:
    """Return whether the address ``path`` is one of ``places``, or stands below one."""
    return any(path == place or path.startswith(place + "/") for place in places)


def is_loopback(host: str) -> bool:
    """Return whether ``host``, an address or a name, is this machine and no other can reach it."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Access:
    """The rules of one service: where keys are needed, and by which names it may be called."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._when = environment.get(KEYS_VARIABLE, NETWORK)
        if self._when not in (NETWORK, ALWAYS, NEVER):
            raise store_error(
                "bad-setting", KEYS_VARIABLE, f"'{self._when}' says nothing about keys.", f"Say {NETWORK}, {ALWAYS} or {NEVER}."
            )
        self._hosts = frozenset(host.lower() for host in environment.get(HOSTS_VARIABLE, "").split())
        self._ring = KeyRing(keys_file(environment))

    def needs_keys(self, scope: Scope) -> bool:
        """Return whether the request came to an address where keys are needed; a socket of this machine is like loopback."""
        if self._when != NETWORK:
            return self._when == ALWAYS
        server = scope.get("server")
        return server is None or not (server[1] is None or is_loopback(str(server[0])))

    def refuse_host(self, scope: Scope, headers: Headers) -> None:
        """Raise :class:`ApiError` (421) where the request calls the service by a name that is not its own.

        A page from elsewhere whose name was made to lead to this machine (DNS rebinding) would otherwise be of the same origin.
        """
        host = host_name(headers.get("host", ""))
        server = scope.get("server")
        is_own = server is not None and host == str(server[0]).lower() and _is_address(host)
        if not (is_own or is_loopback(host) or host in self._hosts or "*" in self._hosts):
            raise ApiError(421, "unknown-host", "The service is not known by this name.",
                           f"Whoever runs it lists its names in {HOSTS_VARIABLE}; names of this machine always are.")  # fmt: skip

    def key_of(self, headers: Headers) -> Key | None:
        """Return the key that the request has, None where it has none; raise :class:`ApiError` (401) where it is none of ours."""
        text = _credentials(headers.get("authorization", ""))
        if text is None:
            return None
        try:
            key = self._ring.match(text)
        except StoreError as error:
            raise ApiError(
                503, "keys-failed", "Nobody is let in.", "The service cannot read its keys; whoever runs it reads why."
            ) from error
        if key is None:
            raise ApiError(401, "wrong-key", "The key is not known.", "It was never one, or was revoked. `mtus keys new` makes another.",
                           challenge(headers))  # fmt: skip
        return key

    def refuse_stranger(self, key: Key | None, name: str | None, headers: Headers) -> None:
        """Raise :class:`ApiError` where ``key`` may not do the operation ``name``: 401 without a key, 403 with one of other roles."""
        operation = OPERATIONS.get(name, _UNLISTED) if name else _UNLISTED
        if operation is not _UNLISTED and operation.role is None:
            return
        if key is None:
            raise ApiError(401, "no-key", "A key is needed here.",
                           "Send `Authorization: Bearer KEY`, or the key as password in a browser. `mtus keys new` makes one.",
                           challenge(headers))  # fmt: skip
        if name and operation.role not in key.roles:
            needed = operation.role or "that nobody has"
            raise ApiError(
                403, "wrong-role", "The key is not for this.", f"It needs the role {needed}; the key has {', '.join(key.roles)}."
            )


def challenge(headers: Headers) -> dict[str, str]:
    """Return what a client may answer with; only a browser is told of passwords, which it asks for in a window of its own."""
    is_page = "text/html" in headers.get("accept", "")
    return {"WWW-Authenticate": 'Bearer realm="mtus"' + (', Basic realm="mtus", charset="UTF-8"' if is_page else "")}


def host_name(host: str) -> str:
    """Return the header ``host`` without its port and brackets, in lower case."""
    host = host.strip().lower()
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _credentials(header: str) -> str | None:
    """Return the key in an Authorization header: a bearer's, or the password of Basic, which is what browsers can send."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return None
