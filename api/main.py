"""The application: ``uvicorn mtus.api.main:app``."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.staticfiles import StaticFiles
from pydantic.json_schema import models_json_schema

from mtus.api.deps import case_limits, shipped_knowledge
from mtus.api.described import describe_access
from mtus.api.described_answers import describe_answers
from mtus.api.determining import open_determiner
from mtus.api.errors import add_handlers
from mtus.api.examples import review_body
from mtus.api.keeper import Keeper, open_keeper
from mtus.api.models import ProblemDetails
from mtus.api.pages import static_folder
from mtus.api.routes import (
    batch,
    beneath,
    cases,
    determinations,
    graphs,
    health,
    itb,
    kept_reviews,
    knowledge,
    problems,
    queries,
    reviews,
    schemas,
    site,
    sparql,
    validate,
)
from mtus.api.security import add_security
from mtus.api.store import Archive, prepare_store
from mtus.reasoner import __version__
from mtus.reasoner.errors import MtusError
from mtus.reasoner.query_pool import QueryPool
from mtus.reasoner.review_schema import review_schema
from mtus.reasoner.settings import query_settings
from mtus.reasoner.store_location import store_location
from mtus.reasoner.stored_queries import read_stored_queries

_LOG = logging.getLogger(__name__)
_TITLE = "MTUS guideline reasoner"
_DESCRIPTION = (
    "Validates the facts of treatment requests in California workers' compensation against the guidelines. "
    "Whatever it answers is recommended: only a physician may deny or modify care."
)


def create_app(store: str | None = None) -> FastAPI:
    """Return the application over the store at ``store``, a folder or a URL; ``MTUS_STORE`` names it where it is left out.

    Knowledge and store are opened when it starts, and a fault in the knowledge stops the start.
    """
    # The framework's own documentation pages fetch their scripts from elsewhere, and this service fetches nothing.
    app = FastAPI(title=_TITLE, version=__version__, description=_DESCRIPTION, lifespan=_lifespan, docs_url=None, redoc_url=None)
    # what is wrong with them stops the start
    case_limits()
    app.state.store = store
    add_handlers(app)
    add_security(app, os.environ)
    routers = (
        site.router,
        validate.router,
        determinations.router,
        beneath.router,
        cases.router,
        kept_reviews.router,
        batch.router,
        knowledge.router,
        schemas.router,
        reviews.router,
        sparql.router,
        graphs.router,
        queries.router,
        health.router,
        problems.router,
        itb.router,
    )
    for router in routers:
        app.include_router(router)
    app.state.routes = tuple(route for router in routers for route in router.routes)
    app.mount("/static", StaticFiles(directory=static_folder()))
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    location, settings = store_location(app.state.store), query_settings(os.environ)
    prepare_store(location, shipped_knowledge())
    with QueryPool(location, settings) as pool:
        app.state.archive = Archive(location, settings, pool, read_stored_queries())
        with closing(_opened_keeper(location)) as kept, closing(open_determiner(os.environ)) as determiner:
            app.state.keeper, app.state.determiner = kept, determiner
            yield


def _opened_keeper(location: str) -> Keeper:
    """Return the keeper of the store; what stands in the way is a line of the log that says so, before the server ends."""
    try:
        return open_keeper(location, shipped_knowledge())
    except MtusError as error:
        _LOG.critical("the service does not start: %s", error)
        raise


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description with the model of problems, which every route refers to."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        _, models = models_json_schema([(ProblemDetails, "serialization")], ref_template="#/components/schemas/{model}")
        schema.setdefault("components", {}).setdefault("schemas", {}).update(models["$defs"])
        _describe_review(schema["paths"]["/reviews"]["post"]["requestBody"]["content"]["application/json"])
        describe_access(schema)
        describe_answers(schema, shipped_knowledge())
        _leave_out_what_cannot_be(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _leave_out_what_cannot_be(schema: dict[str, Any]) -> None:
    """Take the framework's own form of a 422 out: a text in the path cannot be wrong, and all else answers with problem details."""
    for operation in (o for methods in schema["paths"].values() for o in methods.values()):
        if "HTTPValidationError" in str(operation["responses"].get("422")):
            del operation["responses"]["422"]
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)


def _describe_review(content: dict[str, Any]) -> None:
    """Put the form of a review, and an example, where the description speaks of its body; both depend on the knowledge."""
    knowledge = shipped_knowledge()
    form = {key: value for key, value in review_schema(knowledge).items() if not key.startswith("$")}
    content["schema"] = {**content["schema"], "properties": {**content["schema"]["properties"], "review": form}}
    content["example"] = review_body(knowledge)


app = create_app()
