"""``GET /healthz``: is the service up, with which knowledge, and how far SPARQL is behind."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from mtus.api.deps import shipped_knowledge
from mtus.api.keeper import keeper
from mtus.api.models import Health
from mtus.reasoner import __version__
from mtus.reasoner.knowledge import Knowledge

router = APIRouter(tags=["service"])


@router.get("/healthz", operation_id="getHealth", summary="Say whether the service is up")
async def get_health(request: Request, knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Health:
    """Say that the service is up, with which release and knowledge, and how many submissions SPARQL does not see yet."""
    return Health(version=__version__, knowledge=knowledge.digest, waiting=await keeper(request).waiting())
