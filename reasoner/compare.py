"""Hold a determination against what a human reviewer decided: outcome, kind of reason and page, request by request."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mtus.reasoner.errors import CaseError, case_error
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
        requests = json.loads(path.read_text("utf-8"))["requests"]
        return {name: _decision(entry) for name, entry in requests.items()}
    except OSError as error:
        raise _unreadable(path, f"It cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise _unreadable(path, f"It is not valid JSON: {error}.") from error
    except KeyError as error:
        raise _unreadable(path, f"It has no {error.args[0]!r} where it is expected.") from error
    except (TypeError, AttributeError) as error:
        raise _unreadable(path, "It has not the form of human decisions: an object of requests by their names.") from error


def _decision(entry: dict[str, Any]) -> HumanDecision:
    disposition, kind, pages, relied_on = (entry[key] for key in ("disposition", "reasonKind", "pages", "reliedOn"))
    if not (isinstance(pages, list) and isinstance(relied_on, list)):
        raise TypeError
    return HumanDecision(str(disposition), str(kind), tuple(map(str, pages)), tuple(map(str, relied_on)))


def _unreadable(path: Path, why: str) -> CaseError:
    return case_error("decision-file", str(path), why, "`examples/imr-2015/human-decision.json` in the repository shows the form.")


def compare(determination: Determination, decisions: dict[str, HumanDecision]) -> tuple[Comparison, ...]:
    """Return one comparison for each request that has a human decision, in the order of the determination.

    Raises :class:`CaseError` where a decision is about no request of the case, or there is none.
    """
    by_iri = {request.request: request for request in determination.requests}
    names = [local_name(iri) for iri in by_iri]
    unknown = [name for name in decisions if name not in names]
    if unknown or not decisions:
        why = f"The case has no request {', '.join(unknown)}." if unknown else "There is no decision to compare with."
        raise case_error("decision-file", determination.label, why, f"Name the decisions after the requests: {', '.join(names)}.")
    return tuple(_compare(by_iri[iri], decisions[name], by_iri) for iri, name in zip(by_iri, names, strict=True) if name in decisions)


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
