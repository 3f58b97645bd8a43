"""The page of a determination: from a trace to HTML. Nothing is worked out here that the trace does not hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.responses import HTMLResponse
from markupsafe import Markup

from mtus.api.pages import page
from mtus.api.reasoning_graph import reasoning_graph
from mtus.reasoner.describe import counted
from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.remedies import ChangeSet, RequestChanges, WhatIf
from mtus.reasoner.render_json import all_assessments
from mtus.reasoner.render_signed import to_signed_letter
from mtus.reasoner.render_text import SLOT, to_letter
from mtus.reasoner.review import SignedReview
from mtus.reasoner.trace import Determination, RequestDetermination

# Sets beyond these are as many ways again to say the same; the file with all of them is linked.
_MOST_SETS = 8


@dataclass(frozen=True)
class Download:
    """A file of the determination: what it is called, its address, and whom it is for."""

    label: str
    link: str
    use: str


def determination_page(determination: Determination, knowledge: Knowledge, *, changes: WhatIf | CaseError | None = None,
                       downloads: Sequence[Download] = (), notes: Sequence[str] = (),
                       reviews: Sequence[SignedReview] = ()) -> HTMLResponse:  # fmt: skip
    """Return the page of ``determination``.

    ``changes`` is what would change the answers, or why that was not found; ``notes`` stand at the top, ``reviews`` are those that were
    signed, the oldest first.
    """
    return page(
        "determination.html",
        d=determination,
        summary=[_summary(request) for request in determination.requests],
        graphs=drawings(determination, knowledge),
        letter=to_letter(determination, knowledge),
        changes=_changes(changes) if isinstance(changes, WhatIf) else (),
        all_supported=isinstance(changes, WhatIf) and not changes.requests,
        changes_problem=changes.problems[0] if isinstance(changes, CaseError) else None,
        names={request.request: request.label for request in determination.requests},
        slot=SLOT,
        reviews=[(review, to_signed_letter(determination, review, knowledge)) for review in reviews],
        downloads=downloads,
        notes=notes,
        current=determination.receipt.knowledge_digest == knowledge.digest,
    )


def drawings(determination: Determination, knowledge: Knowledge) -> list[Markup]:
    """Return the drawing of the reasoning for each request; each escapes what it draws."""
    return [Markup(reasoning_graph(n, r, determination, knowledge)) for n, r in enumerate(determination.requests, 1)]


def _summary(request: RequestDetermination) -> dict[str, Any]:
    """Return the reason in a line: the first that is relied on, and how many more there are."""
    relied = [reason for reason in request.reasons if reason.relied_on] or list(request.reasons)
    met = [a for a in all_assessments(request) if not a.relation and a.status.endswith("/met")]
    first = relied[0] if relied else None
    return {"first": first, "more": max(len(relied) - 1, 0), "met": len(met)}


def _changes(found: WhatIf) -> list[dict[str, Any]]:
    return [{"request": request, **_sets(request)} for request in found.requests]


def _sets(request: RequestChanges) -> dict[str, Any]:
    """Return the changes that every set holds, and for each set the rest."""
    if len(request.sets) == 1:
        only = request.sets[0]
        return {"shared": (), "sets": [(_effort(only), only.changes)], "beyond": 0}
    shown = [(_effort(one), request.beyond_shared(one)) for one in request.sets[:_MOST_SETS]]
    return {"shared": request.shared, "sets": shown, "beyond": max(len(request.sets) - _MOST_SETS, 0)}


def _effort(one: ChangeSet) -> str:
    """Return how much a set takes, in words."""
    parts = []
    if one.findings:
        papers = f" in {', '.join(one.fewest_documents)}" if one.fewest_documents else ""
        parts.append(f"{counted(one.findings, 'finding')}{papers}")
    if one.reductions:
        parts.append(counted(one.reductions, "reduction"))
    return " and ".join(parts)
