"""Packages as files: open one that nobody vouches for, read its tables typed, write tables in one fixed form.

Whatever a package comes in, its files are first brought into a folder (those of a zip or a git revision into
a temporary one), and one way of reading follows. Nothing outside that folder is ever opened.
"""

from __future__ import annotations

import codecs
import csv
import json
import os
import shutil
import stat
import subprocess
import tempfile
import weakref
import zipfile
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from iqsy.constraints import quoted, text_of
from iqsy.contract import Contract, Table
from iqsy.frames import align, arrow_schema, mistyped
from iqsy.problems import Problem, ProblemsError

DESCRIPTOR = "datapackage.json"
TABLES = "data/tables"
CSV, PARQUET = ".csv", ".parquet"

MAX_FILES = 2_000
LONGEST_CELL = 100_000
MAX_BYTES = 1 << 30
MAX_RATIO = 200
RATIO_FROM = 10_000_000
MAX_DESCRIPTOR = 4_000_000
ROWS_PER_BYTE = 100
BLOCK = 1 << 20
MOST_SHOWN = 20

# How a cell is spelled. Arrow's own casts take more: hexadecimal digits, inf, 1 for true.
SPELLINGS = {
    pa.int64(): r"^-?[0-9]+\z",
    pa.float64(): r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\z",
    pa.bool_(): r"^(true|false)\z",
    pa.date32(): r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\z",
}
# The days that Python knows, as Arrow counts them: from 1970 on.
FIRST_DAY, LAST_DAY = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))


@dataclass(eq=False)
class Package:
    """An opened package.

    `tables` have the contract's columns and types. What cannot be read is null in them, a table of which
    nothing can be read is left out, and `problems` says so of each. Temporary files go when the package does.
    """

    name: str
    folder: Path
    scratch: Path
    tables: dict[str, pa.Table] = field(default_factory=dict)
    own_csv: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def csv_file(self, table: str) -> Path:
        """The CSV file of a table: the package's own, or one made from its Parquet."""
        file = self.own_csv.get(table, self.scratch / f"{table}{CSV}")
        if not file.exists():
            write_csv(self.tables[table], file)
        return file

    def csv_files(self) -> dict[str, Path]:
        """The CSV files of all tables, by name."""
        return {table: self.csv_file(table) for table in self.tables}


class _Unreadable(Exception):
    """A file of which nothing can be used, with the line that shows it."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def open_package(given: str | Path, contract: Contract) -> Package:
    """Open a folder, a datapackage.json, a zip, or a git revision (`REV:`, `REV:folder`) of the repository.

    Only tables that the contract names are looked for. Raises ProblemsError where there is nothing to judge:
    no such package, a descriptor that is none, an archive that is broken or unsafe.
    """
    scratch = Path(tempfile.mkdtemp(prefix="iqsy-")).resolve()
    try:
        folder, descriptor = _bring(given, scratch / "package")
        package = Package(str(given), folder, scratch)
        places = _declared(package, descriptor, contract) if descriptor else _usual(package, contract)
        for name, path in places.items():
            _read(package, contract.tables[name], path)
    except BaseException:
        shutil.rmtree(scratch)
        raise
    weakref.finalize(package, shutil.rmtree, scratch, ignore_errors=True)
    return package


def installed_root() -> Path:
    """The folder of iqsy's own data: inside an installed wheel, or the checkout that this module lies in."""
    here = Path(__file__).resolve().parent
    for root in (here / "_package", here.parents[1]):
        if (root / DESCRIPTOR).is_file() and (root / "schema").is_dir():
            return root
    raise _refused("this installation of iqsy holds no data; install its wheel, or work in a checkout")


def read_table(root: Path, name: str, contract: Contract) -> pa.Table:
    """A table of iqsy's own data: from Parquet where that is not older than the CSV, else from the CSV.

    Raises ProblemsError where the table is not there or does not fit the contract.
    """
    table = contract.tables[name]
    path = root / table.path
    if parquet_is_current(path):
        path = path.with_suffix(PARQUET)
    if not path.exists():
        raise _refused("the table is not there; `python3 build` makes it", str(path))
    arrow, problems = _read_file(path, table, str(path))
    if arrow is None or problems:
        raise ProblemsError(problems)
    return arrow


# --- writing ---


def write_tables(tables: Mapping[str, pa.Table], folder: Path) -> None:
    """Write every table as `<name>.csv` and `<name>.parquet`; the same tables give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_csv(table, folder / f"{name}{CSV}")
        # Second, for a Parquet older than its CSV counts as stale.
        pq.write_table(
            table.replace_schema_metadata(None).combine_chunks(),
            folder / f"{name}{PARQUET}",
            compression="zstd",
            compression_level=9,
            store_schema=False,
        )


def write_csv(table: pa.Table, path: Path) -> None:
    """Write a table as UTF-8 with LF, a header and few quotes. Null and empty text are empty cells."""
    import polars as pl  # here, for whoever only reads does without it

    for position, column in enumerate(table.columns):
        if pa.types.is_floating(column.type):
            # Arrow writes the fewest digits that give the same number again, and 5 for 5.0.
            table = table.set_column(position, table.column_names[position], column.cast(pa.string()))
    pl.DataFrame(table).write_csv(path, line_terminator="\n", quote_style="necessary")


def parquet_is_current(csv_path: Path) -> bool:
    """Whether the Parquet beside a CSV is there and not older than it."""
    parquet = csv_path.with_suffix(PARQUET)
    if not (parquet.exists() and csv_path.exists()):
        return parquet.exists()
    return parquet.stat().st_mtime_ns >= csv_path.stat().st_mtime_ns


# --- bringing a package into a folder ---


def _bring(given: str | Path, scratch: Path) -> tuple[Path, Path | None]:
    """The folder of a package, links resolved, and its descriptor if it has one."""
    shown = str(given)
    if os.path.isdir(given):
        folder = Path(given).resolve()
    elif os.path.isfile(given) and zipfile.is_zipfile(given):
        folder = scratch / _unzip(Path(given), scratch)
    elif os.path.isfile(given) and shown.endswith(".json"):
        descriptor = Path(given).resolve()
        return descriptor.parent, descriptor
    elif os.path.isfile(given):
        raise _refused(f"is neither a {DESCRIPTOR} nor a zip", shown)
    elif ":" in shown:
        folder = scratch / _check_out(shown, scratch)
    else:
        raise _refused(f"there is no such folder, {DESCRIPTOR}, zip or git revision (REV:)", shown)
    descriptor = folder / DESCRIPTOR
    if not os.path.lexists(descriptor):
        return folder, None
    if reason := _unsafe(folder, DESCRIPTOR):
        raise _refused(reason, str(descriptor))
    return folder, descriptor


def _is_part(name: str) -> bool:
    """Whether a file of an archive or revision can be part of a package."""
    return name.endswith((CSV, PARQUET)) or name.rpartition("/")[2] == DESCRIPTOR


def _plain(path: str) -> bool:
    """Whether a path is relative, only goes down, and means the same on every system."""
    parts = path.split("/")
    return path.isprintable() and not set(path) & set("\\:") and not {"", ".", ".."} & set(parts)


def _top(names: Iterable[str], shown: str) -> str:
    """The folder of an archive that is the package: its uppermost descriptor's, or what all files share."""
    paths = [PurePosixPath(name) for name in names]
    described = [path for path in paths if path.name == DESCRIPTOR]
    if not described:
        return os.path.commonpath([path.parent for path in paths]) if paths else ""
    depth = min(len(path.parts) for path in described)
    uppermost = [path.parent for path in described if len(path.parts) == depth]
    if len(uppermost) > 1:
        raise _refused(f"holds several packages ({', '.join(map(str, uppermost))}); give one of them", shown)
    return str(uppermost[0])


def _unzip(path: Path, scratch: Path) -> str:
    """Unpack the files of a package into `scratch`; return its folder there."""
    shown, packed, total = str(path), path.stat().st_size, 0
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, shown)
            for member in members:
                target = scratch / member.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, target.open("xb") as sink:
                    total += _copy(source, sink, min(member.compress_size, packed), total, shown)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError) as error:
        raise _refused(f"cannot be unpacked: {error}", shown) from error
    return _top([member.filename for member in members], shown)


def _members(archive: zipfile.ZipFile, shown: str) -> list[zipfile.ZipInfo]:
    """The files to unpack. The archive is refused whole where any entry, needed or not, is unsafe."""
    entries = archive.infolist()
    if len(entries) > MAX_FILES:
        raise _refused(f"has {len(entries):,} entries; a package has at most {MAX_FILES:,}", shown)
    total = sum(entry.file_size for entry in entries)
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename.removesuffix("/")
        if reason := _unsafe_entry(entry, name, seen):
            raise _refused(f"entry {quoted(name)} {reason}", shown)
        _check_size(entry.file_size, entry.compress_size, total, shown)
        seen.add(name)
    return [entry for entry in entries if not entry.is_dir() and _is_part(entry.filename)]


def _unsafe_entry(entry: zipfile.ZipInfo, name: str, seen: set[str]) -> str | None:
    if not _plain(name) or entry.orig_filename != entry.filename:
        return "could land outside the folder that it is unpacked to"
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or device; a package has plain files only"
    if name in seen:
        return "is there twice"
    if entry.flag_bits & 1:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in another way than deflate"
    return None


def _copy(source: IO[bytes], sink: IO[bytes], packed: int, before: int, shown: str) -> int:
    """Unpack a file and return its size, which is counted on the way, for headers may lie."""
    size = 0
    while block := source.read(BLOCK):
        size += len(block)
        _check_size(size, packed, before + size, shown)
        sink.write(block)
    return size


def _check_size(size: int, packed: int, total: int, shown: str) -> None:
    if total > MAX_BYTES:
        raise _refused(f"unpacks to more than {MAX_BYTES:,} bytes; unpack it yourself if you trust it", shown)
    if size > RATIO_FROM and size > MAX_RATIO * packed:
        raise _refused(f"an entry unpacks to more than {MAX_RATIO} times its size, as no table does", shown)


def _check_out(given: str, scratch: Path) -> str:
    """Write the files of a git revision into `scratch`; return the package's folder there.

    Objects are taken as they are stored: no attribute, filter or hook of the repository acts on them.
    """
    revision, _, prefix = given.partition(":")
    prefix = prefix.rstrip("/")
    if not revision or revision.startswith("-") or not given.isprintable() or (prefix and not _plain(prefix)):
        raise _refused("is neither a file nor a git revision (REV: or REV:folder)", quoted(given))
    commit = _git(given, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
    listing = _git(given, "ls-tree", "-r", "-z", "-l", "--full-tree", commit).decode(errors="replace")
    sizes: dict[tuple[str, str], int] = {}
    for entry in listing.split("\0")[:-1]:
        about, _, name = entry.partition("\t")
        mode, _, blob, size = about.split()
        inside = not prefix or name.startswith(f"{prefix}/")
        if mode.startswith("100") and inside and _is_part(name) and _plain(name):
            if not size.isdecimal():
                raise _refused(f"lacks the contents of {name}, as a partial clone does", given)
            sizes[name, blob] = int(size)
    if len(sizes) > MAX_FILES or sum(sizes.values()) > MAX_BYTES:
        raise _refused(f"has more than {MAX_FILES:,} files or {MAX_BYTES:,} bytes", given)
    for (name, _), content in zip(sizes, _blobs(given, [blob for _, blob in sizes]), strict=True):
        target = scratch / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return prefix


def _blobs(given: str, blobs: Sequence[str]) -> Iterator[bytes]:
    """The contents of git objects, in the order asked for."""
    output = _git(given, "cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in blobs))
    start = 0
    for _ in blobs:
        line_end = output.index(b"\n", start)
        start = line_end + 1 + int(output[start:line_end].split()[2])
        yield output[line_end + 1 : start]
        start += 1


def _git(given: str, *arguments: str, stdin: str = "") -> bytes:
    # Git would fetch what a partial clone lacks.
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(["git", *arguments], input=stdin.encode(), capture_output=True, env=environment)
    except OSError as error:
        raise _refused(f"git cannot be run: {error.strerror}", given) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise _refused(f"there is no such file, nor such a git revision here{said and ': '}{said}", given)
    return done.stdout


# --- finding the tables of a package ---


def _usual(package: Package, contract: Contract) -> dict[str, str]:
    """Where the tables lie in a folder without a descriptor: in data/tables, or in the folder itself."""
    base = f"{TABLES}/" if (package.folder / TABLES).is_dir() else ""
    places = {}
    for name in contract.tables:
        for suffix in (PARQUET, CSV):
            if os.path.lexists(package.folder / f"{base}{name}{suffix}"):
                places[name] = f"{base}{name}{suffix}"
    if not places:
        example = f"{next(iter(contract.tables))}{CSV}"
        raise _refused(f"holds no {DESCRIPTOR} and no table of the contract, such as {example}", package.name)
    package.problems += [_missing(name) for name in contract.tables if name not in places]
    return places


def _declared(package: Package, descriptor: Path, contract: Contract) -> dict[str, str]:
    """Where a descriptor says that the tables lie. Unsafe paths, of any resource, are reported only."""
    places: dict[str, str] = {}
    listed: set[str] = set()
    for resource in _resources(descriptor):
        name, path = resource.get("name"), resource.get("path")
        table = name if isinstance(name, str) and name in contract.tables else None
        problems = [
            Problem("unsafe-path", f"path {quoted(part)} {reason}", value=part)
            for part in (path if isinstance(path, list) else [path])
            if isinstance(part, str) and (reason := _unsafe(package.folder, part))
        ]
        if table and table in listed:
            problems.append(Problem("descriptor", f"resource {table} is listed twice; list it once"))
        elif table and not problems and isinstance(path, str) and path.endswith((CSV, PARQUET)):
            places[table] = path
        elif table and not problems:
            message = f"resource {table} should have one path, to a {CSV} or {PARQUET} file"
            problems.append(Problem("descriptor", message))
        listed.update([table] if table else [])
        package.problems += [replace(problem, file=DESCRIPTOR, table=table) for problem in problems]
    package.problems += [_missing(name) for name in contract.tables if name not in listed]
    return places


def _resources(descriptor: Path) -> list[dict[str, Any]]:
    shown = str(descriptor)
    try:
        with descriptor.open("rb") as stream:
            raw = stream.read(MAX_DESCRIPTOR + 1)
        if len(raw) > MAX_DESCRIPTOR:
            raise _refused(f"has more than {MAX_DESCRIPTOR:,} bytes, as no descriptor does", shown)
        content = json.loads(raw)
    except RecursionError as error:
        raise _refused("is nested too deep for a descriptor", shown) from error
    except OSError as error:
        raise _refused(f"cannot be read: {error.strerror}", shown) from error
    except ValueError as error:
        raise _refused(f"is not JSON: {error}", shown) from error
    resources = content.get("resources") if isinstance(content, dict) else None
    if not isinstance(resources, list) or not all(isinstance(resource, dict) for resource in resources):
        raise _refused("should be an object whose resources are a list of objects", shown)
    return resources


def _unsafe(folder: Path, path: str) -> str | None:
    """Why a file of a package must not be opened; None if it may. `folder` has its links resolved."""
    if not _plain(path):
        return f"is not a plain relative path, such as {TABLES}/events.csv"
    target = folder / path
    try:
        if not target.resolve(strict=os.path.lexists(target)).is_relative_to(folder):
            return "leads out of the package"
        if target.exists() and not target.is_file():
            return "is not that of a file"
    except (OSError, RuntimeError):  # too long, a link to nowhere, or a ring of links
        return "cannot be followed"
    return None


# --- reading a table ---


def _read(package: Package, table: Table, path: str) -> None:
    """Read a table from CSV, from Parquet where there is no CSV; where there are both, compare them."""
    stem = path.removesuffix(CSV).removesuffix(PARQUET)
    present = [name for name in (stem + CSV, stem + PARQUET) if os.path.lexists(package.folder / name)]
    problems = [] if present else [replace(_missing(table.name), file=path)]
    found = {}
    for name in present:
        if reason := _unsafe(package.folder, name):
            problems.append(Problem("unsafe-path", f"the file {reason}", name, table=table.name))
            continue
        arrow, more = _read_file(package.folder / name, table, name)
        problems += more
        if arrow is not None:
            found[name] = arrow
    if found:
        package.tables[table.name] = next(iter(found.values()))
    if stem + CSV in found:
        package.own_csv[table.name] = package.folder / (stem + CSV)
    if len(found) == 2 and not problems:
        problems += _differences(table, found)
    package.problems += problems


def _read_file(path: Path, table: Table, shown: str) -> tuple[pa.Table | None, list[Problem]]:
    """A table as the contract has it, and what is wrong with its file; None if nothing of it can be used."""
    try:
        arrow, problems = (_read_csv if path.suffix == CSV else _read_parquet)(path, table)
    except _Unreadable as error:
        arrow, problems = None, [Problem("unreadable", str(error), line=error.line)]
    except OSError as error:
        arrow, problems = None, [Problem("unreadable", f"cannot be read: {error.strerror or error}")]
    return arrow, [replace(problem, file=shown, table=table.name) for problem in problems]


def _read_csv(path: Path, table: Table) -> tuple[pa.Table, list[Problem]]:
    """Read a CSV strictly.

    Python's reader goes over the rows, to say what is wrong where; Arrow's, far quicker, takes the values.
    """
    header, lines, problems = _scan(path)
    text = _text(path, len(header), len(lines))
    types = _types(table)
    columns = []
    for name, column in zip(header, text.columns, strict=True):
        good, bad = _parsed(column, types.get(name, pa.string()))
        columns.append(good)
        for row in bad[:MOST_SHOWN]:
            problem = mistyped(table, table.by_name[name], (), column[row].as_py())
            problems.append(replace(problem, line=lines[row]))
        problems += _rest("type", len(bad), f"cells of {name} like these")
    arrow, misfits = _fit(pa.Table.from_arrays(columns, header), table)
    return arrow, problems + misfits


def _scan(path: Path) -> tuple[list[str], array[int], list[Problem]]:
    """The header, the lines on which whole rows begin, and what is wrong with the others."""
    problems = []
    with path.open("rb") as stream:
        if stream.read(3) == codecs.BOM_UTF8:
            problems.append(Problem("encoding", "begins with a byte order mark; save it without one", line=1))
    rows = _rows(path)
    _, header = next(rows, (1, []))
    if not header:
        raise _Unreadable("its first line should be the header", 1)
    lines, n_ragged = array("q"), 0
    for line, row in rows:
        if len(row) == len(header):
            lines.append(line)
            continue
        n_ragged += 1
        if n_ragged <= MOST_SHOWN:
            message = f"a row of {len(row)} cells, where the header has {len(header)}"
            problems.append(Problem("row", message, line=line))
    return header, lines, problems + _rest("row", n_ragged, "rows like these")


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV, each with the line on which it begins."""
    reader, start = csv.reader(_lines(path), strict=True), 1
    try:
        for row in reader:
            # The csv module's own limit is one for the whole process, and others lift it.
            if any(len(cell) > LONGEST_CELL for cell in row):
                raise csv.Error(f"a cell is over the limit of {LONGEST_CELL:,} characters")
            yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        raise _Unreadable(f"the row that begins here is not CSV: {error}", start) from error


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if b"\0" in line:
                raise _Unreadable("holds a NUL byte; delete it", number)
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                message = f"byte 0x{line[error.start]:02x} is not UTF-8; save the file as UTF-8"
                raise _Unreadable(message, number) from error


def _text(path: Path, width: int, height: int) -> pa.Table:
    """The whole rows below the header, every cell as text, an empty one as null."""
    names = [str(position) for position in range(width)]
    if height == 0:
        return pa.table({name: pa.chunked_array([[]], pa.string()) for name in names})
    text = pyarrow.csv.read_csv(
        path,
        # A row has to fit into a block; Python's reader has refused any cell of over 131,072 characters.
        read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=max(1 << 24, width << 19)),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=lambda _: "skip"),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        ),
    ).slice(1)
    assert text.num_rows == height, "Arrow and Python take different rows from the same text"
    return text


def _parsed(text: pa.ChunkedArray, wanted: pa.DataType) -> tuple[pa.ChunkedArray, list[int]]:
    """Cells in the type of their column, and the rows of those that cannot be; these are null."""
    if wanted not in SPELLINGS:
        return text, []
    spelled = pc.if_else(pc.match_substring_regex(text, SPELLINGS[wanted]), text, pa.scalar(None, text.type))
    try:
        typed = spelled.cast(wanted)
    except pa.ArrowInvalid:  # 30 February, or an integer of twenty digits, somewhere
        typed = pa.chunked_array([[_value(cell, wanted) for cell in spelled]], wanted)
    if pa.types.is_floating(wanted):  # 1e999 is infinite
        typed = pc.if_else(pc.is_finite(typed), typed, pa.scalar(None, wanted))
    typed = _datable(typed)
    return typed, _lost(text, typed)


def _value(cell: pa.Scalar, wanted: pa.DataType) -> Any:
    try:
        return cell.cast(wanted).as_py()
    except pa.ArrowInvalid:
        return None


def _datable(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column without the days, before year 1 or after 9999, that Python has no date for."""
    if not pa.types.is_date(column.type):
        return column
    day = column.cast(pa.int32())
    known = pc.and_(pc.greater_equal(day, FIRST_DAY), pc.less_equal(day, LAST_DAY))
    return pc.if_else(known, column, pa.scalar(None, column.type))


def _lost(before: pa.ChunkedArray, after: pa.ChunkedArray) -> list[int]:
    """The rows whose value became null."""
    rows: list[int] = pc.indices_nonzero(pc.and_(before.is_valid(), after.is_null())).to_pylist()
    return rows


def _read_parquet(path: Path, table: Table) -> tuple[pa.Table, list[Problem]]:
    """Read a Parquet with the types that it declares; NaN is left for the judges to find."""
    try:
        with pq.ParquetFile(path) as file:
            n_rows = file.metadata.num_rows
            # No key repeats, so no table packs as well as that; a file that claims to would fill the memory.
            if n_rows > ROWS_PER_BYTE * path.stat().st_size:
                raise _Unreadable(f"claims to hold {n_rows:,} rows, more than a file of its size can")
            arrow = file.read()
        arrow.validate(full=True)
        arrow, problems = _fit(arrow, table)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _Unreadable(f"is no Parquet, or not a whole one: {quoted(str(error))}") from error
    for position, column in enumerate(arrow.columns):
        good = _datable(column)
        if lost := _lost(column, good):
            name = table.columns[position]
            message = (
                f"{name} has {len(lost):,} days before year 1 or after 9999, first in row {lost[0] + 1:,}"
            )
            problems.append(Problem("type", message, column=name))
            arrow = arrow.set_column(position, arrow.schema.field(position), good)
    return arrow, problems


def _fit(arrow: pa.Table, table: Table) -> tuple[pa.Table, list[Problem]]:
    """A table in the contract's columns, and what did not fit: a missing or mistyped column is null."""
    problems: list[Problem] = []
    fitting, found = align(arrow, table)
    while fitting is None:  # once for its columns, once for their types
        problems += found
        usable = set(arrow.column_names) - {problem.column for problem in found}
        arrow = pa.table(
            {
                name: arrow.column(arrow.column_names.index(name))
                if name in usable
                else pa.nulls(len(arrow), kind)
                for name, kind in _types(table).items()
            }
        )
        fitting, found = align(arrow, table)
    return fitting, problems


def _types(table: Table) -> dict[str, pa.DataType]:
    return {column.name: column.type for column in arrow_schema(table)}


def _differences(table: Table, found: Mapping[str, pa.Table]) -> Iterator[Problem]:
    """How the two files of a table differ: in the number of rows, or else in which columns."""
    (shown, ours), (other, theirs) = found.items()
    if ours.num_rows != theirs.num_rows:
        message = f"has {ours.num_rows:,} rows, {other} has {theirs.num_rows:,}; write both from one table"
        yield Problem("differs", message, shown, table=table.name)
        return
    for name in table.columns:
        if ours[name].equals(theirs[name]):
            continue
        unequal = pc.fill_null(pc.not_equal(ours[name], theirs[name]), False)
        one_null = pc.xor(ours[name].is_null(), theirs[name].is_null())
        rows = pc.indices_nonzero(pc.or_(unequal, one_null)).to_pylist()
        here, there = (quoted(text_of(arrow[name][rows[0]].as_py())) for arrow in (ours, theirs))
        message = f"{name} differs from {other} in {len(rows):,} rows, first in row {rows[0] + 1:,}"
        yield Problem(
            "differs", f"{message}: {here} here, {there} there", shown, table=table.name, column=name
        )


def _rest(code: str, n: int, what: str) -> list[Problem]:
    """A last finding that counts those that are not shown."""
    return [Problem(code, f"and {n - MOST_SHOWN:,} more {what}")] if n > MOST_SHOWN else []


def _missing(name: str) -> Problem:
    return Problem("structure", f"table {name} is missing from the package", table=name)


def _refused(message: str, file: str | None = None) -> ProblemsError:
    return ProblemsError([Problem("package", message, file)])
