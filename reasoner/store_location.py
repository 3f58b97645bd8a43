"""Which store: the one that is named, the one that the environment names, or one in the user's own folder for data."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mtus.reasoner.local_store import LocalStore, open_for_reading, open_for_writing
from mtus.reasoner.store import Store

VARIABLE: Final = "MTUS_STORE"


def store_location(named: str | None = None, environment: Mapping[str, str] = os.environ) -> str:
    """Return the folder or the URL of the store: ``named``, else what ``MTUS_STORE`` says, else a folder for data of this user."""
    return named or environment.get(VARIABLE, "") or str(data_folder(environment) / "mtus" / "store")


def is_remote(location: str) -> bool:
    """Return whether ``location`` is the URL of a server."""
    return location.startswith(("http://", "https://"))


def open_writer(location: str, environment: Mapping[str, str] = os.environ) -> Store:
    """Open the store at ``location`` for writing; a folder is made where there is none. Raises :class:`StoreError`."""
    return _remote(location, environment) if is_remote(location) else open_for_writing(Path(location))


def open_reader(location: str, environment: Mapping[str, str] = os.environ) -> Store:
    """Open the store at ``location`` for reading; raise :class:`StoreError` where there is none."""
    return _remote(location, environment) if is_remote(location) else open_for_reading(Path(location))


def is_outdated(store: Store) -> bool:
    """Return whether ``store``, open for reading, shows less than what is stored by now."""
    return isinstance(store, LocalStore) and store.is_outdated


def _remote(location: str, environment: Mapping[str, str]) -> Store:
    from mtus.reasoner.remote_store import RemoteStore, remote_address  # noqa: PLC0415  needs an HTTP client, which few need

    return RemoteStore(remote_address(location, environment))


def data_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder in which programs of this user keep data, as the system has it."""
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
