"""What the tests of `mtus batch` share: the same cases in every form, and the rows that a trace stands for."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from mtus.reasoner.batch import Job, Result, run_job
from mtus.reasoner.batch_read import Input
from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import GUIDELINE, local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.synthesize_files import CaseFormat, write_cases
from mtus.reasoner.trace import Determination

Row = dict[str, Any]


def make_cases(folder: Path, count: int = 60) -> dict[str, Path]:
    """Write the same synthetic cases in every form, so many of them; return where."""
    found = {"n-quads": folder / "cases.nq", "ndjson": folder / "cases.ndjson", "folder": folder / "cases"}
    for form, path in found.items():
        write_cases(count, 4, path, CaseFormat(form))
    lines = found["ndjson"].read_bytes().splitlines()
    found["parquet"] = folder / "cases.parquet"
    pq.write_table(pa.table({"case": [line.decode() for line in lines]}), found["parquet"])
    found["gzip"] = folder / "cases.nq.gz"
    found["gzip"].write_bytes(gzip.compress(found["n-quads"].read_bytes()))
    found["zstd"] = folder / "cases.nq.zst"
    found["zstd"].write_bytes(zstandard.compress(found["n-quads"].read_bytes()))
    return found


def determined(source: Path, target: Path, knowledge: Knowledge, **options: Any) -> Result:
    return run_job(Job((Input(source),), (target,), **options), knowledge)


def rows_in(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def expected_rows(determination: Determination) -> list[Row]:
    """Return what the rows of a determination have to say, from its trace."""
    rows = []
    for request in sorted(determination.requests, key=lambda r: r.request):
        provisions = dict.fromkeys(r.citation.provision.removeprefix(GUIDELINE) for r in request.reasons if r.citation)
        rows.append(
            {
                "case": determination.case,
                "request": request.request.removeprefix(determination.case + "/"),
                "answer": local_name(request.answer),
                "reasonKinds": list(dict.fromkeys(local_name(r.kind) for r in request.reasons)),
                "criteria": [{"criterion": a.criterion.removeprefix(GUIDELINE), "status": local_name(a.status)} for a in request.criteria],
                "provisions": list(provisions),
                "hangsOn": [iri.removeprefix(GUIDELINE) for iri in request.hangs_on],
                "editions": [e.edition.removeprefix(GUIDELINE) for e in request.editions if e.edition],
                "supportedQuantity": request.suggestion.supported if request.suggestion else None,
                "determination": determination.id,
                "caseDigest": determination.receipt.case_digest,
                "knowledgeDigest": determination.receipt.knowledge_digest,
                "reasonerVersion": determination.receipt.reasoner_version,
                "errors": None,
            }
        )
    return rows


class Refused(list[tuple[str, str]]):
    """What is wrong with a case, as `mtus determine` says it: code and reason of each problem."""


def rows_or_problems(content: bytes, name: str, syntax: str, knowledge: Knowledge) -> list[Row] | Refused:
    try:
        return expected_rows(determine(content, name=name, syntax=syntax, knowledge=knowledge))
    except CaseError as error:
        return Refused((problem.code, problem.why) for problem in error.problems)


def same(rows: Iterable[Row], expected: list[Row] | Refused) -> bool:
    if isinstance(expected, Refused):
        return [[(problem["code"], problem["why"]) for problem in row["errors"] or ()] for row in rows] == [expected]
    return [{k: v for k, v in row.items() if k not in ("input", "treatment")} for row in rows] == expected
