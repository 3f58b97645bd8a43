"""Packages that only some commands need: imported when they are asked for, with an error that says how to install them."""

from importlib import import_module
from typing import Any

from mtus.reasoner.errors import case_error


def extra(module: str, name: str, what: str) -> Any:
    """Return the module ``module`` of the optional extra ``name``, which ``what`` needs.

    Raises :class:`CaseError` (code ``missing-extra``) where it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise case_error("missing-extra", what, f"It needs the package {package}, which is not installed.",
                         f"Install it with: pip install 'mtus-reasoner[{name}]'.") from error  # fmt: skip
