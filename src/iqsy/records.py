"""The records that people write: their shapes, and reading a whole data folder of them with every problem told.

One article a file says what that article says, coded from it alone; one event a file holds the curators' decisions; the rest is
who, where and what about. `read` returns nodes that are known to fit their shapes and to refer only to what exists.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from iqsy import dates, strict
from iqsy.contract import Contract
from iqsy.problems import Problem, ProblemsError
from iqsy.shapes import Code, Column, Either, Examination, Keys, Many, Ref, Shape, Text
from iqsy.strict import Node

PHRASE = Text("phrase", 160)
ADDRESS = Column(
    "sources", "url", "an http or https address, with what is not a letter, digit or sign written as %XX"
)
HASH = Column("sources", "text_sha256", "a SHA-256 in 64 hexadecimal digits")
PLACE_IN_TEXT: dict[str, Shape] = {
    "at": PHRASE,
    "from": PHRASE,
    "to": PHRASE,
    "nth": Text("integer"),
    "chars": Text("span"),
}
ABOUT_VALUE: dict[str, Shape] = {**PLACE_IN_TEXT, "raw": PHRASE, "inferred": Text("truth")}


def _long(shape: Shape, **more: Shape) -> Either:
    """A value in short form, or long with its words and place."""
    return Either(text=shape, keys=Keys({"value": shape, **ABOUT_VALUE, **more}, ("value",)))


def _codes(shape: Shape) -> Either:
    """A list of values, each short or long; or a mapping that holds the list and says whether it is the whole."""
    listed = {"codes": Many(shape), "complete": Text("truth"), **ABOUT_VALUE}
    return Either(many=Many(_long(shape)), keys=Keys(listed, ("codes",)))


def _one_or_many(shape: Shape) -> Either:
    return Either(text=shape, many=Many(shape))


SPEAKER = Either(
    text=Ref(("actors", "publishers")),
    keys=Keys({"type": Code("speaker_types"), "country": Code("countries")}, ("type",)),
)
SAID: dict[str, Shape] = {
    "status": _long(Code("statuses")),
    "acts": _codes(Code("acts")),
    "date": _long(Text("edtf", 80), basis=Code("date_bases")),
    "places": Many(
        Either(
            text=Ref(("places",)),
            keys=Keys(
                {"place": Ref(("places",)), "place_role": Code("place_roles"), **ABOUT_VALUE}, ("place",)
            ),
        )
    ),
    "instruments": Many(
        Keys(
            {
                "id": Ref(("instruments",)),
                "stage": _one_or_many(Code("stages")),
                "called": _one_or_many(Code("designations")),
                "topics": _codes(Ref(("topics",))),
                **ABOUT_VALUE,
            },
            ("id",),
        )
    ),
    "participants": Many(
        Keys(
            {
                "actor": Ref(("actors",)),
                "role": _one_or_many(Code("roles")),
                "office": Ref(("offices",)),
                "presence": Code("presences"),
                "represents": Ref(("actors",)),
                "as": _one_or_many(Text("text", 200)),
                **ABOUT_VALUE,
            },
            ("actor",),
        )
    ),
    "figures": Many(
        Keys(
            {
                "measure": Code("measures"),
                "value": Text("number"),
                "low": Text("number"),
                "high": Text("number"),
                "about": Text("truth"),
                "item": Text("id"),
                "unit": Code("units"),
                "basis": Code("figure_bases"),
                **ABOUT_VALUE,
            },
            ("measure",),
        )
    ),
    "ordinals": Many(
        Keys(
            {
                "of": Ref(("actors",)),
                "act": Code("acts"),
                "value": Text("integer"),
                "place": Ref(("places",)),
                "since": Ref(("events",)),
                **ABOUT_VALUE,
            },
            ("of", "act", "value"),
        )
    ),
    "topics": _codes(Ref(("topics",))),
    "outcomes": _codes(Code("outcomes")),
}
QUOTE = Keys({"by": SPEAKER, "via": SPEAKER, **PLACE_IN_TEXT, **SAID}, ("by",))
ENTRY = Keys(
    {"event": Ref(("events",)), "stance": Code("stances"), **PLACE_IN_TEXT, **SAID, "quotes": Many(QUOTE)},
    ("event",),
)
ARTICLE = Keys(
    {
        "id": Text("id", 120),
        "publisher": Ref(("publishers",)),
        "title": Text("text", 400),
        "language": Code("languages"),
        "url": ADDRESS,
        "published": Text("edtf", 80),
        "genre": Code("genres"),
        "origin": Keys(
            {"source": Ref(("sources",)), "publisher": Ref(("publishers",)), "basis": Code("origin_bases")},
            ("basis",),
        ),
        "accessed": Text("day"),
        "coder": Text("id", 40),
        "text": Keys({"seen": Code("text_seen"), "sha256": HASH, "length": Text("integer")}, ("seen",)),
        "note": Text("text"),
        "says": Many(ENTRY),
        "ignored": Many(Keys({**PLACE_IN_TEXT, "reason": Text("text", 300)}, ("reason",))),
    },
    ("id", "language", "genre", "accessed", "coder", "text"),
)
EVENT = Keys(
    {
        "id": Text("id", 120),
        "inclusion": Code("inclusions"),
        "extent": Code("extents"),
        "title_en": Text("text", 300),
        "title_ar": Text("text", 300),
        "summary_en": Text(),
        "summary_ar": Text(),
        "part_of": Ref(("events",)),
        "series": Keys({"id": Ref(("series",)), "number": Text("integer")}, ("id",)),
        "links": Many(
            Keys(
                {
                    "to": Ref(("events",)),
                    "relation": Code("relations"),
                    "source": Ref(("sources",)),
                    "at": PHRASE,
                },
                ("to", "relation"),
            )
        ),
        "settle": Many(
            Keys(
                {
                    "property": Code("properties"),
                    "subject": Text("text", 300),
                    "value": Text("text", 300),
                    "reason": Text("text"),
                    "sources": Many(Ref(("sources",))),
                },
                ("property", "value", "reason"),
            )
        ),
    },
    ("id", "inclusion", "title_en", "title_ar"),
)
ACTOR = Keys(
    {
        "id": Text("id", 120),
        "type": Code("actor_types"),
        "country": Code("countries"),
        "side": Code("sides"),
        "parent": Ref(("actors",)),
        "founded": Text("edtf", 80),
        "ended": Text("edtf", 80),
        "succeeded_by": Ref(("actors",)),
        "names": Many(
            Keys(
                {
                    "name": Text("text", 200),
                    "language": Code("languages"),
                    "type": Code("name_types"),
                    "source": Ref(("sources",)),
                },
                ("name", "language"),
            )
        ),
        "tenures": Many(
            Keys(
                {
                    "office": Ref(("offices",)),
                    "start": Text("edtf", 80),
                    "end": Text("edtf", 80),
                    "acting": Text("truth"),
                    "source": Ref(("sources",)),
                },
                ("office", "start", "source"),
            )
        ),
        "note": Text(),
    },
    ("id", "type", "side", "names"),
)
OFFICE = Keys(
    {
        "id": Text("id", 120),
        "body": Ref(("actors",)),
        "title_en": Text("text", 300),
        "title_ar": Text("text", 300),
        "level": Code("office_levels"),
        "portfolio": Code("portfolios"),
        "single_holder": Text("truth"),
    },
    ("id", "body", "title_en", "title_ar", "level", "portfolio"),
)
PLACE = Keys(
    {
        "id": Text("id", 120),
        "type": Code("place_types"),
        "name_en": Text("text", 200),
        "name_ar": Text("text", 200),
        "country": Code("countries"),
        "latitude": Text("number"),
        "longitude": Text("number"),
        "within": Ref(("places",)),
    },
    ("id", "type", "name_en", "name_ar"),
)
PUBLISHER = Keys(
    {
        "id": Text("id", 120),
        "name_en": Text("text", 200),
        "name_ar": Text("text", 200),
        "type": Code("outlet_types"),
        "country": Code("countries"),
        "url": ADDRESS,
        "affiliations": Many(
            Keys(
                {"affiliation": Code("affiliations"), "start": Text("edtf", 80), "end": Text("edtf", 80)},
                ("affiliation",),
            )
        ),
    },
    ("id", "name_en", "type"),
)
TOPIC = Keys(
    {
        "id": Text("id", 120),
        "broader": Ref(("topics",)),
        "label_en": Text("text", 200),
        "label_ar": Text("text", 200),
        "definition_en": Text(),
        "definition_ar": Text(),
        "alt_en": Many(Text("text", 200)),
        "alt_ar": Many(Text("text", 200)),
    },
    ("id", "label_en", "label_ar", "definition_en", "definition_ar"),
)
INSTRUMENT = Keys(
    {
        "id": Text("id", 120),
        "type": Code("instrument_types"),
        "title_en": Text("text", 300),
        "title_ar": Text("text", 300),
        "parties": Many(Ref(("actors",))),
        "signed": Text("edtf", 80),
    },
    ("id", "type", "title_en", "title_ar", "parties"),
)
SERIES = Keys(
    {"id": Text("id", 120), "title_en": Text("text", 300), "title_ar": Text("text", 300)},
    ("id", "title_en", "title_ar"),
)
EXCLUDED = Keys(
    {"id": Text("id", 160), "reason": Code("exclusion_reasons"), "note": Text(), "url": ADDRESS},
    ("id", "reason", "note"),
)

AUDITED = Keys(
    {
        "event": Ref(("events",)),
        "source": Ref(("sources",)),
        "voice": Text("text", 200),
        "property": Code("properties"),
        "subject": Text("text", 300),
        "value": Text("text", 600),
        "verdict": Code("audit_verdicts"),
        "auditor": Text("id", 40),
        "note": Text(),
    },
    ("event", "source", "voice", "property", "subject", "value", "verdict", "auditor"),
)

DRAW = Keys(
    {
        "what": Text("id", 40),
        "seed": Text("integer"),
        "day": Text("day"),
        "by": Many(Text("id", 40)),
        "note": Text(),
    },
    ("what", "seed", "day", "by"),
)

REDIRECT = Keys(
    {"table": Text("text", 60), "old": Text("id", 120), "new": Text("id", 120), "reason": Text()},
    ("table", "old", "reason"),
)

FOLDERS = {"sources": ("articles", ARTICLE), "events": ("events", EVENT), "actors": ("actors", ACTOR)}
LISTS = {
    "offices": ("offices.yaml", OFFICE),
    "places": ("places.yaml", PLACE),
    "publishers": ("publishers.yaml", PUBLISHER),
    "topics": ("topics.yaml", TOPIC),
    "instruments": ("instruments.yaml", INSTRUMENT),
    "series": ("series.yaml", SERIES),
    "excluded": ("excluded.yaml", EXCLUDED),
}
RECODINGS = "recodings"
AUDIT = "audit.yaml"
DRAWS = "draws.yaml"
REDIRECTS = "redirects.yaml"
RELEASES = "releases"
# Tables of which a row is a record with an id of its own, which is never used again.
IDENTIFIED = tuple(table for table in (*FOLDERS, *LISTS) if table != "excluded")


@dataclass
class Records:
    """All records of a data folder, by table and identifier; `recodings` by coder and article.

    `redirects` are of ids that were merged or withdrawn; `released` are the rows that past releases noted of
    what they changed, as text.
    """

    by_table: Mapping[str, dict[str, Node]]
    recodings: dict[tuple[str, str], Node] = field(default_factory=dict)
    extracted: list[Node] = field(default_factory=list)
    redirects: list[Node] = field(default_factory=list)
    released: list[dict[str, str]] = field(default_factory=list)

    def __getitem__(self, table: str) -> dict[str, Node]:
        return self.by_table[table]


def read(data: Path, contract: Contract) -> Records:
    """Read `data/curated`, `data/extracted` and `data/releases`.

    Raises ProblemsError with every problem of every file, each with file, line and remedy.
    """
    reader = _Reader(data, contract)
    records = reader.read()
    problems = sorted(reader.examination.problems)
    if problems:
        raise ProblemsError(problems)
    return records


def audit(data: Path, contract: Contract) -> list[dict[str, object]]:
    """The claims that were read again against their pages, with verdicts; none where no audit is on record."""
    return _plain(data / "curated" / AUDIT, AUDITED, contract)


def draws(data: Path, contract: Contract) -> list[dict[str, object]]:
    """What was drawn at random to be coded twice or audited, in order of time: seed, day, and who did the work."""
    return _plain(data / "curated" / DRAWS, DRAW, contract)


def _plain(path: Path, shape: Shape, contract: Contract) -> list[dict[str, object]]:
    """The entries of a list that no table holds; none where there is no such file."""
    if not path.exists():
        return []
    found = strict.read_yaml(path).items()
    examination = Examination(contract)
    for node in found:
        examination.examine(node, shape)
    if examination.problems:
        raise ProblemsError(examination.problems)
    return [node.plain() for node in found]


def examine_one(path: Path, shape: Shape, contract: Contract) -> tuple[Node, list[Problem]]:
    """One file against one shape, without its references; for commands that look at a single record."""
    node = strict.read_yaml(path)
    examination = Examination(contract)
    examination.examine(node, shape)
    return node, examination.problems


class _Reader:
    def __init__(self, data: Path, contract: Contract) -> None:
        self.data = data
        self.curated = data / "curated"
        self.examination = Examination(contract)

    def read(self) -> Records:
        tables = {t: self._folder(folder, shape) for t, (folder, shape) in FOLDERS.items()}
        tables |= {t: self._list(file, shape) for t, (file, shape) in LISTS.items()}
        recodings = self._recodings()
        extracted = [n for p in self._files(self.data / "extracted", "*.jsonl") for n in self._lines(p)]
        known = {table: list(nodes) for table, nodes in tables.items()}
        self.examination.problems += list(self.examination.resolve(known))
        for (coder, article), node in recodings.items():
            if article not in tables["sources"]:
                self.examination.problems.append(
                    node.problem(f"{coder} recoded {article!r}, which is not among the sources")
                )
        redirects = self._entries(REDIRECTS, REDIRECT)
        return Records(tables, recodings, extracted, redirects, self._released())

    def _recodings(self) -> dict[tuple[str, str], Node]:
        """Second codings. Their coder may see an event where the first saw none, so their events need no record."""
        found: dict[tuple[str, str], Node] = {}
        before = len(self.examination.references)
        for path in self._files(self.curated / RECODINGS, "*.yaml"):
            node = self._one(path, ARTICLE)
            if node is not None:
                found[path.relative_to(self.curated / RECODINGS).parts[0], path.stem] = node
        references = self.examination.references
        references[before:] = [r for r in references[before:] if "events" not in r[0]]
        return found

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.data.parent).as_posix()

    def _files(self, folder: Path, glob: str) -> Iterator[Path]:
        """Files below a folder in a fixed order; a link that leads out of it is a problem, not a file."""
        root = self.data.resolve()
        for path in sorted(folder.rglob(glob)) if folder.is_dir() else ():
            if not path.resolve().is_relative_to(root):
                problem = Problem(
                    "record",
                    "a symbolic link that leads out of the data folder; put the file itself there",
                    self._shown(path),
                )
                self.examination.problems.append(problem)
            elif path.is_file():
                yield path

    def _one(self, path: Path, shape: Shape) -> Node | None:
        """One record; None where it is so wrong that nothing can be said of its references."""
        try:
            node = strict.read_yaml(path, self._shown(path))
        except ProblemsError as error:
            self.examination.problems += error.problems
            return None
        before = len(self.examination.problems)
        self.examination.examine(node, shape)
        return (
            node
            if isinstance(node.value, dict) and len(self.examination.problems) == before
            else _identified(node)
        )

    def _folder(self, folder: str, shape: Shape) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        for path in self._files(self.curated / folder, "*.yaml"):
            node = self._one(path, shape)
            if node is None:
                continue
            identifier = text(node, "id")
            if identifier != path.stem:
                self.examination.problems.append(
                    node.problem(f"its id is {identifier!r}; it should be that of its file, {path.stem!r}")
                )
            self._add(nodes, identifier, node)
            self._check_shelf(path, node)
        return nodes

    def _check_shelf(self, path: Path, node: Node) -> None:
        """Articles and events lie in a folder named for a year, or undated."""
        shelf = path.parent.name
        if shelf != "actors" and not (shelf == "undated" or (len(shelf) == 4 and shelf.isdigit())):
            self.examination.problems.append(
                node.problem(f"lies in {shelf!r}; put it into a folder named for its year, or undated")
            )

    def _list(self, file: str, shape: Shape) -> dict[str, Node]:
        nodes: dict[str, Node] = {}
        for entry in self._entries(file, shape):
            if isinstance(entry.value, dict) and "id" in entry.value:
                self._add(nodes, text(entry, "id"), entry)
        return nodes

    def _entries(self, file: str, shape: Shape) -> list[Node]:
        """The entries of a file that is a list; none where there is no such file, or nothing of it can be read."""
        path = self.curated / file
        if not path.exists():
            return []
        try:
            entries = strict.read_yaml(path, self._shown(path)).items()
        except ProblemsError as error:
            self.examination.problems += error.problems
            return []
        for entry in entries:
            self.examination.examine(entry, shape)
        return entries

    def _released(self) -> list[dict[str, str]]:
        """The rows of every release's log of changes; a log is named for its release."""
        rows: list[dict[str, str]] = []
        for path in self._files(self.data / RELEASES, "*.csv"):
            try:
                with path.open(encoding="utf-8", newline="") as stream:
                    header, *cells = csv.reader(stream, strict=True)
                rows += [{"release": path.stem, **dict(zip(header, row, strict=True))} for row in cells]
            except (OSError, ValueError, csv.Error) as error:
                message = f"is no log of a release: {error}; take it back from the release's tag"
                self.examination.problems.append(Problem("record", message, self._shown(path)))
        return rows

    def _lines(self, path: Path) -> list[Node]:
        try:
            nodes = strict.read_jsonl(path, self._shown(path))
        except ProblemsError as error:
            self.examination.problems += error.problems
            return []
        for node in nodes:
            self.examination.examine(node, ARTICLE)
        return nodes

    def _add(self, nodes: dict[str, Node], identifier: str, node: Node) -> None:
        if identifier in nodes:
            first = nodes[identifier]
            self.examination.problems.append(
                node.problem(f"id {identifier!r} is there twice; first in {first.file}:{first.line}")
            )
        else:
            nodes[identifier] = node


def _identified(node: Node) -> Node | None:
    """A record with problems still answers references, if it says who it is."""
    return (
        node if isinstance(node.value, dict) and isinstance(node.value.get("id", node).value, str) else None
    )


def get(node: Node, key: str) -> Node | None:
    """The node under a key, or None."""
    return node.value.get(key) if isinstance(node.value, dict) else None


def text(node: Node, key: str) -> str:
    """The text under a key that a shape requires."""
    found = get(node, key)
    assert found is not None and isinstance(found.value, str)
    return found.value


def maybe(node: Node, key: str) -> str | None:
    """The text under a key, or None where it was left out."""
    found = get(node, key)
    return found.value if found is not None and isinstance(found.value, str) else None


def truth(node: Node, key: str, default: bool = False) -> bool:
    """True or false under a key, or the default."""
    found = maybe(node, key)
    return default if found is None else found == "true"


def listed(node: Node, key: str) -> list[Node]:
    """The nodes of the list under a key; one value alone is a list of one; none where it was left out."""
    found = get(node, key)
    if found is None:
        return []
    return found.value if isinstance(found.value, list) else [found]


def year_shelf(edtf: str | None) -> str:
    """Folder for a date: its year, or `undated`."""
    start = dates.parse(edtf).start if edtf else None
    return f"{start.year:04d}" if start else "undated"
