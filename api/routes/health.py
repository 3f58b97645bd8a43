"""Whether the service is up (``/healthz``), whether it can answer (``/readyz``), and what it is (``/version``); none needs a key."""

import os
from importlib.metadata import version
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request

from mtus.api.answering import FAILED, problem
from mtus.api.deps import shipped_knowledge
from mtus.api.determining import determiner
from mtus.api.keeper import keeper
from mtus.api.models import Health, Readiness, Version
from mtus.api.store import archive
from mtus.reasoner import __version__
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.query_messages import QueryRequest
from mtus.reasoner.receipt import ENGINES

router = APIRouter(tags=["service"])

# The cheapest question that a store has to be there for.
_ASKED: Final = QueryRequest("ASK { }")


@router.get("/healthz", operation_id="getHealth", summary="Say whether the service is up", responses=FAILED)
async def get_health(request: Request, knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Health:
    """Say that the service is up, with which release and knowledge, and how many submissions SPARQL does not see yet."""
    return Health(version=__version__, knowledge=knowledge.digest, waiting=await keeper(request).waiting())


@router.get("/readyz", operation_id="getReadiness", summary="Say whether the service can answer",
            responses={503: problem("It cannot answer now: the store is not there, or all processes are busy."), **FAILED})  # fmt: skip
async def get_readiness(request: Request) -> Readiness:
    """Ask the store a query, the journal for its state, and a process that determines whether it is up; say why where one is not (503)."""
    await archive(request).answer(_ASKED)
    # comes back once a process has loaded the knowledge and is free
    await determiner(request).run(os.getpid)
    return Readiness(waiting=await keeper(request).waiting())


@router.get("/version", operation_id="getVersion", summary="Say what the service is", responses=FAILED)
def get_version(knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Version:
    """Give the release, the digests of the knowledge, and all else that the identifier of a determination follows from beside its case."""
    return Version(
        version=__version__, knowledge=knowledge.digest, **knowledge.part_digests,
        engines={name: version(name) for name in ENGINES},
    )  # fmt: skip
