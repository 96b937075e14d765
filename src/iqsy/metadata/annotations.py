"""Web Annotation: what each claim states, tied to the passage of the article that states it, as JSON-LD."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from iqsy import passages
from iqsy.metadata.release import Release, as_json, both

FILE = "annotations.jsonld"
CONTEXT = "http://www.w3.org/ns/anno.jsonld"
FRAGMENTS = "https://wicg.github.io/scroll-to-text-fragment/"
CLAIMS, SOURCES, PROPERTIES = "claims", "sources", "properties"
Row = Mapping[str, Any]


def text(release: Release) -> str:
    """All annotations, as one collection of one page."""
    return as_json(collection(release))


def collection(release: Release) -> dict[str, Any]:
    """An annotation for every claim whose article has an address and whose passage is known."""
    items = list(_annotations(release))
    table = release.contract.tables[CLAIMS]
    return {
        "@context": CONTEXT,
        "id": release.iri(FILE),
        "type": "AnnotationCollection",
        "label": both(table.title, table.title_ar),
        "rights": release.about.licenses[0]["path"],
        "total": len(items),
        "first": {
            "id": release.iri(f"{FILE}#page"),
            "type": "AnnotationPage",
            "startIndex": 0,
            "items": items,
        },
    }


def _annotations(release: Release) -> Iterator[dict[str, Any]]:
    sources = {row["source_id"]: row for row in release.tables[SOURCES].to_pylist()}
    key = release.contract.tables[CLAIMS].primary_key
    for claim in release.tables[CLAIMS].to_pylist():
        source = sources[claim["source_id"]]
        if source["url"] and claim["locator"]:
            name = "/".join(quote(str(claim[column]), safe="") for column in key)
            yield {
                "id": release.iri(f"{FILE}#{name}"),
                "type": "Annotation",
                "motivation": "describing",
                "body": [_body(release, claim, language) for language in ("en", "ar")],
                "target": _target(source, claim["locator"]),
            }


def _body(release: Release, claim: Row, language: str) -> dict[str, str]:
    """What the claim states in words: the property, and the value as its code list calls it."""
    properties = release.contract.codelists[PROPERTIES]
    label = release.contract.label(PROPERTIES, claim["property"], language)
    listed = (properties.by_code[claim["property"]].get("values_in") or "").partition(".")[0]
    value = claim["value"]
    if listed in release.contract.codelists and value in release.contract.codelists[listed].by_code:
        value = release.contract.label(listed, value, language)
    stated = f"{label}: {value}"
    return {"type": "TextualBody", "value": stated, "format": "text/plain", "language": language}


def _target(source: Row, locator: str) -> dict[str, Any]:
    """The passage on the page. Offsets count in the article's bare text, not in the page, and so are no selector."""
    link = passages.link(source["url"], locator) or source["url"]
    address, _, fragment = link.partition("#")
    selectors: list[dict[str, Any]] = []
    if fragment.startswith(":~:"):
        selectors.append({"type": "FragmentSelector", "conformsTo": FRAGMENTS, "value": fragment})
    if passages.ELLIPSIS not in locator:
        selectors.append({"type": "TextQuoteSelector", "exact": locator})
    return {
        "type": "SpecificResource",
        "source": address,
        "language": source["language"],
        "selector": selectors,
    }
