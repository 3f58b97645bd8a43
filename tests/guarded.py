"""What the tests of safety share: a service that asks for keys, a key for each role, and the file that all of it is in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mtus.api.main import create_app

NETWORK = "http://192.0.2.7:8000"
LOOPBACK = "http://127.0.0.1:8000"


@contextmanager
def service(folder: Path, base_url: str = NETWORK, **environment: str) -> Iterator[TestClient]:
    """Give a client of a service whose keys, store and log are in ``folder``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MTUS_KEYS_FILE", str(folder / "keys.json"))
        patch.setenv("MTUS_KEYS", "network")
        patch.delenv("MTUS_TRUSTED_HOSTS", raising=False)
        patch.setenv("MTUS_AUDIT_FILE", str(folder / "audit.jsonl"))
        for name, value in environment.items():
            patch.setenv(name, value)
        with TestClient(create_app(str(folder / "store")), base_url=base_url, raise_server_exceptions=False) as client:
            yield client


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
