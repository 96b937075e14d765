"""Web Annotation: what each claim states, tied to the passage of the article that states it, as JSON-LD."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from iqsy import passages
from iqsy.labels import Labels, Language
from iqsy.metadata.release import Release, as_json, both

FILE = "annotations.jsonld"
CONTEXT = "http://www.w3.org/ns/anno.jsonld"
FRAGMENTS = "https://wicg.github.io/scroll-to-text-fragment/"
LANGUAGES: tuple[Language, ...] = ("en", "ar")
CLAIMS, SOURCES = "claims", "sources"
Row = Mapping[str, Any]


def text(release: Release) -> str:
    """All annotations, as one collection of one page."""
    return as_json(collection(release), indent=None)


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
    spoken = [Labels(release.tables, release.contract, language) for language in LANGUAGES]
    for claim in release.tables[CLAIMS].to_pylist():
        source = sources[claim["source_id"]]
        if source["url"] and claim["locator"]:
            name = "/".join(quote(str(claim[column]), safe="") for column in key)
            yield {
                "id": release.iri(f"{FILE}#{name}"),
                "type": "Annotation",
                "motivation": "describing",
                "body": [_body(words, claim) for words in spoken],
                "target": target(source, claim["locator"]),
            }


def _body(words: Labels, claim: Row) -> dict[str, str]:
    """What the claim states, in words: the event, what is said of whom or what in it, and the value."""
    stated = [words.name("events", claim["event_id"]), words.code("properties", claim["property"])]
    subject = words.subject(claim["property"], claim["subject"])
    stated += [subject] if subject else []
    value = f"{' – '.join(stated)}: {words.value(claim['property'], claim['value'])}"
    return {"type": "TextualBody", "value": value, "format": "text/plain", "language": words.lang}


def target(source: Row, locator: str) -> dict[str, Any]:
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
