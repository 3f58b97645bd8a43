"""The OpenAPI description and the service agree: requests that schemathesis makes from it, right ones and wrong ones, in process."""

from collections.abc import Iterator

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance
from served import fill

from mtus.api.main import create_app
from mtus.reasoner.knowledge import Knowledge

# Each operation is asked so often with what its parameters and bodies may be or may not be, beside the examples and the limits.
EXAMPLES = 10
# What a schema cannot say, so that a request which fits it may be refused all the same; everything else is held against these too.
BEYOND_A_SCHEMA = {
    **dict.fromkeys(
        ("validateCase", "determineCase", "lintCase", "whatWouldChange", "makeChecklist"),
        "the grammars of RDF, the terms of the ontology, and what the case shapes ask",
    ),
    "reviewDetermination": "that the review fits the determination, and that nobody altered that",
    "reviewKeptDetermination": "that the review fits the determination",
    "queryGet": "the grammar of SPARQL, and that a format of answers needs a query",
    "queryPost": "the grammar of SPARQL",
    "getGraph": "that one of two parameters stands there, and not both",
}


# Formats that are text to whoever sends them.
@schemathesis.serializer("application/sparql-query", "application/n-quads", "application/n-triples", "application/trig", "text/turtle")
def _as_text(_: schemathesis.SerializationContext, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


with pytest.MonkeyPatch.context() as patch:
    # what the requests call the service, and no keys: who may do what has tests of its own
    patch.setenv("MTUS_TRUSTED_HOSTS", "*")
    patch.setenv("MTUS_KEYS", "never")
    app = create_app()
schema = schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.fixture(scope="module", autouse=True)
def _running(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Iterator[None]:
    app.state.store = str(fill(tmp_path_factory.mktemp("described") / "store", knowledge))
    with TestClient(app):
        yield


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_the_description_holds(case: schemathesis.Case) -> None:
    is_beyond = case.operation.definition.raw["operationId"] in BEYOND_A_SCHEMA
    case.call_and_validate(excluded_checks=[positive_data_acceptance] if is_beyond else [])
