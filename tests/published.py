"""A small published package: the project's records, and articles that do not agree with the first."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from project import terms, write

from iqsy import derive, frames, package, records

SIGNING = "2024-05-12-ministers-sign"
VISIT = "2024-05-visit-to-baghdad"
DIFFERING: list[dict[str, Any]] = [
    {
        "event": SIGNING,
        "at": "وقع الوزيران",
        "acts": ["signing", "press_conference"],
        "date": {"value": "2024-05", "raw": "في أيار"},
        "participants": [{"actor": "abdul-amir-al-shammari", "role": "signatory", "as": "عبد الأمير الشمري"}],
        "figures": [{"measure": "areas", "value": "6", "item": "memorandum"}],
        "quotes": [
            {
                "by": {"type": "unnamed_official", "country": "IQ"},
                "via": {"type": "broadcaster", "country": "SY"},
                "at": "قال مصدر",
                "topics": {"codes": ["border-control"], "complete": "true"},
            }
        ],
    },
    {"event": VISIT, "stance": "previews", "acts": ["visit"], "date": "2024-05-12", "places": ["iraq"]},
]


def article(name: str, says: Sequence[dict[str, Any]], **about: Any) -> dict[str, Any]:
    """A record of an article that INA published in Arabic, unless `about` has it otherwise."""
    return {
        "id": name,
        "publisher": "ina",
        "title": "العراق وسوريا يوقعان",
        "language": "ar",
        "url": f"https://example.org/{name}",
        "published": "2024-05-14",
        "genre": "news_report",
        "accessed": "2026-11-24",
        "coder": "a",
        "text": {"seen": "whole"},
        "says": list(says),
        **about,
    }


def records_in(root: Path, articles: Sequence[dict[str, Any]], **event: Any) -> Path:
    """Records below `root`/data: the project's, these articles and a second event; returns that folder.

    `event` has more of the second event's record.
    """
    data = write(root)
    for record in articles:
        _dump(data / f"curated/articles/2024/{record['id']}.yaml", record)
    _dump(data / "curated/series.yaml", [{"id": "visits", "title_en": "Visits", "title_ar": "زيارات"}])
    titles = {"title_en": "Visit to Baghdad", "title_ar": "زيارة إلى بغداد"}
    _dump(data / f"curated/events/2024/{VISIT}.yaml", {"id": VISIT, "inclusion": "core", **titles, **event})
    return data


def _dump(path: Path, record: object) -> None:
    # By way of JSON nothing is there twice, and PyYAML writes no aliases, which records must not have.
    plain = json.loads(json.dumps(record))
    path.write_text(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False), encoding="utf-8")


def tables_of(data: Path, model: str = "standard") -> dict[str, pa.Table]:
    """The tables that are built from a data folder."""
    rows = derive.derive(records.read(data, terms()), terms(), model).tables
    return {name: frames.to_arrow(terms().tables[name], rows[name]) for name in rows}


def differing(root: Path) -> dict[str, pa.Table]:
    """Tables in which accounts of one event differ, and another event is a planned one."""
    link = {"to": SIGNING, "relation": "prepares"}
    articles = [article("ina-2024-05-14-agreement", DIFFERING)]
    return tables_of(records_in(root, articles, links=[link], extent="single"))


def publish(root: Path) -> Path:
    """A folder that is a package of these tables."""
    package.write_tables(differing(root / "records"), root / "published" / package.TABLES)
    return root / "published"
