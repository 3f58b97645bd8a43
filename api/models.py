"""What the service says in JSON, as models that the OpenAPI description is made from."""

from typing import Literal

from pydantic import BaseModel, Field


class CaseProblem(BaseModel):
    """One thing that is wrong with a case."""

    code: str = Field(description="The kind of mistake.", examples=["unknown-property"])
    place: str = Field(description="File, with line and column, or with a JSON pointer.", examples=["body#/requests/0/visitcount"])
    why: str = Field(description="What is wrong, and why it matters.", examples=["'visitcount' is no known name here."])
    remedy: str = Field(description="How to mend it.", examples=["Did you mean 'visitCount'?"])


class ProblemDetails(BaseModel):
    """Problem details of RFC 9457; ``problems`` lists every mistake that was found in a case."""

    type: str = Field(description="The kind of problem: a page of the manual.", examples=["https://w3id.org/mtus/problem/invalid-case"])
    title: str = Field(examples=["The case cannot be used as it is."])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["1 problem: 'visitcount' is no known name here."])
    line: int | None = Field(default=None, description="The line of a query that is wrong, from one.")
    column: int | None = Field(default=None, description="The column of a query that is wrong, from one.")
    problems: list[CaseProblem] | None = None


class Health(BaseModel):
    """The service is up and has its knowledge."""

    status: Literal["ok"] = "ok"
    version: str = Field(description="The release of the reasoner.", examples=["0.1.0"])
    knowledge: str = Field(description="SHA-256 of ontology and shapes.", examples=["0" * 64])
    waiting: int = Field(
        ge=0,
        description="How many determinations and reviews were submitted that the store, and so SPARQL, does not show yet.",
        examples=[0],
    )


class Readiness(BaseModel):
    """The store answers, submissions can be kept, and a process determines them."""

    status: Literal["ready"] = "ready"
    waiting: int = Field(ge=0, description="How many submissions SPARQL does not show yet.", examples=[0])


class Version(BaseModel):
    """What the answers of the service follow from, beside the cases: the same values give the same determinations."""

    version: str = Field(description="The release of the reasoner.", examples=["0.1.0"])
    knowledge: str = Field(description="SHA-256 of ontology and shapes together, as receipts have it.", examples=["0" * 64])
    ontology: str = Field(description="SHA-256 of the ontology alone.", examples=["0" * 64])
    shapes: str = Field(description="SHA-256 of the shapes alone.", examples=["0" * 64])
    engines: dict[str, str] = Field(
        description="The packages that answers depend on, with their versions.", examples=[{"pyoxigraph": "0.5.13"}]
    )
