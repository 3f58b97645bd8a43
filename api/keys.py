"""API keys: who may do what. The file holds digests of keys and never a key.

A key is 256 random bits, so nobody can find it by trying, and a slow hash (scrypt, Argon2) would only make every request slow: those are
for passwords, which people choose. SHA-256 it is. Roles include nothing but themselves; a key has as many as it needs.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Final

import orjson

from mtus.reasoner.errors import StoreError, UsageError, store_error, usage_error
from mtus.reasoner.store_location import data_folder

FILE_VARIABLE: Final = "MTUS_KEYS_FILE"
_PREFIX: Final = "mtus"
_NO_DIGEST: Final = "0" * 64


class Role(StrEnum):
    """What a key is for; none includes another.

    ``read``: ask what is stored and known. ``submit``: send a case. ``review``: sign a review of a determination.
    """

    READ = "read"
    SUBMIT = "submit"
    REVIEW = "review"


@dataclass(frozen=True)
class Key:
    """A key as the file holds it: ``digest`` is the SHA-256 of its secret, ``revoked`` the time since which it is refused, or empty."""

    id: str
    holder: str
    roles: tuple[Role, ...]
    digest: str
    created: str
    revoked: str = ""


def keys_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the keys are: what ``MTUS_KEYS_FILE`` says, else a file in the folder for data of this user."""
    return Path(environment.get(FILE_VARIABLE, "") or data_folder(environment) / "mtus" / "keys.json")


def read_keys(path: Path) -> dict[str, Key]:
    """Return the keys in the file at ``path`` by their names, none where there is none; raise :class:`StoreError` for another file."""
    try:
        rows = orjson.loads(path.read_bytes())
        return {row["id"]: Key(**{**row, "roles": tuple(map(Role, row["roles"]))}) for row in rows}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _bad_file(f"it cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, KeyError) as error:
        raise _bad_file("it holds something else") from error


def new_key(path: Path, holder: str, roles: tuple[Role, ...]) -> tuple[Key, str]:
    """Add a key for ``holder`` to the file at ``path``; return it and its text, which is nowhere else."""
    secret = secrets.token_urlsafe(32)
    with _changing(path) as keys:
        name = secrets.token_hex(4)
        key = Key(name, holder, tuple(dict.fromkeys(roles)), _digest(secret), _now())
        keys[name] = key
    return key, f"{_PREFIX}.{name}.{secret}"


def revoke_key(path: Path, name: str) -> Key:
    """Refuse the key called ``name`` from now on; it stays in the file, so that the audit log can be read. Raises :class:`UsageError`."""
    with _changing(path) as keys:
        if name not in keys:
            raise _no_such_key(name, keys)
        keys[name] = keys[name] if keys[name].revoked else replace(keys[name], revoked=_now())
        return keys[name]


def matching_key(text: str, keys: Mapping[str, Key]) -> Key | None:
    """Return the key that ``text`` is, None where it is none or was revoked; takes as long for every text of one length."""
    prefix, _, rest = text.partition(".")
    name, _, secret = rest.partition(".")
    key = keys.get(name)
    is_same = hmac.compare_digest(_digest(secret), key.digest if key else _NO_DIGEST)
    return key if key and is_same and prefix == _PREFIX and not key.revoked else None


class KeyRing:
    """The keys in a file, read again when it changes, so that a key that was revoked is refused at once, by every worker."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}

    def match(self, text: str) -> Key | None:
        """Return the key that ``text`` is; raise :class:`StoreError` where the file cannot be read, so that nobody gets in."""
        try:
            found = self._path.stat()
            seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        except FileNotFoundError:
            seen = None
        if seen is None or seen != self._seen:
            self._keys = read_keys(self._path)
            self._seen = seen
        return matching_key(text, self._keys)


@contextmanager
def locked(path: Path) -> Iterator[IO[bytes]]:
    """Open the file at ``path`` for appending and reading, for its owner alone, while no other process does; raise :class:`StoreError`."""
    import fcntl  # noqa: PLC0415  Windows has none, and no service of several workers either

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise store_error("cannot-write-file", path.name, f"The file cannot be opened: {error.strerror}.",
                          "Say who may write there, or name another place.") from error  # fmt: skip
    with os.fdopen(descriptor, "r+b", buffering=0) as stream:  # unbuffered: what was written is written
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield stream


@contextmanager
def _changing(path: Path) -> Iterator[dict[str, Key]]:
    """Give the keys in the file at ``path``, and write them back, all or nothing."""
    with locked(path.with_name(path.name + ".lock")):
        keys = read_keys(path)
        yield keys
        beside = path.with_name(path.name + ".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(orjson.dumps([asdict(key) for key in keys.values()], option=orjson.OPT_INDENT_2) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _bad_file(why: str) -> StoreError:
    return store_error("bad-keys-file", FILE_VARIABLE, f"The file of keys is none: {why}.", "Name the file that `mtus keys new` wrote.")


def _no_such_key(name: str, keys: Mapping[str, Key]) -> UsageError:
    known = ", ".join(keys) or "none"
    return usage_error("no-such-key", name[:100], "No key is called so.", f"The keys are: {known}; `mtus keys list` says whose they are.")
