"""HTML pages, rendered on the server: readable without JavaScript, with nothing that is fetched from elsewhere."""

import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mtus.api.deps import shipped_knowledge
from mtus.api.links import link_of_criterion, link_of_edition, link_of_provision
from mtus.reasoner import __version__
from mtus.reasoner.answer_tables import shown_term
from mtus.reasoner.describe import day
from mtus.reasoner.namespaces import CASE, local_name

# The style sheet that the tables of YASGUI put into the page, by its digest: the one style that is not in a file of its own.
_YASGUI_STYLE: Final = "'sha256-zCK2EVMoPc04mRF/g5CotUvxbJPWS+8V0b+s9ptqQIk='"
# Scripts, styles and requests of this service alone; no frame around it, no form that sends elsewhere.
POLICY: Final = (
    f"default-src 'none'; script-src 'self'; style-src 'self' {_YASGUI_STYLE}; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def static_folder() -> Path:
    """Return the folder of scripts and styles that ship with the service."""
    return Path(str(files("mtus.api"))) / "static"


def page(name: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> HTMLResponse:
    """Return the page from the template ``name`` with ``values``; everything that is put in is escaped."""
    text = _environment().get_template(name).render(version=__version__, **values)
    return HTMLResponse(text, status_code=status, headers={"Content-Security-Policy": POLICY, "Vary": "Accept", **(headers or {})})


def missing_page(what: str, name: str, link: str) -> HTMLResponse:
    """Return the page (404) that says that there is no ``what`` called ``name``; ``link`` leads to what there is."""
    return page("missing.html", status=404, what=what, called=name[:100], link=link)


def cell(term: dict[str, Any] | None) -> tuple[str, str]:
    """Return what a table shows for a term of SPARQL JSON, and the class of its cell."""
    if term is None:
        return "", "empty"
    numeric = str(term.get("datatype", "")).rsplit("#", 1)[-1] in ("integer", "decimal", "double")
    return shown_term(term), "number" if numeric else "term" if term["type"] == "uri" else "text"


def _natural(text: str) -> list[tuple[int, str]]:
    """Return what sorts ``text`` as people do: by its numbers as numbers, and with no regard to capitals."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", text.lower()) if part]


@lru_cache(maxsize=1)
def _environment() -> Environment:
    loader = FileSystemLoader(Path(str(files("mtus.api"))) / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals["cell"] = cell
    environment.globals["case_base"] = CASE
    environment.globals["provision_link"] = link_of_provision
    environment.globals["criterion_link"] = link_of_criterion
    environment.globals["edition_link"] = link_of_edition
    environment.filters["local"] = local_name
    environment.filters["label"] = shipped_knowledge().vocabulary.label
    environment.filters["day"] = day
    environment.filters["natural"] = lambda options: sorted(options, key=lambda option: _natural(option.label))
    environment.filters["capital"] = lambda text: text[:1].upper() + text[1:]
    return environment
