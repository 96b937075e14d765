"""The formats' own validators: python judge.py FORMAT FOLDER, run in an environment that has them.

Says in one line what was found to be right; or, with exit code 1, all that is wrong.
"""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module, metadata, resources
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SHAPES = HERE / "shapes"
SCHEMA_ORG = "https://schema.org/"
CRATE_CONTEXT = "https://w3id.org/ro/crate/1.2/context"
PARQUET_TYPES = {
    "string": "sc:Text",
    "int64": "sc:Integer",
    "double": "sc:Float",
    "bool": "sc:Boolean",
    "date32[day]": "sc:Date",
}
HUB_TYPES = {
    "string": "string",
    "int64": "int64",
    "double": "float64",
    "bool": "bool",
    "date32[day]": "date32",
}


class Wrong(Exception):
    """What a validator found, a line each."""

    def __init__(self, found: list[str]) -> None:
        super().__init__("\n".join(found))


def main(name: str, folder: Path) -> int:
    """Judge the metadata of one format in a folder."""
    try:
        print(JUDGES[name](folder))
    except Wrong as error:
        print(error)
        return 1
    return 0


def datapackage(folder: Path) -> str:
    """The official profiles of Data Package v2: of the descriptor, and of every schema that it names."""
    jsonschema = import_module("jsonschema")
    profiles = resources.files("dplib") / "profiles" / "2.0"
    package, schema = (
        jsonschema.Draft7Validator(json.loads((profiles / f"{name}.json").read_text("utf-8")))
        for name in ("datapackage", "tableschema")
    )
    descriptor = _json(folder / "datapackage.json")
    found = [error.message for error in package.iter_errors(descriptor)]
    paths = {resource["schema"] for resource in descriptor["resources"] if "schema" in resource}
    for path in sorted(paths):
        found += [f"{path}: {error.message}" for error in schema.iter_errors(_json(folder / path))]
    _refuse(found)
    return f"dplib-py {_version('dplib-py')}: profile 2.0, {len(descriptor['resources'])} resources, {len(paths)} schemas"


def schema_org(folder: Path) -> str:
    """The vocabulary of schema.org: each property exists, and belongs to the type of thing that has it."""
    vocabulary = _json(Path(str(resources.files("rocrate") / "data" / "schema.jsonld")))
    terms = {term["@id"]: term for term in vocabulary["@graph"]}
    content = _json(folder / "dataset.jsonld")
    if content["@context"] != SCHEMA_ORG:
        raise Wrong([f"@context is {content['@context']}"])
    things = list(_things(content))
    found = [problem for thing in things for problem in _foreign(thing, terms)]
    _refuse(found)
    return f"schema.org vocabulary of rocrate {_version('rocrate')}: {len(things)} things, every property in its domain"


def _things(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for part in node:
            yield from _things(part)
    elif isinstance(node, dict) and "@value" not in node:
        yield node
        for part in node.values():
            yield from _things(part)


def _foreign(thing: dict[str, Any], terms: dict[str, Any]) -> Iterator[str]:
    kind = f"schema:{thing.get('@type')}"
    if kind not in terms:
        yield f"{kind} is no type"
        return
    lineage, waiting = set(), [kind]
    while waiting:
        lineage.add(own := waiting.pop())
        waiting += _ids(terms.get(own, {}).get("rdfs:subClassOf"))
    for name in thing:
        if not name.startswith("@"):
            domains = _ids(terms.get(f"schema:{name}", {}).get("schema:domainIncludes"))
            if not lineage & set(domains):
                yield f"{name} is no property of {kind}"


def _ids(value: Any) -> list[str]:
    return [part["@id"] for part in (value if isinstance(value, list) else [value] if value else [])]


def dcat(folder: Path) -> str:
    """DCAT-AP 3 as SHACL shapes."""
    return _shacl(_graph(folder / "dcat.ttl"), "dcat-ap.ttl")


def skos(folder: Path) -> str:
    """The integrity of SKOS as SHACL shapes, and skosify, which finds cycles and labels that clash."""
    graph = _graph(folder / "skos.ttl")
    said = _shacl(graph, "skos.ttl")
    logging, skosify = import_module("logging"), import_module("skosify.check")
    heard = io.StringIO()
    logging.basicConfig(stream=heard, level=logging.WARNING, force=True)
    before = set(graph)
    for check in ("hierarchy_cycles", "disjoint_relations", "hierarchical_redundancy", "label_overlap"):
        getattr(skosify, check)(graph, True)
    _refuse([line for line in heard.getvalue().splitlines() if line])
    _refuse([f"skosify would take away {triple}" for triple in sorted(before - set(graph))])
    return f"{said}; skosify {_version('skosify')}: nothing to mend"


def _graph(path: Path) -> Any:
    return (
        import_module("rdflib").Graph().parse(path, format="turtle", publicID="https://example.org/release/")
    )


def _shacl(graph: Any, shapes: str) -> str:
    conforms, _, text = import_module("pyshacl").validate(
        graph, shacl_graph=str(SHAPES / shapes), meta_shacl=True, advanced=True, inference="none"
    )
    if not conforms:
        raise Wrong([text])
    return f"pyshacl {_version('pyshacl')} with {shapes}: conforms, {len(graph)} triples"


def csvw(folder: Path) -> str:
    """csvw reads every cell, and looks up every key. Not strictly, which forbids an empty reference."""
    library = import_module("csvw")
    try:
        read = library.CSVW(str(folder / "csv-metadata.json"), validate=True, strict=False)
        valid = read.is_valid
    except (ValueError, KeyError) as error:
        raise Wrong([str(error)]) from error
    if not valid:
        raise Wrong([str(warning.message) for warning in read.warnings])
    return f"csvw {_version('csvw')}: valid, {len(read.tables)} tables"


def croissant(folder: Path) -> str:
    """mlcroissant loads every row; values and types are those of the Parquet."""
    library, parquet = import_module("mlcroissant"), import_module("pyarrow.parquet")
    try:
        dataset = library.Dataset(str(folder / "croissant.json"))
    except library.ValidationError as error:
        raise Wrong([str(error)]) from error
    issues = dataset.metadata.ctx.issues
    _refuse([*issues.errors, *issues.warnings])
    n_rows = 0
    for described, record_set in zip(
        _json(folder / "croissant.json")["recordSet"], dataset.metadata.record_sets, strict=True
    ):
        records = [_plain(record) for record in dataset.records(record_set.uuid)]
        n_rows += len(records)
        path = folder / "data" / "tables" / f"{record_set.uuid}.parquet"
        if path.exists():
            _refuse(_differences(described, records, parquet.read_table(path)))
    return f"mlcroissant {_version('mlcroissant')}: no errors, no warnings, {n_rows:,} rows loaded"


def _differences(described: Any, records: list[dict[str, Any]], table: Any) -> list[str]:
    name = described["@id"]
    told = {field["@id"].partition("/")[2]: field["dataType"] for field in described["field"]}
    held = {column.name: PARQUET_TYPES[str(column.type)] for column in table.schema}
    if told != held:
        return [f"{name}: types {told} are not those of the Parquet {held}"]
    if records != [{f"{name}/{column}": value for column, value in row.items()} for row in table.to_pylist()]:
        return [f"{name}: {len(records)} rows are not the {table.num_rows} of the Parquet"]
    return []


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in record.items()}


def _value(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    return value.date() if hasattr(value, "date") else value


def crate(folder: Path) -> str:
    """roc-validator, offline. The context comes from the library rocrate: that of 1.3, which has all terms of 1.2."""
    services, models = (import_module(f"rocrate_validator.{name}") for name in ("services", "models"))
    with tempfile.TemporaryDirectory() as scratch:
        settings = services.ValidationSettings(
            rocrate_uri=str(folder),
            profile_identifier="ro-crate-1.2",
            requirement_severity=models.Severity.REQUIRED,
            cache_path=_warm(Path(scratch)),
            offline=True,
            skip_availability_check=True,
        )
        result = services.validate(settings)
    _refuse([f"{issue.severity.name}: {issue.message}" for issue in result.get_issues()])
    return f"roc-validator {_version('roc-validator')}: ro-crate-1.2, all that is required: valid"


def _warm(cache: Path) -> Path:
    """A cache that holds the context as if it had been fetched."""
    adapters, urllib3 = import_module("requests.adapters"), import_module("urllib3")
    content = (resources.files("rocrate") / "data" / "ro-crate.jsonld").read_bytes()

    def send(adapter: Any, request: Any, **options: Any) -> Any:
        headers = {"Content-Type": "application/ld+json"}
        body = urllib3.HTTPResponse(io.BytesIO(content), headers, 200, preload_content=False)
        return adapter.build_response(request, body)

    path = cache / "ro-crate-http"
    with import_module("requests_cache").CachedSession(str(path), expire_after=-1) as session:
        session.mount(CRATE_CONTEXT, type("Shipped", (adapters.HTTPAdapter,), {"send": send})())
        session.get(CRATE_CONTEXT)
    return path


def web_annotation(folder: Path) -> str:
    """The Web Annotation model as SHACL shapes, over the graph that the vocabulary's context gives."""
    content = _json(folder / "annotations.jsonld")
    if content["@context"] != "http://www.w3.org/ns/anno.jsonld":
        raise Wrong([f"@context is {content['@context']}"])
    content["@context"] = _json(HERE / "annotation-context.json")
    graph = (
        import_module("rdflib")
        .Graph()
        .parse(data=json.dumps(content), format="json-ld", publicID="https://example.org/release/")
    )
    return _shacl(graph, "annotations.ttl")


def card(folder: Path) -> str:
    """Hugging Face's own library loads every configuration of the card, with its columns and number of rows."""
    datasets, parquet = import_module("datasets"), import_module("pyarrow.parquet")
    with tempfile.TemporaryDirectory() as scratch:
        repository = Path(scratch) / "repository"
        shutil.copytree(folder / "data", repository / "data")
        shutil.copy(folder / "dataset-card.md", repository / "README.md")
        head = import_module("huggingface_hub").DatasetCard.load(repository / "README.md").data.to_dict()
        names, told = datasets.get_dataset_config_names(str(repository)), head["dataset_info"]
        described = {info["config_name"] for info in told}
        found = [] if set(names) == described else [f"configurations {names} are not those described"]
        for name in names:
            try:
                loaded = datasets.load_dataset(str(repository), name, cache_dir=scratch)["train"]
            except Exception as error:
                found.append(f"{name}: {error.__cause__ or error}")
                continue
            held = parquet.read_table(repository / "data" / "tables" / f"{name}.parquet")
            if loaded.num_rows != held.num_rows:
                found.append(f"{name}: {loaded.num_rows} rows loaded, of {held.num_rows}")
            types = {column: feature.dtype for column, feature in loaded.features.items()}
            if types != {column.name: HUB_TYPES[str(column.type)] for column in held.schema}:
                found.append(f"{name}: loads with types {types}, the Parquet has {held.schema}")
    _refuse(found)
    return f"datasets {_version('datasets')}: {len(names)} configurations loaded"


def datasette(folder: Path) -> str:
    """Datasette serves the page of every table, with the columns and facets that it was told of."""
    told = _json(folder / "datasette.json")
    site = import_module("datasette.app").Datasette([str(p) for p in folder.glob("*.sqlite")], metadata=told)
    tables = {
        f"/{database}/{name}": table
        for database, held in told["databases"].items()
        for name, table in held["tables"].items()
    }
    _refuse([] if tables else ["no table is described"])
    _refuse(asyncio.run(_wrongly_served(site, tables)))
    return f"datasette {_version('datasette')}: {len(tables)} tables served"


async def _wrongly_served(site: Any, tables: dict[str, Any]) -> list[str]:
    return [wrong for address, table in tables.items() for wrong in await _served(site, address, table)]


async def _served(site: Any, address: str, table: Any) -> list[str]:
    """What is wrong with a table as it is served."""
    page, content = await site.client.get(address), await site.client.get(f"{address}.json?_size=1")
    if (page.status_code, content.status_code) != (200, 200):
        return [f"{address}: status {page.status_code}, as JSON {content.status_code}"]
    served = content.json()
    found = []
    if list(table["columns"]) != served["columns"]:
        found.append(f"{address}: columns {list(table['columns'])} are not those served {served['columns']}")
    named = {*table["facets"], *filter(None, [table.get("label_column")])}
    found += [f"{address}: there is no column {name}" for name in sorted(named - set(served["columns"]))]
    if set(served["facet_results"]) != set(table["facets"]):
        found.append(f"{address}: facets {list(served['facet_results'])} are not those asked for")
    return found


def citation(folder: Path) -> str:
    """cffconvert, against the schema of the version that the file names."""
    library = import_module("cffconvert")
    try:
        library.Citation((folder / "CITATION.cff").read_text("utf-8")).validate()
    except Exception as error:  # jsonschema's and pykwalify's own, and ValueError
        raise Wrong([str(error)]) from error
    return f"cffconvert {_version('cffconvert')}: valid"


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _refuse(found: list[str]) -> None:
    if found:
        raise Wrong(found)


def _version(distribution: str) -> str:
    return metadata.version(distribution)


JUDGES: dict[str, Callable[[Path], str]] = {
    "datapackage": datapackage,
    "schema_org": schema_org,
    "dcat": dcat,
    "skos": skos,
    "csvw": csvw,
    "croissant": croissant,
    "crate": crate,
    "web_annotation": web_annotation,
    "card": card,
    "citation": citation,
    "datasette": datasette,
}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
