"""CITATION.cff: how a release is cited."""

from __future__ import annotations

from typing import Any

import yaml

from iqsy.metadata.release import Release

FILE = "CITATION.cff"
VERSION = "1.2.0"


def text(release: Release) -> str:
    """The release's CITATION.cff."""
    content = yaml.safe_dump(citation(release), allow_unicode=True, sort_keys=False, width=110)
    return str(content)


def citation(release: Release) -> dict[str, Any]:
    """Title, authors, version and licence, from the descriptor."""
    about = release.about
    content: dict[str, Any] = {
        "cff-version": VERSION,
        "message": f"If you use {about.title.partition(':')[0]}, please cite it with the version that you used.",
        "title": about.title,
        "type": "dataset",
        "authors": [{"name": person["title"]} for person in about.contributors],
        "version": about.version,
        "date-released": release.issued,
        "doi": about.id.removeprefix("https://doi.org/") if "doi.org/" in about.id else "",
        "url": about.homepage,
        "license": [licence["name"] for licence in about.licenses],
        "keywords": list(about.keywords),
        "abstract": about.description,
    }
    return {name: value for name, value in content.items() if value}


def words(release: Release) -> str:
    """The citation as one sentence."""
    about = release.about
    who = ", ".join(str(person["title"]) for person in about.contributors)
    return f"{who} ({release.issued[:4]}). {about.title}. Version {about.version}."
