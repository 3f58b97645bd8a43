"""Fixtures that most tests share: the knowledge, loaded once, and the example cases with their determinations."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_json import all_assessments
from mtus.reasoner.trace import Assessment, Determination, RequestDetermination

if TYPE_CHECKING:
    from browser_support import Tab

ROOT = Path(__file__).resolve().parent.parent
IMR_2015 = ROOT / "examples" / "imr-2015"
VARIANTS = IMR_2015 / "variants"


@cache
def determine_file(path: Path) -> Determination:
    """Return the determination of the case at ``path``; the trace is frozen, so tests may share it."""
    return determine(path.read_bytes(), name=path.name, knowledge=load_knowledge())


@pytest.fixture(scope="session", autouse=True)
def _no_store_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests away from the store of whoever runs them."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("MTUS_STORE", str(home / "store"))
        patch.setenv("MTUS_KEYS_FILE", str(home / "keys.json"))
        # the client of the tests calls the service "testserver", which is no name of this machine
        patch.setenv("MTUS_TRUSTED_HOSTS", "testserver")
        patch.setenv("MTUS_KEYS", "never")
        # starting processes takes longer than the few cases of a test
        patch.setenv("MTUS_DETERMINE_PROCESSES", "0")
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The knowledge that ships with the package."""
    return load_knowledge()


@pytest.fixture(scope="session")
def imr_2015() -> Determination:
    """The determination of the real case of 2015."""
    return determine_file(IMR_2015 / "case.json")


@pytest.fixture(scope="session")
def variant() -> Callable[[str], Determination]:
    """A function from the name of a variant of the case of 2015 to its determination."""
    return lambda name: determine_file(VARIANTS / f"{name}.json")


def request_named(determination: Determination, name: str) -> RequestDetermination:
    """Return the determination of the request with the local name ``name``."""
    return next(request for request in determination.requests if local_name(request.request) == name)


def grounds(request: RequestDetermination) -> list[tuple[str, str, str, bool]]:
    """Return the reasons of ``request`` as (kind, about, page, relied on), in the order of the trace."""
    return [(local_name(r.kind), local_name(r.about), r.citation.page if r.citation else "", r.relied_on) for r in request.reasons]


def assessment(request: RequestDetermination, criterion: str) -> Assessment:
    """Return the assessment of ``criterion`` (its local name), parts included."""
    return next(a for a in all_assessments(request) if local_name(a.criterion) == criterion)


# A real browser; what it needs is imported where a test asks for it, as it takes long


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Iterator[str]:
    """The address of the service over a store with a few cases."""
    from browser_support import serving

    with serving(tmp_path_factory.mktemp("browser") / "store", knowledge) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium of the system, without a window."""
    from browser_support import chromium

    with chromium() as found:
        yield found


@pytest.fixture
def tab(browser: Any, address: str) -> Iterator["Tab"]:
    """A page of the browser on which nothing may go wrong."""
    from browser_support import clean_tab

    with clean_tab(browser, address) as found:
        yield found
