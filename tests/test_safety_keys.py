"""Keys at rest, and the commands that make, list and revoke them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mtus.api.keys import Role, matching_key, new_key, read_keys, revoke_key
from mtus.reasoner.cli import app as commands


def test_the_file_holds_no_key(tmp_path: Path) -> None:
    path = tmp_path / "below" / "keys.json"
    key, text = new_key(path, "somebody", (Role.READ, Role.REVIEW, Role.READ))
    assert key.roles == (Role.READ, Role.REVIEW)
    content = path.read_text("utf-8")
    assert text.rpartition(".")[2] not in content
    assert len(text.rpartition(".")[2]) == 43
    assert path.stat().st_mode & 0o077 == 0
    assert matching_key(text, read_keys(path)) == key
    assert matching_key("x" + text, read_keys(path)) is None


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(commands, list(arguments))
    assert result.exit_code == code, result.output + str(result.exception)
    return result


def test_the_commands(tmp_path: Path) -> None:
    file = ("--file", str(tmp_path / "keys.json"))
    assert "no keys" in run("keys", "list", *file).stdout
    made = run("keys", "new", "claims system", "--role", "submit", "--role", "read", *file)
    name = made.stdout.split(".")[1]
    assert f"The key {name} of claims system may submit, read" in made.stderr
    listed = run("keys", "list", *file).stdout
    assert name in listed
    assert "submit, read" in listed
    assert made.stdout.strip().rpartition(".")[2] not in listed
    assert f"The key {name} of claims system is refused" in run("keys", "revoke", name, *file).stdout
    assert "no-such-key" in run("keys", "revoke", "nobody", *file, code=2).stderr
    assert "bad-holder" in run("keys", "new", " ", "--role", "read", *file, code=2).stderr
    assert "--role" in run("keys", "new", "somebody", *file, code=2).stderr


def test_serve_on_the_network_needs_a_key_that_is_not_revoked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTUS_KEYS_FILE", str(tmp_path / "keys.json"))
    monkeypatch.setenv("MTUS_KEYS", "network")
    key, _ = new_key(tmp_path / "keys.json", "gone", (Role.READ,))
    revoke_key(tmp_path / "keys.json", key.id)
    assert "mtus keys new" in run("serve", "--host", "0.0.0.0", code=2).stderr
