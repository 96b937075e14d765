"""SKOS: the topics, and every code list, as concept schemes in English and Arabic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from rdflib import DCTERMS, RDF, SKOS, Graph, Literal, URIRef

from iqsy.contract import CodeList
from iqsy.metadata.release import Release

FILE = "skos.ttl"
TOPICS = "topics"
SEPARATOR = ";"


def text(release: Release) -> str:
    """All schemes in Turtle."""
    return graph(release).serialize(format="longturtle")


def graph(release: Release) -> Graph:
    """One scheme a list, one concept a code; a concept names the broader one of its list."""
    made = Graph(bind_namespaces="none")
    made.bind("dcterms", DCTERMS)
    made.bind("skos", SKOS)
    topics = release.contract.tables[TOPICS]
    scheme = concept(release, TOPICS)
    _scheme(made, scheme, topics.title, topics.title_ar, topics.description, topics.description_ar)
    for row in release.tables[TOPICS].to_pylist():
        _concept(made, release, scheme, TOPICS, row["topic_id"], row, row["broader_topic_id"])
        for language in ("en", "ar"):
            for label in _parts(row[f"alt_labels_{language}"]):
                made.add((concept(release, TOPICS, row["topic_id"]), SKOS.altLabel, Literal(label, language)))
    for codelist in release.contract.codelists.values():
        _codelist(made, release, codelist)
    return made


def concept(release: Release, scheme: str, code: str | None = None) -> URIRef:
    """The identifier of a scheme, or of one of its concepts."""
    return URIRef(release.iri(f"{FILE}#{scheme}" + (f"/{quote(code, safe='')}" if code else "")))


def _codelist(made: Graph, release: Release, codelist: CodeList) -> None:
    table = codelist.table
    scheme = concept(release, table.name)
    _scheme(made, scheme, table.title, table.title_ar, table.description, table.description_ar)
    for row in codelist.rows:
        broader = row.get("broader") if _own_broader(codelist) else None
        _concept(made, release, scheme, table.name, row["code"], row, broader)


def _own_broader(codelist: CodeList) -> bool:
    """Whether what `broader` names is a code of the same list."""
    return all(not row.get("broader") or row["broader"] in codelist.by_code for row in codelist.rows)


def _scheme(made: Graph, scheme: URIRef, en: str, ar: str, definition: str, definition_ar: str) -> None:
    made.add((scheme, RDF.type, SKOS.ConceptScheme))
    _words(made, scheme, DCTERMS.title, en, ar)
    _words(made, scheme, DCTERMS.description, definition, definition_ar)


def _concept(
    made: Graph,
    release: Release,
    scheme: URIRef,
    name: str,
    code: str,
    row: Mapping[str, Any],
    broader: str | None,
) -> None:
    own = concept(release, name, code)
    made.add((own, RDF.type, SKOS.Concept))
    made.add((own, SKOS.inScheme, scheme))
    made.add((own, SKOS.notation, Literal(code)))
    _words(made, own, SKOS.prefLabel, row["label_en"], row["label_ar"])
    _words(made, own, SKOS.definition, row["definition_en"], row["definition_ar"])
    if row.get("not_en"):
        _words(made, own, SKOS.scopeNote, row["not_en"], row["not_ar"])
    if broader:
        made.add((own, SKOS.broader, concept(release, name, broader)))
        made.add((concept(release, name, broader), SKOS.narrower, own))
    else:
        made.add((own, SKOS.topConceptOf, scheme))
        made.add((scheme, SKOS.hasTopConcept, own))


def _words(made: Graph, subject: URIRef, predicate: URIRef, en: str, ar: str) -> None:
    made.add((subject, predicate, Literal(en, "en")))
    made.add((subject, predicate, Literal(ar, "ar")))


def _parts(labels: str | None) -> Iterable[str]:
    return [part.strip() for part in (labels or "").split(SEPARATOR) if part.strip()]
