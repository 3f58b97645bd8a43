"""``GET /healthz``: is the service up, and with which knowledge."""

from typing import Annotated

from fastapi import APIRouter, Depends

from mtus.api.deps import shipped_knowledge
from mtus.api.models import Health
from mtus.reasoner import __version__
from mtus.reasoner.knowledge import Knowledge

router = APIRouter(tags=["service"])


@router.get("/healthz", operation_id="getHealth", summary="Say whether the service is up")
def get_health(knowledge: Annotated[Knowledge, Depends(shipped_knowledge)]) -> Health:
    """Say that the service is up, and with which release and knowledge."""
    return Health(version=__version__, knowledge=knowledge.digest)
