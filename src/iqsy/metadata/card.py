"""The dataset card of a Hugging Face repository: its README.md, whose head says how each table is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from iqsy.codebook.content import GROUPS
from iqsy.contract import Table
from iqsy.metadata.citation import words as citation
from iqsy.metadata.release import Release, parquet_path

FILE = "dataset-card.md"
DEFAULT = "events_flat"
SPLIT = "train"
TYPES = {
    "string": "string",
    "integer": "int64",
    "number": "float64",
    "boolean": "bool",
    "date": "date32",
}
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
LOADING = f"""\
```python
from datasets import load_dataset

{DEFAULT} = load_dataset(REPOSITORY, "{DEFAULT}", split="{SPLIT}")
```"""
COUNTING = """\
Filter first, then count distinct `episode_id`: a trip and its meetings are one episode. Sum `value_number` of
`figures` where `is_counted`."""


def text(release: Release) -> str:
    """The card: a head in YAML, then what the dataset is and what each table holds."""
    head = yaml.safe_dump(front(release), allow_unicode=True, sort_keys=False, width=110)
    return f"---\n{head}---\n\n" + "\n\n".join(_body(release)) + "\n"


def front(release: Release) -> dict[str, Any]:
    """The head: licence, languages, and a configuration with its columns for every table in Parquet."""
    about = release.about
    tables = _tables(release)
    most = max((release.tables[table.name].num_rows for table in tables), default=0)
    return {
        "license": about.licenses[0]["name"].lower(),
        "language": list(about.languages),
        "pretty_name": about.title,
        "tags": [keyword.lower() for keyword in about.keywords],
        "size_categories": [next((name for limit, name in SIZES if most < limit), "1M<n<10M")],
        "configs": [_config(table) for table in tables],
        "dataset_info": [_info(table) for table in tables],
    }


def _tables(release: Release) -> list[Table]:
    """The tables with a Parquet file and at least one row, that which opens first before the others."""
    held = [
        table
        for table in release.contract.tables.values()
        if parquet_path(table) in release.files and release.tables[table.name].num_rows
    ]
    return sorted(
        held, key=lambda table: (table.name != DEFAULT, list(GROUPS).index(table.group), table.name)
    )


def _config(table: Table) -> dict[str, Any]:
    files = [{"split": SPLIT, "path": parquet_path(table)}]
    config = {"config_name": table.name, "data_files": files}
    return {**config, "default": True} if table.name == DEFAULT else config


def _info(table: Table) -> dict[str, Any]:
    features = [{"name": field.name, "dtype": TYPES[field.type]} for field in table.fields]
    return {"config_name": table.name, "features": features}


def _body(release: Release) -> Iterator[str]:
    about = release.about
    yield f"# {about.title}"
    yield about.description
    yield f'<div dir="rtl" lang="ar">\n\n**{about.title_ar}**\n\n{about.description_ar}\n\n</div>'
    yield f'## Load it\n\n```python\nfrom datasets import load_dataset\n\n{DEFAULT} = load_dataset(REPOSITORY, "{DEFAULT}")\n```'
    yield f"## Count it\n\n{COUNTING}"
    yield "## Tables"
    lines = ["| table | rows | one row is |", "|---|--:|---|"]
    for table in _tables(release):
        rows = release.tables[table.name].num_rows
        lines.append(f"| `{table.name}` | {rows:,} | {table.description} |")
    yield "\n".join(lines)
    for title, words in (
        ("How it was made", about.method),
        ("Limits", about.caveats),
        ("Personal data", about.personal_data),
        ("Cite it", citation(release)),
    ):
        if words:
            yield f"## {title}\n\n{words}"
