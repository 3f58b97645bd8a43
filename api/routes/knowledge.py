"""The knowledge, to be browsed: `/editions`, `/topics`, `/provisions`, `/criteria`, `/coverage`; a single thing as RDF too."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from mtus.api import knowledge_views as views
from mtus.api.answering import FAILED, JSON, NOT_ACCEPTABLE, Described, answer, chosen, content, entity_tag, is_known, problem, unchanged
from mtus.api.deps import shipped_knowledge
from mtus.api.errors import ApiError
from mtus.api.formats import REPORT_TYPES, serialize
from mtus.reasoner.graph import Triple
from mtus.reasoner.knowledge import Knowledge

router = APIRouter(tags=["knowledge"])

Known = Annotated[Knowledge, Depends(shipped_knowledge)]
Named = Annotated[str, Query(max_length=200, description="The name of an edition, such as `chronic-pain-2009`; all where left out.")]
_THING_TYPES: Final = (JSON, *REPORT_TYPES)
_LIST: Final[Described] = {
    200: {"description": "The list.", "content": content([JSON])},
    304: {"description": "The client has it already."},
    404: problem("There is no such edition."), 422: problem("A parameter is wrong."), **NOT_ACCEPTABLE, **FAILED,
}  # fmt: skip
_THING: Final[Described] = {
    200: {"description": "It, with all that is known of it.", "content": content(_THING_TYPES)},
    304: {"description": "The client has it already."}, 404: problem("There is nothing of this name."), **NOT_ACCEPTABLE, **FAILED,
}  # fmt: skip


@router.get("/editions", operation_id="listEditions", summary="List the editions", response_class=Response, responses=_LIST)
def list_editions(request: Request, knowledge: Known) -> Response:
    """List the editions of the guidelines: when each is in force, and whether its provisions are encoded."""
    return _data(request, {"editions": views.editions(knowledge)}, knowledge)


@router.get("/topics", operation_id="listTopics", summary="List the topics", response_class=Response, responses=_LIST)
def list_topics(request: Request, knowledge: Known, edition: Named = "") -> Response:
    """List the sections of the editions; those that are not encoded say why."""
    return _data(request, {"topics": _of(views.topics(knowledge), edition, knowledge)}, knowledge)


@router.get("/provisions", operation_id="listProvisions", summary="List the provisions", response_class=Response, responses=_LIST)
def list_provisions(request: Request, knowledge: Known, edition: Named = "") -> Response:
    """List the provisions, each with its page, how sure we are of it, and its criteria or the reason why it has none."""
    return _data(request, {"provisions": _of(views.provisions(knowledge), edition, knowledge)}, knowledge)


@router.get("/provisions/{name:path}", operation_id="getProvision", summary="Get a provision", response_class=Response, responses=_THING)
def get_provision(request: Request, name: str, knowledge: Known) -> Response:
    """Give a provision by its name, such as `ESI-2` or `chronic-pain-2009:ESI-2`, or by its IRI."""
    found = knowledge.guidelines.provisions
    iri = _named(name, found, "provision")
    return _thing(request, iri, views.provision_in_full(found[iri], knowledge), knowledge)


@router.get("/criteria", operation_id="listCriteria", summary="List the criteria", response_class=Response, responses=_LIST)
def list_criteria(request: Request, knowledge: Known, edition: Named = "") -> Response:
    """List the criteria: what each requires, its role, its burden and what missing documentation does."""
    listed = views.criteria(knowledge)
    if edition:
        own = {row["iri"] for row in _of(views.provisions(knowledge), edition, knowledge)}
        listed = [row for row in listed if row["provision"] in own]
    return _data(request, {"criteria": listed}, knowledge)


@router.get("/criteria/{name:path}", operation_id="getCriterion", summary="Get a criterion", response_class=Response, responses=_THING)
def get_criterion(request: Request, name: str, knowledge: Known) -> Response:
    """Give a criterion by its name, such as `ESI-2.tried`, or by its IRI; as RDF its shapes come with it."""
    found = knowledge.guidelines.criteria
    iri = _named(name, found, "criterion")
    return _thing(request, iri, views.criterion_in_full(found[iri], knowledge), knowledge)


@router.get("/coverage", operation_id="getCoverage", summary="Get what is encoded", response_class=Response, responses=_LIST)
def get_coverage(request: Request, knowledge: Known) -> Response:
    """Give how many provisions of each section are encoded, and why others are not."""
    return _data(request, views.coverage(knowledge), knowledge)


def _data(request: Request, data: dict[str, Any], knowledge: Knowledge) -> Response:
    chosen(request, (JSON,))
    tag = entity_tag(knowledge.digest)
    if is_known(request, tag):
        return unchanged(tag)
    return answer(orjson.dumps(data), JSON, ETag=tag)


def _thing(request: Request, iri: str, data: dict[str, Any], knowledge: Knowledge) -> Response:
    kind = chosen(request, _THING_TYPES)
    tag = entity_tag(knowledge.digest)
    if is_known(request, tag):
        return unchanged(tag)
    return answer(orjson.dumps(data) if kind == JSON else serialize(_described(iri, knowledge), kind), kind, ETag=tag)


def _described(iri: str, knowledge: Knowledge) -> list[Triple]:
    """Return all that the shapes say of ``iri``: its triples, and those of its shapes and of the blank nodes below them."""
    found: list[Triple] = []
    agenda, seen = [iri], {iri}
    outgoing = knowledge.once(_by_subject, lambda: _by_subject(knowledge.shapes))
    while agenda:
        for triple in outgoing.get(agenda.pop(), ()):
            found.append(triple)
            value = triple[2]
            if isinstance(value, str) and value not in seen and value.startswith(("_:", iri + ".")):
                seen.add(value)
                agenda.append(value)
    return sorted(found, key=str)


def _by_subject(triples: Iterable[Triple]) -> dict[str, list[Triple]]:
    found: dict[str, list[Triple]] = {}
    for triple in triples:
        found.setdefault(triple[0], []).append(triple)
    return found


def _named(name: str, known: Mapping[str, Any], what: str) -> str:
    iri = views.named(name, known)
    if not iri:
        raise ApiError(404, "no-such-knowledge", "The knowledge has nothing of this name.", f"No {what} is called '{name[:200]}'.")
    return iri


def _of(rows: list[dict[str, Any]], name: str, knowledge: Knowledge) -> list[dict[str, Any]]:
    """Return those of ``rows`` that belong to the edition called ``name``; all where it is empty."""
    if not name:
        return rows
    editions = {edition.name: iri for iri, edition in knowledge.guidelines.editions.items()}
    if name not in editions:
        raise ApiError(404, "no-such-knowledge", "The knowledge has nothing of this name.", f"The editions are {', '.join(editions)}.")
    return [row for row in rows if row["edition"] == editions[name]]
