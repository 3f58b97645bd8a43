"""What stands below a determination: its letter, its trace as a tree, what would change it, the linter, replay."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from mtus.api.answering import JSON, JSON_LD, NOT_ACCEPTABLE, STORE, TEXT, TURTLE, Described, answer, chosen, content, problem
from mtus.api.determining import determiner
from mtus.api.keeper import keeper, name_of_determination
from mtus.api.routes.determinations import NO_DETERMINATION, OF_DETERMINATION
from mtus.api.working import changes_of, letter_of, linted, replayed, tree_of

router = APIRouter(tags=["determinations"])

CHANGE_TYPES: Final = (JSON, JSON_LD, TURTLE, TEXT)
LINT_TYPES: Final = (JSON, TURTLE, TEXT)
_PLAIN: Final = (JSON, TEXT)
_UNUSABLE: Final = problem("Its facts make no case under the knowledge of now, or the search takes too many steps.")


def described(kinds: tuple[str, ...], meaning: str) -> Described:
    """Return the answers of a route below a determination that gives ``kinds``."""
    return {200: {"description": meaning, "content": content(kinds)}, 422: _UNUSABLE, **NO_DETERMINATION, **NOT_ACCEPTABLE, **STORE}


@router.get(OF_DETERMINATION + "/letter", operation_id="getLetter", summary="Get the letter", response_class=Response,
            responses=described((TEXT,), "The letter."))  # fmt: skip
async def get_letter(request: Request, name: str) -> Response:
    """Give the letter of a determination as plain text."""
    kind = chosen(request, (TEXT,))
    return answer(await _done(request, name, letter_of), kind)


@router.get(OF_DETERMINATION + "/trace", operation_id="getTrace", summary="Get the trace as a tree", response_class=Response,
            responses=described(_PLAIN, "The tree: request, section, criterion, facts."))  # fmt: skip
async def get_trace(request: Request, name: str) -> Response:
    """Give the trace of a determination as a tree: as JSON for programs, as text for people."""
    kind = chosen(request, _PLAIN)
    return answer(await _done(request, name, tree_of, kind), kind)


@router.get(OF_DETERMINATION + "/what-would-change", operation_id="getWhatWouldChange", summary="Get what would change the answers",
            response_class=Response, responses=described(CHANGE_TYPES, "All minimal sets of changes, request by request."))  # fmt: skip
async def get_changes(request: Request, name: str) -> Response:
    """Give what would change the answers: all minimal sets of documents to add, or of reductions of a request."""
    kind = chosen(request, CHANGE_TYPES)
    return answer(await _done(request, name, changes_of, kind), kind)


@router.get(OF_DETERMINATION + "/lint", operation_id="getLint", summary="Get what the rules about decisions say", response_class=Response,
            responses=described(LINT_TYPES, "What the rules about decisions say of the decisions in the case."))  # fmt: skip
async def get_lint(request: Request, name: str) -> Response:
    """Give what the rules about decisions say of the decisions that the case describes."""
    kind = chosen(request, LINT_TYPES)
    return answer(await _done(request, name, linted, kind), kind)


@router.get(OF_DETERMINATION + "/replay", operation_id="getReplay", summary="Compute it again", response_class=Response,
            responses=described(_PLAIN, "Whether the same comes out now, and what differs."))  # fmt: skip
async def get_replay(request: Request, name: str) -> Response:
    """Compute a determination again from the facts in it, and say whether it is identical."""
    kind = chosen(request, _PLAIN)
    return answer(await _done(request, name, replayed, kind), kind)


async def _done(request: Request, name: str, work: Any, *values: Any) -> bytes:
    """Return what ``work`` makes of the determination called ``name``, away from the event loop."""
    name = name_of_determination(name)
    stored = await keeper(request).json(name)
    found: str = await determiner(request).run(work, stored, name, *values)
    return found.encode()
