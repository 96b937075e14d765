"""DCAT-AP 3: a catalogue of one dataset, with a distribution for every data file, in Turtle."""

from __future__ import annotations

from rdflib import DCAT, DCTERMS, FOAF, OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef

from iqsy.metadata import skos
from iqsy.metadata.release import File, Release
from iqsy.publish.metadata import LANGUAGES

FILE = "dcat.ttl"
DCATAP = Namespace("http://data.europa.eu/r5r/")
SPDX = Namespace("http://spdx.org/rdf/terms#")
ADMS = Namespace("http://www.w3.org/ns/adms#")
# New in DCAT 3, which the library does not know yet.
VERSION = URIRef(f"{DCAT}version")
# The authority tables of the European Union, which DCAT-AP asks for.
AUTHORITY = "http://publications.europa.eu/resource/authority/"
FILE_TYPES = {".csv": "CSV", ".parquet": "PARQUET", ".xlsx": "XLSX", ".geojson": "GEOJSON"}
THEMES = {
    "GOVE": "Government and public sector",
    "INTR": "International issues",
    "JUST": "Justice, legal system and public safety",
}
FREQUENCIES = {"irregular": "IRREG"}
IANA = "https://www.iana.org/assignments/media-types/"


def text(release: Release) -> str:
    """The catalogue in Turtle."""
    return graph(release).serialize(format="longturtle")


def graph(release: Release) -> Graph:
    """Catalogue, dataset, distributions, and the agents and periods that they name."""
    made = Graph(bind_namespaces="none")
    for prefix, namespace in (
        ("adms", ADMS),
        ("dcat", DCAT),
        ("dcterms", DCTERMS),
        ("foaf", FOAF),
        ("owl", OWL),
        ("rdfs", RDFS),
        ("skos", SKOS),
        ("spdx", SPDX),
        ("xsd", XSD),
    ):
        made.bind(prefix, namespace)
    dataset, publisher = _node(release, "dataset"), _publisher(made, release)
    _catalogue(made, release, dataset, publisher)
    _dataset(made, release, dataset, publisher)
    for file in release.data:
        _distribution(made, release, dataset, file)
    return made


def _node(release: Release, name: str) -> URIRef:
    return URIRef(release.iri(f"{FILE}#{name}"))


def _publisher(made: Graph, release: Release) -> URIRef:
    node = _node(release, "publisher")
    contributor = release.about.contributor("publisher", "creator")
    made.add((node, RDF.type, FOAF.Agent))
    made.add((node, FOAF.name, Literal(contributor.get("title", release.about.name), "en")))
    return node


def _catalogue(made: Graph, release: Release, dataset: URIRef, publisher: URIRef) -> None:
    node = _node(release, "catalogue")
    made.add((node, RDF.type, DCAT.Catalog))
    _titles(made, release, node)
    made.add((node, DCTERMS.publisher, publisher))
    made.add((node, DCAT.dataset, dataset))
    _languages(made, release, node)
    made.add((node, DCTERMS.license, _licence(made, release)))
    _issued(made, release, node)


def _dataset(made: Graph, release: Release, node: URIRef, publisher: URIRef) -> None:
    about = release.about
    made.add((node, RDF.type, DCAT.Dataset))
    _titles(made, release, node)
    made.add((node, DCTERMS.identifier, Literal(about.id or about.name)))
    made.add((node, VERSION, Literal(about.version)))
    made.add((node, DCTERMS.publisher, publisher))
    made.add((node, DCTERMS.creator, publisher))
    made.add((node, DCTERMS.accessRights, _access(made)))
    for keyword in about.keywords:
        made.add((node, DCAT.keyword, Literal(keyword, "en" if keyword.isascii() else "ar")))
    _languages(made, release, node)
    for code, label in THEMES.items():
        theme = URIRef(f"{AUTHORITY}data-theme/{code}")
        made.add((node, DCAT.theme, theme))
        made.add((theme, RDF.type, SKOS.Concept))
        made.add((theme, SKOS.prefLabel, Literal(label, "en")))
    if about.homepage:
        made.add((node, DCAT.landingPage, URIRef(about.homepage)))
        made.add((URIRef(about.homepage), RDF.type, FOAF.Document))
    if frequency := FREQUENCIES.get(about.update_frequency):
        node_frequency = URIRef(f"{AUTHORITY}frequency/{frequency}")
        made.add((node, DCTERMS.accrualPeriodicity, node_frequency))
        made.add((node_frequency, RDF.type, DCTERMS.Frequency))
    _coverage(made, release, node)
    _subjects(made, release, node)
    _issued(made, release, node)


def _coverage(made: Graph, release: Release, node: URIRef) -> None:
    about = release.about
    for country in about.countries:
        place = URIRef(f"{AUTHORITY}country/{country}")
        made.add((node, DCTERMS.spatial, place))
        made.add((place, RDF.type, DCTERMS.Location))
    if about.start:
        period = _node(release, "period")
        made.add((node, DCTERMS.temporal, period))
        made.add((period, RDF.type, DCTERMS.PeriodOfTime))
        made.add((period, DCAT.startDate, Literal(about.start, datatype=XSD.date)))
        if about.end:
            made.add((period, DCAT.endDate, Literal(about.end, datatype=XSD.date)))


def _subjects(made: Graph, release: Release, node: URIRef) -> None:
    """The topics of the widest kind, which the SKOS file defines."""
    for row in release.tables[skos.TOPICS].to_pylist():
        if row["broader_topic_id"] is None:
            topic = skos.concept(release, skos.TOPICS, row["topic_id"])
            made.add((node, DCTERMS.subject, topic))
            made.add((topic, RDF.type, SKOS.Concept))
            made.add((topic, SKOS.prefLabel, Literal(row["label_en"], "en")))
            made.add((topic, SKOS.prefLabel, Literal(row["label_ar"], "ar")))


def _distribution(made: Graph, release: Release, dataset: URIRef, file: File) -> None:
    node, address = _node(release, file.path), URIRef(release.iri(file.path))
    made.add((dataset, DCAT.distribution, node))
    made.add((node, RDF.type, DCAT.Distribution))
    english, arabic = file.title
    made.add((node, DCTERMS.title, Literal(english, "en")))
    made.add((node, DCTERMS.title, Literal(arabic, "ar")))
    if file.table is not None:
        made.add((node, DCTERMS.description, Literal(file.table.description, "en")))
        made.add((node, DCTERMS.description, Literal(file.table.description_ar, "ar")))
    made.add((node, DCAT.accessURL, address))
    made.add((node, DCAT.downloadURL, address))
    made.add((address, RDF.type, RDFS.Resource))
    made.add((node, DCTERMS.license, _licence(made, release)))
    mediatype = URIRef(IANA + file.mediatype)
    made.add((node, DCAT.mediaType, mediatype))
    made.add((mediatype, RDF.type, DCTERMS.MediaType))
    if kind := FILE_TYPES.get(file.suffix):
        file_type = URIRef(f"{AUTHORITY}file-type/{kind}")
        made.add((node, DCTERMS["format"], file_type))
        made.add((file_type, RDF.type, DCTERMS.MediaTypeOrExtent))
    made.add((node, DCAT.byteSize, Literal(file.bytes, datatype=XSD.nonNegativeInteger)))
    checksum = _node(release, f"{file.path}/checksum")
    made.add((node, SPDX.checksum, checksum))
    made.add((checksum, RDF.type, SPDX.Checksum))
    made.add((checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256))
    made.add((checksum, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary)))


def _titles(made: Graph, release: Release, node: URIRef) -> None:
    about = release.about
    for predicate, english, arabic in (
        (DCTERMS.title, about.title, about.title_ar),
        (DCTERMS.description, about.description, about.description_ar),
    ):
        made.add((node, predicate, Literal(english, "en")))
        if arabic:
            made.add((node, predicate, Literal(arabic, "ar")))


def _issued(made: Graph, release: Release, node: URIRef) -> None:
    if release.issued:
        made.add((node, DCTERMS.issued, Literal(release.issued, datatype=XSD.date)))


def _languages(made: Graph, release: Release, node: URIRef) -> None:
    for code in release.about.languages:
        if code in LANGUAGES:
            language = URIRef(f"{AUTHORITY}language/{LANGUAGES[code].upper()}")
            made.add((node, DCTERMS.language, language))
            made.add((language, RDF.type, DCTERMS.LinguisticSystem))


def _licence(made: Graph, release: Release) -> URIRef:
    node = URIRef(release.about.licenses[0]["path"])
    made.add((node, RDF.type, DCTERMS.LicenseDocument))
    return node


def _access(made: Graph) -> URIRef:
    node = URIRef(f"{AUTHORITY}access-right/PUBLIC")
    made.add((node, RDF.type, DCTERMS.RightsStatement))
    return node
