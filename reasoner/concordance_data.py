"""A concordance as data: JSON with everything, the traces included, and CSV with one line for each request."""

from typing import Any

from mtus.reasoner.agreement import Measure, Undefined
from mtus.reasoner.concordance import Concordance, Failure, Row
from mtus.reasoner.concordance_summary import Share, Summary, summaries
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.render_concordance import agreement
from mtus.reasoner.render_json import to_dict


def to_data(found: Concordance, knowledge: Knowledge) -> dict[str, Any]:
    """Return the concordance as plain JSON data: measures by stage, rows with the trace where there is something to look into."""
    return {
        "entries": found.entries,
        "knowledgeDigest": knowledge.digest,
        "stages": [_summary(summary) for summary in summaries(found.rows, knowledge)],
        "requests": [_row(row) for row in found.rows],
        "failures": [_failure(failure) for failure in found.failures],
    }


def to_rows(found: Concordance) -> list[dict[str, str]]:
    """Return one flat row for each request, and one for each problem of a case that could not be used."""
    rows = [_flat(row) for row in found.rows]
    empty = dict.fromkeys(_FLAT, "")
    for failure in found.failures:
        rows += [empty | {"entry": failure.entry, "error": f"{p.code} at {p.where}: {p.why} {p.remedy}".rstrip()} for p in failure.problems]
    return rows


_FLAT = ("entry", "stage", "request", "label", "humanOutcome", "outcome", "outcomeAgrees", "humanReasonKind", "reasonKinds", "reasonAgrees",
         "humanPages", "pages", "humanReliedOn", "missed", "citationAgrees", "notCovered", "counted", "setAside", "knownInPart",
         "error")  # fmt: skip


def _flat(row: Row) -> dict[str, str]:
    c = row.comparison
    outcome, reason, citation = agreement(row)
    values = [row.entry, local_name(row.stage), local_name(row.request), row.label]
    if c:
        values += [c.human.disposition, c.disposition, outcome, c.human.reason_kind, _joined(c.reason_kinds), reason]
        values += [_joined(c.human.pages), _joined(c.pages), _joined(c.human.relied_on), _joined(c.missed), citation]
    else:
        values += [""] * 11
    values += [row.gap, _word(row.counts), c.human.set_aside if c else "", _word(row.known_in_part), ""]
    return dict(zip(_FLAT, values, strict=True))


def _joined(values: tuple[str, ...]) -> str:
    return " ".join(values)


def _word(value: bool) -> str:
    return "yes" if value else "no"


def _summary(s: Summary) -> dict[str, Any]:
    return {
        "stage": local_name(s.stage),
        "requests": len(s.rows),
        "decided": len(s.decided),
        "coverage": _share(s.coverage),
        "notCovered": s.gaps,
        "setAside": len(s.set_aside),
        "counted": len(s.counted),
        "confusion": {human: dict(zip((*s.outcomes, "notCovered"), counts, strict=True)) for human, counts in s.confusion},
        "outcome": _share(s.outcome),
        "outcomeOfAllThatStand": _share(s.outcome_of_all),
        "always": {"outcome": s.always[0], **_share(s.always[1])} if s.always else None,
        "balancedAccuracy": _measure(s.balanced_accuracy),
        "kappa": _measure(s.kappa),
        "reason": _share(s.reason),
        "citation": _share(s.citation),
        "tooSmallToMeanAnything": s.is_small,
    }


def _share(share: Share) -> dict[str, Any]:
    return {"part": share.part, "whole": share.whole, **_measure(share.measure)}


def _measure(found: Measure) -> dict[str, Any]:
    if isinstance(found, Undefined):
        return {"undefinedBecause": found.why}
    interval = {"low": round(found.low, 6), "high": round(found.high, 6)} if found.low is not None and found.high is not None else {}
    return {"value": round(found.value, 6), **interval}


def _row(row: Row) -> dict[str, Any]:
    c = row.comparison
    outcome, reason, citation = agreement(row)
    data: dict[str, Any] = {
        "entry": row.entry,
        "stage": local_name(row.stage),
        "request": row.request,
        "label": row.label,
        "notCovered": row.gap or None,
        "counted": row.counts,
        "knownInPart": row.known_in_part,
    }
    if c:
        data["human"] = {
            "outcome": c.human.disposition,
            "reasonKind": c.human.reason_kind,
            "pages": list(c.human.pages),
            "reliedOn": list(c.human.relied_on),
            "reason": c.human.reason,
            "setAside": c.human.set_aside or None,
        }
        data["here"] = {
            "outcome": c.disposition,
            "reasonKinds": list(c.reason_kinds),
            "pages": list(c.pages),
            "found": list(c.found),
            "missed": list(c.missed),
            "unnamed": list(c.unnamed),
        }
        data["agrees"] = {"outcome": outcome, "reason": reason, "citation": citation}
    if row.trace:
        data["trace"] = to_dict(row.trace)["requests"][0]
    return data


def _failure(failure: Failure) -> dict[str, Any]:
    problems = [{"code": p.code, "where": p.where, "why": p.why, "remedy": p.remedy} for p in failure.problems]
    return {"entry": failure.entry, "problems": problems}
