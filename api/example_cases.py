"""The example cases that ship with the project, determined: shown as pages, and beside the criteria that they touch."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.pipeline import determine
from mtus.reasoner.trace import Determination

_SKELETONS = "skeletons"


@dataclass(frozen=True)
class Example:
    """An example case: the name in its address, the bytes of the case, and its determination."""

    name: str
    content: bytes
    determination: Determination

    def __hash__(self) -> int:
        return hash(self.name)


def examples(knowledge: Knowledge) -> tuple[Example, ...]:
    """Return the example cases under ``knowledge``; they are determined once. A case that this knowledge refuses is left out."""
    return knowledge.once(Example, lambda: tuple(_examples(knowledge)))


def _examples(knowledge: Knowledge) -> list[Example]:
    folder = Path(str(files("mtus.examples")))
    found = []
    for path in (*sorted(folder.glob("*/case.json")), *sorted(folder.glob("*/variants/*.json")), *sorted(folder.glob("*/*/case.json"))):
        if _SKELETONS not in path.relative_to(folder).parts:
            name = path.parent.name if path.stem == "case" else path.stem
            try:
                found.append(Example(name, path.read_bytes(), determine(path.read_bytes(), name=path.name, knowledge=knowledge)))
            except CaseError:
                continue  # other knowledge than ours may not know its terms
    return found
