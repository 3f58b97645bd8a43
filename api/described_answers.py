"""Examples of JSON answers for the OpenAPI description, made by what makes the answers, so that they cannot say anything else."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from mtus.api import knowledge_views as views
from mtus.api.answering import JSON
from mtus.api.checklists import checklist_for, checklist_schema
from mtus.api.examples import json_case
from mtus.api.itb_request import ALL, domain_info, domains
from mtus.api.problem_types import PROBLEM_TYPES, as_data
from mtus.api.working import changes_of_case, linted_case, replayed, tree_of
from mtus.reasoner.formats import ANY_JSON
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_json import dumps, to_dict

_SPARQL_JSON: Final = "application/sparql-results+json"
_ROWS: Final = {
    "head": {"vars": ["case"]},
    "results": {"bindings": [{"case": {"type": "uri", "value": "https://w3id.org/mtus/case/c-1"}}]},
}
# Which operations answer with which example, and under which media types.
_SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    "determination": ("determineCase", "getDetermination"),
    "trace": ("getTrace",),
    "what-would-change": ("getWhatWouldChange", "whatWouldChange"),
    "lint": ("getLint", "lintCase"),
    "replay": ("getReplay",),
    "checklist": ("makeChecklist",),
    "editions": ("listEditions",),
    "topics": ("listTopics",),
    "provisions": ("listProvisions",),
    "provision": ("getProvision",),
    "criteria": ("listCriteria",),
    "criterion": ("getCriterion",),
    "coverage": ("getCoverage",),
    "problems": ("listProblems",),
    "problem": ("getProblem",),
    "domain": ("itbInfo",),
    "domains": ("itbInfoOfAll",),
    "rows": ("queryGet", "queryPost"),
}


def describe_answers(schema: dict[str, Any], knowledge: Knowledge) -> None:
    """Add to the OpenAPI description ``schema`` an example of each answer in JSON; a long list is cut after its first."""
    made = _examples(knowledge)
    schema["components"]["examples"] = {name: {"value": value} for name, value in made.items()}
    named = {operation: name for name, operations in _SHOWN.items() for operation in operations}
    for operation in (o for methods in schema["paths"].values() for o in methods.values()):
        name = named.get(operation["operationId"])
        for status, answer in operation["responses"].items():
            for kind, content in answer.get("content", {}).items():
                if name and status.startswith("2") and kind in (JSON, _SPARQL_JSON):
                    content["examples"] = {name: {"$ref": f"#/components/examples/{name}"}}
                    content["schema"] = {**content["schema"], "type": "array" if isinstance(made[name], list) else "object"}


def _examples(knowledge: Knowledge) -> dict[str, Any]:
    case = orjson.dumps(json_case())
    determination = determine(case, knowledge=knowledge)
    stored, name = dumps(to_dict(determination)).encode(), local_name(determination.id)
    guidelines = knowledge.guidelines
    lists: dict[str, Callable[[Knowledge], list[dict[str, Any]]]] = {
        "editions": views.editions, "topics": views.topics, "provisions": views.provisions, "criteria": views.criteria,
    }  # fmt: skip
    return {
        "determination": orjson.loads(stored),
        "trace": orjson.loads(tree_of(stored, name, JSON)),
        "what-would-change": orjson.loads(changes_of_case(case, ANY_JSON, JSON)),
        "lint": orjson.loads(linted_case(case, ANY_JSON, JSON)),
        "replay": orjson.loads(replayed(stored, name, JSON)),
        "checklist": orjson.loads(checklist_for(orjson.dumps(checklist_schema()["example"]), JSON)[0]),
        **{key: {key: list_of(knowledge)[:1]} for key, list_of in lists.items()},
        "provision": views.provision_in_full(next(iter(guidelines.provisions.values())), knowledge),
        "criterion": views.criterion_in_full(next(iter(guidelines.criteria.values())), knowledge),
        "coverage": {**views.coverage(knowledge), "sections": views.coverage(knowledge)["sections"][:1]},
        "problems": {"problems": [as_data(PROBLEM_TYPES["invalid-case"])]},
        "problem": as_data(PROBLEM_TYPES["invalid-case"]),
        "domain": domain_info(ALL, knowledge),
        "domains": [domain_info(one, knowledge) for one in domains(knowledge)],
        "rows": _ROWS,
    }
