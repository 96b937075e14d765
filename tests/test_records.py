"""Records: what is accepted, and what is said of everything else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from project import ARTICLE, EVENT, PLACES, terms, write

from iqsy import claims, records, strict
from iqsy.problems import ProblemsError


def problems(data: Path) -> list[str]:
    """What reading a data folder says is wrong, one text a problem."""
    with pytest.raises(ProblemsError) as caught:
        records.read(data, terms())
    return [str(p) for p in caught.value.problems]


def test_a_whole_project_is_read(tmp_path: Path) -> None:
    found = records.read(write(tmp_path), terms())
    assert list(found["sources"]) == ["rudaw-2024-05-12-agreement"]
    assert set(found["actors"]) == {"abdul-amir-al-shammari", "iq-ministry-of-interior", "syria"}


def replaced(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(data: Path) -> None:
        path = data / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8", newline="\n")

    return change


def written(name: str, content: bytes) -> Callable[[Path], None]:
    def change(data: Path) -> None:
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return change


def appended(name: str, text: str) -> Callable[[Path], None]:
    def change(data: Path) -> None:
        path = data / name
        path.write_text(path.read_text("utf-8") + text, "utf-8", newline="\n")

    return change


BAD: dict[str, tuple[Callable[[Path], None], str, int | None, str]] = {
    "unknown key": (replaced(ARTICLE, "genre:", "genra:"), ARTICLE, 7, "did you mean 'genre'"),
    "missing key": (replaced(EVENT, "inclusion: core\n", ""), EVENT, 1, "lacks inclusion"),
    "null": (replaced(ARTICLE, "coder: a", "coder:"), ARTICLE, 9, "leave the key out"),
    "tilde": (replaced(ARTICLE, "coder: a", "coder: ~"), ARTICLE, 9, "leave the key out"),
    "empty text": (replaced(ARTICLE, "coder: a", "coder: ''"), ARTICLE, 9, "leave the key out"),
    "unknown": (
        replaced(ARTICLE, "title: Iraq, Syria sign", "title: unknown"),
        ARTICLE,
        3,
        "leave the key out",
    ),
    "duplicate key": (
        replaced(ARTICLE, "coder: a\n", "coder: a\ncoder: b\n"),
        ARTICLE,
        10,
        "twice; first on line 9",
    ),
    "unknown code": (replaced(ARTICLE, "[signing]", "[sining]"), ARTICLE, 15, "did you mean 'signing'"),
    "missing id": (replaced(ARTICLE, "[baghdad]", "[bagdad]"), ARTICLE, 20, "did you mean 'baghdad'"),
    "duplicate id": (
        appended(PLACES, "- id: iraq\n  type: city\n  name_en: A\n  name_ar: ب\n"),
        PLACES,
        14,
        "twice; first in",
    ),
    "id unlike file": (
        replaced(EVENT, "id: 2024-05-12-ministers-sign", "id: 2024-05-12-other"),
        EVENT,
        1,
        "that of its file",
    ),
    "impossible day": (
        replaced(ARTICLE, "published: 2024-05-12", "published: 2023-02-29"),
        ARTICLE,
        6,
        "2023",
    ),
    "month 13": (replaced(ARTICLE, "published: 2024-05-12", "published: 2024-13-01"), ARTICLE, 6, "13"),
    "Hijri year": (
        replaced(ARTICLE, "published: 2024-05-12", "published: 1445-11-04"),
        ARTICLE,
        6,
        "Gregorian",
    ),
    "Arabic-Indic digits": (
        replaced(ARTICLE, "value: 2024-05-12", "value: ٢٠٢٤-٠٥-١٢"),
        ARTICLE,
        17,
        "2024-05-12",
    ),
    "end before start": (
        replaced(ARTICLE, "value: 2024-05-12", "value: 2024-05-12/2024-05-01"),
        ARTICLE,
        17,
        "2024-05-01",
    ),
    "list for mapping": (written(EVENT, b"- id: x\n"), EVENT, 1, "is a mapping"),
    "mapping for list": (
        replaced(ARTICLE, "participants:\n      - actor: abdul", "participants:\n        actor: abdul"),
        ARTICLE,
        None,
        "",
    ),
    "two documents": (appended(EVENT, "---\nid: b\n"), EVENT, 5, "second document"),
    "tag": (replaced(EVENT, "inclusion: core", "inclusion: !!str core"), EVENT, 2, "tags"),
    "anchor": (replaced(EVENT, "inclusion: core", "inclusion: &a core"), EVENT, 2, "anchors"),
    "alias": (replaced(EVENT, "inclusion: core", "inclusion: *a"), EVENT, 2, "anchors"),
    "tab": (replaced(ARTICLE, "  seen: whole", "\tseen: whole"), ARTICLE, 11, "indent with spaces"),
    "braces": (replaced(ARTICLE, "text:\n  seen: whole", "text: {seen: whole}"), ARTICLE, 10, "braces"),
    "comment in a value": (replaced(ARTICLE, "sign\n", "sign # 2\n"), ARTICLE, 3, "starts a comment"),
    "BOM": (written(EVENT, b"\xef\xbb\xbfid: x\n"), EVENT, 1, "byte order mark"),
    "not UTF-8": (written(EVENT, b"id: x\ntitle_en: caf\xe9\n"), EVENT, 2, "0xe9"),
    "NUL": (written(EVENT, b"id: x\ntitle_en: a\x00b\n"), EVENT, 2, "U+0000"),
    "bidi control": (replaced(EVENT, "توقيع", "\u202bتوقيع"), EVENT, 4, "U+202B"),
    "presentation form": (replaced(EVENT, "توقيع", "\ufefb"), EVENT, 4, "U+FEFB"),
    "not NFC": (replaced(EVENT, "Ministers", "Ministe\u0301rs"), EVENT, 3, "normalisation form C"),
    "lone CR": (written(EVENT, b"id: x\rinclusion: core\n"), EVENT, 1, "U+000D"),
    "empty file": (written(EVENT, b""), EVENT, None, "is empty"),
    "only comments": (written(EVENT, b"# nothing\n"), EVENT, 1, "only comments"),
    "climbing id": (
        replaced(ARTICLE, "id: rudaw-2024-05-12-agreement", "id: ../../x"),
        ARTICLE,
        1,
        "identifier",
    ),
    "climbing reference": (replaced(ARTICLE, "[baghdad]", "[../baghdad]"), ARTICLE, 20, "identifier"),
    "ftp": (
        replaced(ARTICLE, "https://example.org/12052024", "ftp://example.org"),
        ARTICLE,
        5,
        "http or https",
    ),
    "javascript": (
        replaced(ARTICLE, "https://example.org/12052024", "javascript:alert(1)"),
        ARTICLE,
        5,
        "http or https",
    ),
    "long locator": (replaced(ARTICLE, "signed a memorandum", "a b c d e f g h i"), ARTICLE, 14, "at most 8"),
    "number with comma": (replaced(ARTICLE, "value: 5", "value: 1,200"), ARTICLE, 40, "without separators"),
    "wrong shelf": (
        written("curated/events/may/x.yaml", b"id: x\ninclusion: core\ntitle_en: A\ntitle_ar: \xd8\xa8\n"),
        "curated/events/may/x.yaml",
        1,
        "folder named for its year",
    ),
    "YAML bomb": (written(EVENT, b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"), EVENT, 1, "anchors"),
    "deep nesting": (written(EVENT, b"[" * 20_000), EVENT, 1, ""),
    "deep block nesting": (
        written(EVENT, b"".join(b" " * i + b"a:\n" for i in range(40))),
        EVENT,
        None,
        "deep",
    ),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_bad_input_names_file_line_and_remedy(case: str, tmp_path: Path) -> None:
    change, file, line, remedy = BAD[case]
    data = write(tmp_path)
    change(data)
    where = f"data/{file}:" if line is None else f"data/{file}:{line}:"
    assert any(p.startswith(where) and remedy in p for p in problems(data)), problems(data)


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    data = write(tmp_path)
    for case in ("unknown code", "ftp", "long locator", "missing key"):
        BAD[case][0](data)
    found = problems(data)
    assert {p.split(":")[0] for p in found} == {f"data/{ARTICLE}", f"data/{EVENT}"}
    assert len(found) >= 4


def test_a_file_of_100_megabytes_is_refused_unread(tmp_path: Path) -> None:
    data = write(tmp_path)
    with (data / EVENT).open("wb") as stream:
        stream.truncate(100_000_000)
    (said,) = [p for p in problems(data) if EVENT in p and "bytes" in p]
    assert "at most 4,000,000" in said


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    data = write(tmp_path)
    outside = tmp_path / "secret.yaml"
    outside.write_text("id: secret\n")
    os.symlink(outside, data / "curated/events/2024/secret.yaml")
    assert any("leads out of the data folder" in p for p in problems(data))


def test_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    data = write(tmp_path)
    path = data / ARTICLE
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert list(records.read(data, terms())["sources"]) == ["rudaw-2024-05-12-agreement"]


def test_every_scalar_is_text(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 0x1F\nb: 1_000\nc: 2024-05-12\nd: yes\ne: 1e3\n")
    assert strict.read_yaml(path).plain() == {
        "a": "0x1F",
        "b": "1_000",
        "c": "2024-05-12",
        "d": "yes",
        "e": "1e3",
    }


def test_json_lines_give_the_same_claims_as_yaml(tmp_path: Path) -> None:
    import json

    node = strict.read_yaml(write(tmp_path) / ARTICLE)
    path = tmp_path / "articles.jsonl"
    path.write_text(json.dumps(node.plain(), ensure_ascii=False) + "\n", "utf-8")
    (other,) = strict.read_jsonl(path)
    assert [c.key for c in claims.claims_of(other)] == [c.key for c in claims.claims_of(node)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"a": null}', "leave the key out"),
        ('{"a": NaN}', "is not a value"),
        ('{"a": 1, "a": 2}', "twice"),
        ("{", "not JSON"),
        ("[" * 100_000, "deep"),
    ],
)
def test_bad_json_lines(line: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("{}\n" + line + "\n", "utf-8")
    with pytest.raises(ProblemsError) as caught:
        strict.read_jsonl(path)
    assert f"{path}:2: " in str(caught.value)
    assert said in str(caught.value)
