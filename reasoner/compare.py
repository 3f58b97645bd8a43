"""Hold a determination against what a human reviewer decided: outcome, kind of reason and page, request by request."""

import json
from dataclasses import dataclass
from pathlib import Path

from mtus.reasoner.errors import case_error
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.trace import Determination, RequestDetermination


@dataclass(frozen=True)
class HumanDecision:
    """What a human reviewer decided about one request, and the provisions relied on."""

    disposition: str
    reason_kind: str
    pages: tuple[str, ...]
    relied_on: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """One request: the human decision beside ours. ``unnamed`` are our reasons that the human letter does not name."""

    request: str
    label: str
    human: HumanDecision
    disposition: str
    reason_kinds: tuple[str, ...]
    pages: tuple[str, ...]
    found: tuple[str, ...]
    missed: tuple[str, ...]
    unnamed: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether outcome, kind of reason, pages and provisions of the human decision are all found in ours."""
        return (
            self.human.disposition == self.disposition
            and self.human.reason_kind == next(iter(self.reason_kinds), "")
            and set(self.human.pages) <= set(self.pages)
            and not self.missed
        )


def read_decisions(path: Path) -> dict[str, HumanDecision]:
    """Read the human decisions at ``path`` (see examples/imr-2015/human-decision.json), by local name of the request."""
    try:
        document = json.loads(path.read_text("utf-8"))
        return {
            name: HumanDecision(entry["disposition"], entry["reasonKind"], tuple(entry["pages"]), tuple(entry["reliedOn"]))
            for name, entry in document["requests"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise case_error("decision-file", str(path), f"It cannot be read as a file of human decisions: {error!r}.",
                         "See examples/imr-2015/human-decision.json for its form.") from error  # fmt: skip


def compare(determination: Determination, decisions: dict[str, HumanDecision]) -> tuple[Comparison, ...]:
    """Return one comparison for each request that has a human decision, in the order of the determination."""
    by_iri = {request.request: request for request in determination.requests}
    return tuple(
        _compare(request, decisions[local_name(request.request)], by_iri)
        for request in determination.requests
        if local_name(request.request) in decisions
    )


def _compare(request: RequestDetermination, human: HumanDecision, by_iri: dict[str, RequestDetermination]) -> Comparison:
    cited = {reason.citation.id: reason.citation for reason in request.reasons if reason.citation}
    # A request that falls with another falls by the pages of that one.
    primaries = [by_iri[reason.about] for reason in request.reasons if reason.about in by_iri]
    through = [reason.citation for primary in primaries for reason in primary.reasons if reason.citation]
    pages = {citation.page for citation in (*cited.values(), *through) if citation.page}
    return Comparison(
        request=request.request,
        label=request.label,
        human=human,
        disposition=local_name(request.disposition),
        reason_kinds=tuple(dict.fromkeys(local_name(reason.kind) for reason in request.reasons)),
        pages=tuple(sorted(pages, key=lambda page: (len(page), page))),
        found=tuple(name for name in human.relied_on if name in cited),
        missed=tuple(name for name in human.relied_on if name not in cited),
        unnamed=tuple(name for name in cited if name not in human.relied_on),
    )
