"""One row for each request of a case, or for a case with an error: what `mtus batch` writes.

The row of a request says the same as the trace of `mtus determine`, without words: a test holds them against each other.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mtus.reasoner.assess import Assessed
from mtus.reasoner.decide_case import Decided
from mtus.reasoner.errors import MtusError
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import GUIDELINE, MTUS, REASON, TYPE, local_name
from mtus.reasoner.receipt import determination_id, receipt
from mtus.reasoner.remembered import Remembered

# The columns: their names, and what they hold in the words of Parquet.
TEXT: Final = "string"
TEXTS: Final = "list of strings"
COLUMNS: Final[dict[str, str]] = {
    "input": TEXT, "case": TEXT, "request": TEXT, "treatment": TEXT, "answer": TEXT, "reasonKinds": TEXTS, "criteria": "criteria",
    "provisions": TEXTS, "hangsOn": TEXTS, "editions": TEXTS, "supportedQuantity": "int64", "determination": TEXT, "caseDigest": TEXT,
    "knowledgeDigest": TEXT, "reasonerVersion": TEXT, "errors": "errors",
}  # fmt: skip
Row = dict[str, Any]
_REQUESTS: Final = MTUS + "requestsTreatment"


def rows_of(name: str, assessed: Assessed, decided: Mapping[str, Decided], knowledge: Knowledge) -> list[Row]:
    """Return the rows of a decided case, in the order of the names of its requests; ``name`` is the input that it came from."""
    made = receipt(assessed.facts, knowledge)
    case, identifier = assessed.facts.case, determination_id(made)
    treatments = _treatments(assessed)
    criteria: Remembered[tuple[str, Status], dict[str, str]] = knowledge.once(_criterion, lambda: Remembered(_criterion))
    return [
        {
            "input": name,
            "case": case,
            "request": request.removeprefix(case + "/"),
            "treatment": treatments.get(request, ""),
            "answer": d.decision.answer.value,
            "reasonKinds": list(dict.fromkeys([reason.kind.value for reason in d.decision.reasons])),
            "criteria": [criteria[f.criterion, f.status] for f in d.situation.findings],
            "provisions": _provisions(d, knowledge),
            "hangsOn": [iri.removeprefix(GUIDELINE) for iri in sorted(d.hangs_on)],
            "editions": [s.edition.iri.removeprefix(GUIDELINE) for s in d.editions if s.edition],
            "supportedQuantity": d.suggestion.supported if d.suggestion else None,
            "determination": identifier,
            "caseDigest": made.case_digest,
            "knowledgeDigest": made.knowledge_digest,
            "reasonerVersion": made.reasoner_version,
            "errors": None,
        }
        for request, d in sorted(decided.items())
    ]


def _criterion(key: tuple[str, Status]) -> dict[str, str]:
    """Return a criterion with its status; the same object for all rows, none of which is changed."""
    criterion, status = key
    return {"criterion": criterion.removeprefix(GUIDELINE), "status": status.value}


def _treatments(assessed: Assessed) -> dict[str, str]:
    """Return the class of the treatment of each request, as it is stated."""
    asked: dict[str, str] = {}
    classes: dict[str, list[str]] = {}
    for subject, predicate, value in assessed.facts.stated:
        if predicate == TYPE:
            classes.setdefault(subject, []).append(str(value))
        elif predicate == _REQUESTS:
            asked[subject] = str(value)
    return {request: min(map(local_name, classes.get(treatment, ())), default="") for request, treatment in asked.items()}


def _provisions(decided: Decided, knowledge: Knowledge) -> list[str]:
    """Return the provisions on which the answer rests, in the order of its reasons."""
    guidelines = knowledge.guidelines
    found: dict[str, None] = {}
    for kind, about in decided.decision.reasons:
        criterion = guidelines.criteria.get(about)
        provision = (
            criterion.provision
            if criterion
            else about
            if about in guidelines.provisions
            else guidelines.grounds.get(REASON + kind.value, "")
        )
        if provision:
            found[provision.removeprefix(GUIDELINE)] = None
    return list(found)


def error_row(name: str, case: str, error: MtusError, knowledge: Knowledge) -> Row:
    """Return the row of a case that could not be determined, with every problem."""
    problems = [{"code": p.code, "where": p.where, "why": p.why, "remedy": p.remedy} for p in error.problems]
    empty: Row = {column: [] if kind in (TEXTS, "criteria") else None for column, kind in COLUMNS.items()}
    known = {"input": name, "case": case, "knowledgeDigest": knowledge.digest, "errors": problems}
    return {**empty, **known}


def arrow_schema(arrow: Any) -> Any:
    """Return the columns as a schema of ``arrow`` (the module pyarrow)."""
    text = arrow.string()
    kinds = {
        TEXT: text,
        TEXTS: arrow.list_(text),
        "int64": arrow.int64(),
        "criteria": arrow.list_(arrow.struct([("criterion", text), ("status", text)])),
        "errors": arrow.list_(arrow.struct([("code", text), ("where", text), ("why", text), ("remedy", text)])),
    }
    return arrow.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])


def case_name(triples: Iterable[tuple[str, str, Any]]) -> str:
    """Return the case that ``triples`` speak of, for the row of an error; empty where there is none."""
    return next((s for s, p, o in triples if p == TYPE and o == MTUS + "Case"), "")
