"""A thin typed client of the service over HTTP (httpx); each method is one operation of the OpenAPI description.

    with Client("http://127.0.0.1:8000") as client:
        made = client.determine(case)
        print(client.letter(made.name))

Answers are the JSON of the service as it is; an answer that is a problem is raised as :class:`Refused`, and a table or graph that was cut
as :class:`Cut`, unless the caller says that it may be.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Final

import httpx
import orjson

from mtus.api.client_answers import BrokenOff, Case, Cut, Made, Refused, Row, content_of, refuse, refuse_cut

__all__ = ["BrokenOff", "Client", "Cut", "Made", "Refused"]

JSON: Final = "application/json"
TURTLE: Final = "text/turtle"
TEXT: Final = "text/plain"
NDJSON: Final = "application/x-ndjson"
_SPARQL: Final = "application/sparql-query"


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
            "POST", "/determinations", params=params, content=content_of(case), headers={"Content-Type": kind, "Accept": JSON}
        )
        data = response.json()
        return Made(str(data["id"]).rsplit("/", 1)[-1], data, response.status_code == 201)

    def determine_many(
        self, cases: Iterable[Case], *, keep: bool = True, replace: bool = False, full: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Yield a line for each of ``cases``, as the service works through them; one that is wrong has a ``problem`` in its line.

        Raises :class:`BrokenOff` at the end where lines are missing.
        """
        params = {"keep": keep, "replace": replace, "full": full}
        content = b"".join(content_of(case).replace(b"\n", b" ") + b"\n" for case in cases)
        with self._http.stream("POST", "/batch", params=params, content=content, headers={"Content-Type": NDJSON}) as response:
            if not response.is_success:
                response.read()
            refuse(response)
            count = 0
            for line in response.iter_lines():
                count += 1
                yield orjson.loads(line)
            expected = int(response.headers.get("mtus-cases", count))
        if count < expected:
            raise BrokenOff(count, expected)

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
        return self._send("POST", "/validate", content=content_of(case), headers={"Content-Type": kind, "Accept": report}).text

    def lint_case(self, case: Case, kind: str = JSON) -> dict[str, Any]:
        """Return what the rules about decisions say of the decisions in ``case``; nothing is kept."""
        return self._posted("/lint", content_of(case), kind)

    def what_would_change_case(self, case: Case, kind: str = JSON) -> dict[str, Any]:
        """Return what would change the answers of ``case``; nothing is kept."""
        return self._posted("/what-would-change", content_of(case), kind)

    def review_of(self, determination: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, Any]:
        """Review a ``determination`` that the service need not have, with a filled ``form``; nothing is kept."""
        return self._posted("/reviews", orjson.dumps({"determination": dict(determination), "review": dict(form)}))

    def validation_types(self, domain: str = "") -> list[dict[str, Any]]:
        """Return the domains of the ITB's validation API with their validation types, or the one called ``domain``."""
        found: Any = self._send("GET", f"/{domain}/api/info" if domain else "/api/info").json()
        return [found] if domain else list(found)

    def validate_in(self, domain: str, case: str, *, edition: str = "", syntax: str = "", report: str = TURTLE) -> str:
        """Return the report of ``case`` by the ITB's validation API, under ``edition`` where one is named."""
        item = _item(case, edition, syntax, report)
        return self._send("POST", f"/{domain}/api/validate", content=orjson.dumps(item), headers={"Content-Type": JSON}).text

    def validate_many_in(
        self, domain: str, cases: Iterable[str], *, edition: str = "", syntax: str = "", report: str = TURTLE
    ) -> list[str]:
        """Return the reports of several ``cases`` in their order; a case that cannot be validated refuses all."""
        items = [_item(case, edition, syntax, report) for case in cases]
        sent = orjson.dumps(items)
        found = self._send("POST", f"/{domain}/api/validateMultiple", content=sent, headers={"Content-Type": JSON}).json()
        return [base64.b64decode(one["report"]).decode() for one in found]

    def checklist(self, treatments: Iterable[str], *, date: str = "", edition: str = "", renewal: bool = False) -> dict[str, Any]:
        """Return what has to be on file before ``treatments`` are requested, under the edition of ``date`` or the one named."""
        asked = {"treatments": list(treatments), "renewal": renewal} | {k: v for k, v in (("date", date), ("edition", edition)) if v}
        found: dict[str, Any] = self._send("POST", "/checklist", content=orjson.dumps(asked), headers={"Content-Type": JSON}).json()
        return found

    def knowledge(self, what: str, name: str = "") -> dict[str, Any]:
        """Return ``what`` is known: editions, topics, provisions, criteria or coverage; one provision or criterion by its ``name``."""
        return self._data(f"/{what}/{name}" if name else f"/{what}")

    def query(self, text: str, *, may_be_cut: bool = False) -> list[dict[str, str]]:
        """Return the rows of a SPARQL SELECT query; values are texts.

        Raises :class:`Cut` where the answer was cut, unless it ``may_be_cut``.
        """
        response = self._asked(text, "application/sparql-results+json")
        rows = [{name: term["value"] for name, term in row.items()} for row in response.json()["results"]["bindings"]]
        refuse_cut(response, rows, may_be_cut=may_be_cut)
        return rows

    def ask(self, text: str) -> bool:
        """Return the answer to a SPARQL ASK query."""
        return bool(self._asked(text, "application/sparql-results+json").json()["boolean"])

    def graph_of(self, text: str, kind: str = TURTLE, *, may_be_cut: bool = False) -> str:
        """Return the graph of a SPARQL CONSTRUCT or DESCRIBE query as ``kind``. Raises :class:`Cut` as :meth:`query` does."""
        response = self._asked(text, kind)
        refuse_cut(response, response.text, may_be_cut=may_be_cut)
        return response.text

    def graph(self, name: str, kind: str = TURTLE, *, may_be_cut: bool = False) -> str:
        """Return the named graph ``name`` of the store as ``kind``. Raises :class:`Cut` as :meth:`query` does."""
        response = self._send("GET", "/graphs", params={"graph": name}, headers={"Accept": kind})
        refuse_cut(response, response.text, may_be_cut=may_be_cut)
        return response.text

    def stored_queries(self) -> list[dict[str, Any]]:
        """Return the stored queries with title, question, denominator and parameters."""
        found: list[dict[str, Any]] = self._data("/queries")["queries"]
        return found

    def stored_query(self, name: str, *, may_be_cut: bool = False, **parameters: str | int | float) -> list[Row]:
        """Return the rows of the stored query ``name``; numbers are numbers. Raises :class:`Cut` as :meth:`query` does."""
        response = self._send("GET", f"/queries/{name}", params=parameters, headers={"Accept": JSON})
        rows: list[Row] = response.json()["rows"]
        refuse_cut(response, rows, may_be_cut=may_be_cut)
        return rows

    def examples(self, kind: str = TURTLE) -> str:
        """Return the stored queries as examples in RDF."""
        return self._send("GET", "/.well-known/sparql-examples", headers={"Accept": kind}).text

    def schema(self, name: str) -> dict[str, Any]:
        """Return a JSON Schema, such as ``case.json``."""
        return self._send_for_json(f"/schemas/{name}")

    def context(self, name: str) -> dict[str, Any]:
        """Return a JSON-LD context, such as ``case.jsonld``."""
        return self._send_for_json(f"/context/{name}")

    def problem_types(self, code: str = "") -> list[dict[str, Any]]:
        """Return the kinds of problem that answers may have, or the one called ``code``."""
        found = self._data(f"/problems/{code}" if code else "/problems")
        return [found] if code else list(found["problems"])

    def health(self) -> dict[str, Any]:
        """Return that the service is up, with which release and knowledge."""
        return self._data("/healthz")

    def readiness(self) -> dict[str, Any]:
        """Return that the service can answer; raise :class:`Refused` (503) where it cannot."""
        return self._data("/readyz")

    def version(self) -> dict[str, Any]:
        """Return the release, the digests of the knowledge, and the versions of the engines."""
        return self._data("/version")

    def _asked(self, text: str, kind: str) -> httpx.Response:
        return self._send("POST", "/sparql", content=text.encode(), headers={"Content-Type": _SPARQL, "Accept": kind})

    def _posted(self, address: str, content: bytes, kind: str = JSON) -> dict[str, Any]:
        found: dict[str, Any] = self._send("POST", address, content=content, headers={"Content-Type": kind, "Accept": JSON}).json()
        return found

    def _send_for_json(self, address: str) -> dict[str, Any]:
        found: dict[str, Any] = self._send("GET", address).json()
        return found

    def _data(self, address: str) -> dict[str, Any]:
        found: dict[str, Any] = self._send("GET", address, headers={"Accept": JSON}).json()
        return found

    def _send(self, method: str, address: str, **rest: Any) -> httpx.Response:
        response = self._http.request(method, address, **rest)
        refuse(response)
        return response


def _item(case: str, edition: str, syntax: str, report: str) -> dict[str, str]:
    said = {"contentToValidate": case, "validationType": edition, "contentSyntax": syntax, "reportSyntax": report}
    return {"embeddingMethod": "STRING", **{key: value for key, value in said.items() if value}}
