"""A thin typed client of the service over HTTP (httpx); each method is one operation of the OpenAPI description.

    with Client("http://127.0.0.1:8000") as client:
        made = client.determine(case)
        print(client.letter(made.name))

Answers are the JSON of the service as it is; an answer that is a problem is raised as :class:`Refused`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final

import httpx
import orjson

JSON: Final = "application/json"
TURTLE: Final = "text/turtle"
TEXT: Final = "text/plain"
NDJSON: Final = "application/x-ndjson"
Case = bytes | str | Mapping[str, Any]


@dataclass
class Refused(Exception):
    """The service answered with problem details (RFC 9457): ``code`` is the last part of their type, ``problems`` lists each mistake."""

    status: int
    code: str
    title: str
    detail: str
    problems: tuple[dict[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.detail}"


@dataclass(frozen=True)
class Made:
    """A determination as the service gave it: its name (the last segment of its IRI), its data, and whether it is new."""

    name: str
    data: dict[str, Any]
    is_new: bool

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What is determined, request by request."""
        found: list[dict[str, Any]] = self.data["requests"]
        return found


class Client:
    """A client of the service at ``url``; use it as a context manager. ``transport`` and ``headers`` are those of httpx.

    Redirects are not followed, and no proxy is taken from the environment: facts go where they are sent and nowhere else.
    """

    def __init__(self, url: str, *, timeout: float = 60.0, headers: Mapping[str, str] | None = None,
                 transport: httpx.BaseTransport | None = None) -> None:  # fmt: skip
        self._http = httpx.Client(
            base_url=url, timeout=timeout, headers=dict(headers or {}), transport=transport, follow_redirects=False, trust_env=False
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def determine(self, case: Case, kind: str = JSON, *, keep: bool = True, replace: bool = False) -> Made:
        """Determine ``case``: JSON data, or text of the media type ``kind``. Raises :class:`Refused`."""
        params = {"keep": keep, "replace": replace}
        response = self._send(
            "POST", "/determinations", params=params, content=_content(case), headers={"Content-Type": kind, "Accept": JSON}
        )
        data = response.json()
        return Made(str(data["id"]).rsplit("/", 1)[-1], data, response.status_code == 201)

    def determine_many(
        self, cases: Iterable[Case], *, keep: bool = True, replace: bool = False, full: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Yield a line for each of ``cases``, as the service works through them; one that is wrong has a ``problem`` in its line."""
        params = {"keep": keep, "replace": replace, "full": full}
        content = b"".join(_content(case).replace(b"\n", b" ") + b"\n" for case in cases)
        with self._http.stream("POST", "/batch", params=params, content=content, headers={"Content-Type": NDJSON}) as response:
            if not response.is_success:
                response.read()
            _refuse(response)
            for line in response.iter_lines():
                yield orjson.loads(line)

    def determination(self, name: str, kind: str = JSON) -> str:
        """Return the determination ``name`` as ``kind``: JSON, JSON-LD, Turtle, TriG, or the letter as plain text."""
        return self._send("GET", f"/determinations/{name}", headers={"Accept": kind}).text

    def determinations(self) -> Iterator[dict[str, str]]:
        """Yield identifier, case and address of every stored determination."""
        address: str | None = "/determinations"
        while address:
            page = self._send("GET", address).json()
            yield from page["determinations"]
            address = page.get("next")

    def letter(self, name: str) -> str:
        """Return the letter of the determination ``name``."""
        return self._send("GET", f"/determinations/{name}/letter").text

    def trace(self, name: str) -> dict[str, Any]:
        """Return the trace of the determination ``name`` as a tree."""
        return self._data(f"/determinations/{name}/trace")

    def what_would_change(self, name: str) -> dict[str, Any]:
        """Return what would change the answers of the determination ``name``."""
        return self._data(f"/determinations/{name}/what-would-change")

    def lint(self, name: str) -> dict[str, Any]:
        """Return what the rules about decisions say of the decisions in the case of the determination ``name``."""
        return self._data(f"/determinations/{name}/lint")

    def replay(self, name: str) -> dict[str, Any]:
        """Return whether the determination ``name`` comes out again, and what differs."""
        return self._data(f"/determinations/{name}/replay")

    def review(self, name: str, form: Mapping[str, Any]) -> dict[str, Any]:
        """Review the determination ``name`` with a filled ``form``; return the review, which the service keeps."""
        response = self._send("POST", f"/determinations/{name}/review", content=orjson.dumps(form), headers={"Content-Type": JSON})
        found: dict[str, Any] = response.json()
        return found

    def reviews(self, name: str) -> list[dict[str, Any]]:
        """Return the reviews of the determination ``name``, the oldest first."""
        found: list[dict[str, Any]] = self._data(f"/determinations/{name}/review")["reviews"]
        return found

    def validate(self, case: Case, kind: str = JSON, report: str = TURTLE) -> str:
        """Return the SHACL validation report of ``case`` in the media type ``report``."""
        return self._send("POST", "/validate", content=_content(case), headers={"Content-Type": kind, "Accept": report}).text

    def checklist(self, treatments: Iterable[str], *, date: str = "", edition: str = "", renewal: bool = False) -> dict[str, Any]:
        """Return what has to be on file before ``treatments`` are requested, under the edition of ``date`` or the one named."""
        asked = {"treatments": list(treatments), "renewal": renewal} | {k: v for k, v in (("date", date), ("edition", edition)) if v}
        found: dict[str, Any] = self._send("POST", "/checklist", content=orjson.dumps(asked), headers={"Content-Type": JSON}).json()
        return found

    def knowledge(self, what: str, name: str = "") -> dict[str, Any]:
        """Return ``what`` is known: editions, topics, provisions, criteria or coverage; one provision or criterion by its ``name``."""
        return self._data(f"/{what}/{name}" if name else f"/{what}")

    def query(self, text: str) -> list[dict[str, str]]:
        """Return the rows of a SPARQL SELECT query; values are texts."""
        response = self._send("POST", "/sparql", content=text.encode(), headers={"Content-Type": "application/sparql-query"})
        return [{name: term["value"] for name, term in row.items()} for row in response.json()["results"]["bindings"]]

    def _data(self, address: str) -> dict[str, Any]:
        found: dict[str, Any] = self._send("GET", address, headers={"Accept": JSON}).json()
        return found

    def _send(self, method: str, address: str, **rest: Any) -> httpx.Response:
        response = self._http.request(method, address, **rest)
        _refuse(response)
        return response


def _content(case: Case) -> bytes:
    if isinstance(case, bytes):
        return case
    return case.encode() if isinstance(case, str) else orjson.dumps(dict(case))


def _refuse(response: httpx.Response) -> None:
    """Raise :class:`Refused` where ``response`` is no success."""
    if response.is_success:
        return
    told = response.json() if response.headers.get("content-type", "").startswith("application/problem+json") else {}
    code = str(told.get("type", "")).rsplit("/", 1)[-1] or "no-answer"
    raise Refused(response.status_code, code, told.get("title", response.reason_phrase), told.get("detail", response.text[:200]),
                  tuple(told.get("problems", ())))  # fmt: skip
