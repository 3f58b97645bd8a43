"""What the OpenAPI description says of keys, roles and limits, which belong to every operation and stand in no route."""

from typing import Any, Final

from mtus.api.access import OPERATIONS, Operation
from mtus.api.errors import PROBLEM_JSON
from mtus.api.security import REQUEST_ID

_SCHEMES: Final = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key that `mtus keys new` printed; not needed on the machine itself."},
    "browser": {"type": "http", "scheme": "basic", "description": "The same key as the password; any user name. For browsers."},
}
_ID: Final = {REQUEST_ID: {"description": "Names the request in the logs.", "schema": {"type": "string"}}}
_WAIT: Final = {"Retry-After": {"description": "How many seconds to wait.", "schema": {"type": "integer"}}}
_ALWAYS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "421": ("The service is called by a name that is not its own.", {}),
    "429": ("This client asks too often.", _WAIT),
    "500": ("The service failed; that says nothing about the case.", {}),
    "503": ("Too many requests run, or this one took too long.", _WAIT),
}
_WITH_ROLE: Final = {
    "401": ("A key is needed, or the one that was sent is not known.",
            {"WWW-Authenticate": {"description": "How to send it.", "schema": {"type": "string"}}}),
    "403": ("The key has not the role, or a page from elsewhere asks.", {}),
}  # fmt: skip
_WITH_BODY: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "408": ("The body did not come in time.", {}),
    "413": ("The body is too large.", {}),
}


def describe_access(schema: dict[str, Any]) -> None:
    """Add to the OpenAPI description ``schema`` the ways to send a key, the role of each operation, and the answers of the guard."""
    schema.setdefault("components", {})["securitySchemes"] = _SCHEMES
    for path in schema["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "operationId" in operation:
                _describe(operation, OPERATIONS.get(operation["operationId"], Operation(None)))


def _describe(described: dict[str, Any], operation: Operation) -> None:
    answers = dict(_ALWAYS)
    if operation.role:
        answers |= _WITH_ROLE
        described["security"] = [{}, {"key": []}, {"browser": []}]
        described["description"] = f"{described.get('description', '')}\n\nA key needs the role *{operation.role}*.".strip()
    if "requestBody" in described:
        answers |= _WITH_BODY
    responses = described.setdefault("responses", {})
    for status, (text, headers) in answers.items():
        content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
        found = responses.setdefault(status, {"description": text, "content": content})
        found["headers"] = {**headers, **found.get("headers", {})}
    for response in responses.values():
        response["headers"] = {**response.get("headers", {}), **_ID}
