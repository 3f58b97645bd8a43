"""The application: ``uvicorn mtus.api.main:app``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from mtus.api.deps import shipped_knowledge
from mtus.api.errors import add_handlers
from mtus.api.examples import review_body
from mtus.api.models import ProblemDetails
from mtus.api.routes import health, reviews, validate
from mtus.reasoner import __version__
from mtus.reasoner.review_schema import review_schema

_TITLE = "MTUS guideline reasoner"
_DESCRIPTION = (
    "Validates the facts of treatment requests in California workers' compensation against the guidelines. "
    "Whatever it answers is recommended: only a physician may deny or modify care."
)


def create_app() -> FastAPI:
    """Return the application; its knowledge is loaded when it starts, and a fault in it stops the start."""
    # The framework's own documentation pages fetch their scripts from elsewhere, and this service fetches nothing.
    app = FastAPI(title=_TITLE, version=__version__, description=_DESCRIPTION, lifespan=_lifespan, docs_url=None, redoc_url=None)
    add_handlers(app)
    app.include_router(validate.router)
    app.include_router(reviews.router)
    app.include_router(health.router)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    shipped_knowledge()
    yield


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description with the model of problems, which every route refers to."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        _, models = models_json_schema([(ProblemDetails, "serialization")], ref_template="#/components/schemas/{model}")
        schema.setdefault("components", {}).setdefault("schemas", {}).update(models["$defs"])
        _describe_review(schema["paths"]["/reviews"]["post"]["requestBody"]["content"]["application/json"])
        app.openapi_schema = schema
    return app.openapi_schema


def _describe_review(content: dict[str, Any]) -> None:
    """Put the form of a review, and an example, where the description speaks of its body; both depend on the knowledge."""
    knowledge = shipped_knowledge()
    form = {key: value for key, value in review_schema(knowledge).items() if not key.startswith("$")}
    content["schema"] = {**content["schema"], "properties": {**content["schema"]["properties"], "review": form}}
    content["example"] = review_body(knowledge)


app = create_app()
