"""``/queries``: the stored queries, each with an address, parameters, a title, and what its numbers are of."""

from typing import Annotated, Any, Final
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Path, Request, Response
from markupsafe import Markup

from mtus.api.answering import HTML, JSON, not_acceptable, preferred, problem, problem_or_page
from mtus.api.charts import bar_chart
from mtus.api.errors import ApiError, status_of_query
from mtus.api.pages import cell, missing_page, page
from mtus.api.routes.sparql import CUT_HEADER, answer_headers
from mtus.api.spreadsheets import without_formulas
from mtus.api.store import Archive, archive
from mtus.reasoner.errors import QueryError
from mtus.reasoner.query_messages import QueryRequest
from mtus.reasoner.query_results import Answer
from mtus.reasoner.stored_queries import Chart, StoredQuery, stored_query

router = APIRouter(tags=["queries"])

_FORMS: Final = {"csv": "text/csv", "tsv": "text/tab-separated-values", "json": JSON, "html": HTML, "svg": "image/svg+xml",
                 "rq": "application/sparql-query"}  # fmt: skip
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The answer.",
        "content": {kind: {"schema": {"type": "object" if kind == JSON else "string"}} for kind in _FORMS.values()},
        "headers": {CUT_HEADER: {"description": "How many rows the answer has, where it was cut.", "schema": {"type": "integer"}}},
    },
    400: problem_or_page("A parameter is unknown, or its value is of another kind."),
    404: problem_or_page("There is no such stored query, or it has no such form."),
    406: problem("The client accepts no format of the answer."),
    413: problem_or_page("The answer is too large."),
    503: problem_or_page("The query was stopped by a limit, all processes are busy, or the store is not there."),
}
_Name = Annotated[str, Path(description="The name of a stored query, with or without a suffix.", examples=["answers-by-category.csv"])]


@router.get("/queries", operation_id="listQueries", summary="List the stored queries", response_class=Response,
            responses={200: {"description": "The stored queries.", "content": {JSON: {"schema": {"type": "object"}}, HTML: {}}},
                       406: problem("The client accepts neither JSON nor HTML.")})  # fmt: skip
async def list_queries(request: Request) -> Response:
    """List the stored queries with their questions and parameters."""
    found = archive(request)
    kind = _FORMS.get(request.query_params.get("format", "")) or preferred(request, (JSON, HTML))
    if kind not in (JSON, HTML):
        raise not_acceptable((JSON, HTML))
    if kind == HTML:
        return page("queries.html", queries=sorted(found.queries.values(), key=lambda q: q.title))
    listed = {"queries": [{**_described(query), "url": f"/queries/{query.name}"} for query in found.queries.values()]}
    return Response(orjson.dumps(listed), media_type=JSON, headers={"Vary": "Accept"})


@router.get("/queries/{name}", operation_id="askStoredQuery", summary="Ask a stored query", response_class=Response, responses=_RESPONSES)
async def ask_query(request: Request, name: _Name) -> Response:
    """Answer a stored query; its parameters are those of the URL.

    The suffix of the name chooses the form: `.json`, `.csv`, `.tsv`, `.html`, `.svg` for its chart, `.rq` for its text. Without a suffix,
    `Accept` chooses between JSON, CSV and HTML.
    """
    found = archive(request)
    stem, _, suffix = name.partition(".")
    if suffix and suffix not in _FORMS:
        raise ApiError(404, "no-form", "A stored query has no such form.", f"It is given as {', '.join('.' + form for form in _FORMS)}.")
    kind = _FORMS[suffix] if suffix else preferred(request, (JSON, _FORMS["csv"], HTML))
    if kind == HTML and stem not in found.queries:
        return missing_page("stored query", stem, "/queries")
    query = stored_query(stem, found.queries)
    if kind is None:
        raise not_acceptable(_FORMS.values())
    values = dict(request.query_params)
    if kind == HTML:
        return await _html(found, query, values)
    text = query.bound(values)
    if suffix == "rq":
        return Response(text, media_type=kind)
    if kind in (_FORMS["csv"], _FORMS["tsv"]):
        answer = await found.answer(QueryRequest(text, table_type=kind))
        content = without_formulas(answer.content) if kind == _FORMS["csv"] else answer.content
        return Response(content, media_type=kind, headers=answer_headers(answer))
    answer = await found.answer(QueryRequest(text))
    read = orjson.loads(answer.content)
    if suffix == "svg":
        drawn = _chart(query, read)
        if not drawn:
            raise ApiError(404, "no-form", "A stored query has no such form.", "This one has no chart.")
        return Response(drawn, media_type=kind, headers=answer_headers(answer))
    return Response(orjson.dumps(_as_json(query, values, read, answer)), media_type=JSON, headers=answer_headers(answer))


async def _html(found: Archive, query: StoredQuery, values: dict[str, str]) -> Response:
    entered = {p.name: values.get(p.name, p.default) for p in query.parameters}
    links = [(form.upper(), f"{query.name}.{form}?{urlencode(values)}".rstrip("?")) for form in ("csv", "json", "tsv")]
    shown: dict[str, Any] = {"query": query, "values": entered, "links": [(label, f"/queries/{link}") for label, link in links],
                             "text": query.text, "editor": f"/sparql?{urlencode({'query': query.text, 'format': 'html'})}",
                             "answer": None, "chart": "", "problem_list": ()}  # fmt: skip
    try:
        text = query.bound(values)
        shown["editor"] = f"/sparql?{urlencode({'query': text, 'format': 'html'})}"
        answer = await found.answer(QueryRequest(text))
    except QueryError as error:
        return page("stored_query.html", status=status_of_query(error), **{**shown, "problem_list": error.problems})
    read = orjson.loads(answer.content)
    shown["answer"] = {
        "columns": read["head"]["vars"],
        "bindings": read["results"]["bindings"],
        "rows": answer.rows,
        "is_cut": answer.is_cut,
    }
    # the chart escapes what it draws
    shown["chart"] = Markup(_chart(query, read))
    return page("stored_query.html", headers=answer_headers(answer), **shown)


def _described(query: StoredQuery) -> dict[str, Any]:
    parameters = [{"name": p.name, "kind": p.kind, "default": p.default, "meaning": p.meaning} for p in query.parameters]
    return {"name": query.name, "title": query.title, "question": query.question, "denominator": query.denominator,
            "parameters": parameters}  # fmt: skip


def _as_json(query: StoredQuery, values: dict[str, str], read: dict[str, Any], answer: Answer) -> dict[str, Any]:
    """Return the answer as ordinary JSON: numbers are numbers, IRIs and texts are texts."""
    columns = read["head"]["vars"]
    rows = [{name: _value(row[name]) for name in columns if name in row} for row in read["results"]["bindings"]]
    asked = {p.name: values.get(p.name, p.default) for p in query.parameters}
    return {**_described(query), "parameters": asked, "columns": columns, "rows": rows, "isCut": answer.is_cut}


def _value(term: dict[str, Any]) -> str | int | float | bool:
    kind = str(term.get("datatype", "")).rsplit("#", 1)[-1]
    if kind == "integer":
        return int(term["value"])
    if kind in ("decimal", "double", "float"):
        return float(term["value"])
    return bool(term["value"] == "true") if kind == "boolean" else str(term["value"])


def _chart(query: StoredQuery, read: dict[str, Any]) -> str:
    """Return the chart of an answer as SVG, empty where the query has none or the answer has no row."""
    chart: Chart | None = query.chart
    rows = read["results"]["bindings"]
    if chart is None or not rows:
        return ""
    labels = [cell(row.get(chart.labels))[0] for row in rows]
    series = [(name, [float(row[name]["value"]) if name in row else 0.0 for row in rows]) for name in chart.values]
    return bar_chart(query.title, labels, series)
