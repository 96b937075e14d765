"""What all portals share: keys, addresses, what a descriptor says, and how changes are told."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from iqsy.problems import ProblemsError
from iqsy.publish import commands, credentials, http
from iqsy.publish.changes import Change, Changes, differs
from iqsy.publish.metadata import metadata, read_descriptor
from portals import packages

VARIABLE, HOST = "IQSY_TEST_KEY", "data.example.org"


class KeyringError(Exception):
    """What the keyring raises where the system has none."""


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """The keys of a keyring that is installed."""
    keys: dict[tuple[str, str], str] = {}
    module: Any = ModuleType("keyring")
    module.get_password = lambda service, account: keys.get((service, account))
    module.errors = SimpleNamespace(KeyringError=KeyringError)
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.delenv(VARIABLE, raising=False)
    return keys


def test_the_environment_goes_before_the_keyring(
    keyring: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring["iqsy", HOST] = "from-the-ring"
    assert credentials.find(VARIABLE, HOST) == "from-the-ring"
    monkeypatch.setenv(VARIABLE, "from-the-environment\n")
    assert credentials.find(VARIABLE, HOST) == "from-the-environment"


def test_a_key_of_another_host_is_not_taken(keyring: dict[tuple[str, str], str]) -> None:
    keyring["iqsy", "other.example.org"] = "from-the-ring"
    with pytest.raises(
        ProblemsError, match=f"no key for {HOST}; set {VARIABLE}, or .*keyring set iqsy {HOST}"
    ):
        credentials.find(VARIABLE, HOST)


def test_without_a_keyring_the_missing_key_is_told_of(
    keyring: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(service: str, account: str) -> None:
        raise KeyringError

    monkeypatch.setattr(sys.modules["keyring"], "get_password", locked)
    with pytest.raises(ProblemsError, match="no key"):
        credentials.find(VARIABLE, HOST)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ProblemsError, match="no key"):
        credentials.find(VARIABLE, HOST)


@pytest.mark.parametrize("key", ["two\nlines", "two words", "مفتاح"])
def test_what_can_be_no_key_is_refused_and_not_shown(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, key)
    with pytest.raises(ProblemsError, match="copy it again") as raised:
        credentials.find(VARIABLE, HOST)
    assert key not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://data.example.org", "unencrypted; give its https address"),
        ("https://me:secret@data.example.org", "holds a user name or password"),
        ("data.example.org", "looks like https://"),
        ("https://data.example.org/?q=1", "looks like https://"),
        ("https://[data", "looks like https://"),
    ],
)
def test_a_key_goes_to_no_address_that_it_should_not_go_to(url: str, message: str) -> None:
    with pytest.raises(ProblemsError, match=message) as raised:
        http.check_url(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["https://data.example.org/portal/", "http://127.0.0.1:5000", "http://[::1]:5000"]
)
def test_an_address_is_taken_without_its_last_slash(url: str) -> None:
    assert http.check_url(f" {url} ") == url.rstrip("/")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": None}, "lacks version"),
        ({"licenses": []}, "lacks licenses"),
        ({"title": ["a"]}, "title should be text"),
        ({"keywords": "Iraq"}, "keywords should be a list of texts"),
        ({"contributors": ["A. Coder"]}, "contributors should be a list of objects"),
        ({"temporal": {"start": 2003}}, "temporal should be an object with start and end"),
    ],
)
def test_a_descriptor_that_says_too_little_is_told_what_it_lacks(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ProblemsError, match=message):
        metadata({**packages.DESCRIPTOR, "name": "ministers", **change})


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "is published with its descriptor"), ("{", "cannot be read"), ("[]", "should be a JSON object")],
)
def test_a_package_without_a_descriptor_is_refused(content: str | None, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "datapackage.json").write_text(content)
    with pytest.raises(ProblemsError, match=message):
        read_descriptor(tmp_path)


def test_the_first_role_that_anybody_has_names_the_contributor() -> None:
    people = [
        {"title": "A", "roles": ["author"]},
        {"title": "B", "roles": ["creator", "contact"]},
        {"title": "C"},
    ]
    about = metadata({**packages.DESCRIPTOR, "name": "ministers", "contributors": people})
    assert about.contributor("creator", "author")["title"] == "B"
    assert about.contributor("publisher", "author")["title"] == "A"
    assert about.contributor("publisher") == {}


def test_changes_are_told_one_a_line_and_short() -> None:
    changes = Changes(
        "u", (Change("create", "file", "a.csv"), Change("update", "dataset", "d", differs("", "b" * 99)))
    )
    assert str(changes).splitlines() == ["create file a.csv", f"update dataset d: ‘’ → ‘{'b' * 59}…’"]
    assert str(Changes("u")) == "nothing to change"


@pytest.mark.parametrize(
    ("lacks", "modules", "command", "arguments"),
    [
        (
            "ckanapi",
            ("ckan", "ckan_portal"),
            commands.ckan,
            ("--url", "https://data.example.org", "--org", "a"),
        ),
        ("huggingface_hub", ("huggingface", "huggingface_site"), commands.huggingface, ("--repo", "a/b")),
        ("requests", ("zenodo", "zenodo_repository", "http"), commands.zenodo, ()),
    ],
)
def test_a_package_that_lacks_is_named(
    lacks: str,
    modules: tuple[str, ...],
    command: Any,
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, lacks, None)
    for name in modules:
        monkeypatch.delitem(sys.modules, f"iqsy.publish.{name}", raising=False)
    application = Typer()
    application.command()(command)
    done = CliRunner().invoke(application, arguments)
    assert isinstance(done.exception, ProblemsError)
    assert f"needs the package {lacks}; install it with: pip install 'iqsy[publish]'" in str(done.exception)
