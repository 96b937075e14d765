"""An InvenioRDM in memory: what publishing uses of its API, with what it does to whom it is not told about.

It keeps the valid part of a draft and tells errors of the rest, straightens quotes, forgets files whose transfer broke,
lists new drafts late, and gives a second draft to whoever asks twice for a first one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from copy import deepcopy
from itertools import count
from typing import Any

from portals.described import Answer, Described, Operation, Request

READER = "a-token-that-may-only-read"
COMMUNITY = {"id": "c0ffee", "slug": "middle-east"}
OPEN_COMMUNITY = {"id": "c0ca", "slug": "open-data"}
STRAIGHT = str.maketrans("‘’“”", "''\"\"")
REQUIRED = ("resource_type", "creators", "title", "publication_date", "publisher")
LICENCES = ("cc-by-4.0", "cc0-1.0")


class FakeInvenio(Described):
    """`records` and `drafts` by id, each with its `files`; `late` is how many requests its index is behind."""

    description = "invenio.yaml"

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[str, Any]] = {}
        self.drafts: dict[str, dict[str, Any]] = {}
        self.reviews: dict[str, dict[str, Any]] = {}
        self.born: dict[str, int] = {}
        self.ids = count(1)
        self.late = 0
        self.forgets_files = False

    # --- who may, and what is left of a broken request ---

    def refused(self, operation: Operation, request: Request) -> Answer | None:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if key not in (self.token, READER):
            return Answer(401, {"message": f"The server could not verify {key}.", "status": 401})
        if key == READER and not operation.reads:
            return Answer(403, {"message": "Permission denied.", "status": 403})
        return None

    def broken_off(self, operation: Operation, request: Request) -> None:
        if operation.id == "put_content" and request.params["id"] in self.drafts:
            self.drafts[request.params["id"]]["files"].pop(request.params["key"], None)

    # --- records ---

    def search(self, request: Request) -> Answer:
        field, _, value = request.query["q"].partition(":")
        value = value.strip('"')
        # Those of which there is a draft are listed as drafts alone.
        listed = {**self.records, **self.drafts}
        hits = [
            self.shown(record, id_ in self.drafts)
            for id_, record in reversed(listed.items())
            if self.born[id_] + self.late <= self.arrived
            and (record["parent"]["id"] == value if field == "parent.id" else marked(record, value))
        ]
        return Answer(200, {"hits": {"hits": hits[: int(request.query["size"])], "total": len(hits)}})

    def create(self, request: Request) -> Answer:
        id_ = self.new_id()
        parent = {"id": self.new_id(), "communities": {"ids": []}}
        self.drafts[id_] = {"id": id_, "parent": parent, "index": 1, "pids": {}, "files": {}, "metadata": {}}
        errors = self.write(self.drafts[id_], request.body)
        return Answer(201, {**self.shown(self.drafts[id_], True), "errors": errors})

    def read(self, request: Request) -> Answer:
        return Answer(200, self.shown(self.record(request), False))

    def read_latest(self, request: Request) -> Answer:
        id_ = request.params["id"]
        parents = {id_, self.records[id_]["parent"]["id"]} if id_ in self.records else {id_}
        versions = [record for record in self.records.values() if record["parent"]["id"] in parents]
        if not versions:
            raise missing("The persistent identifier does not exist.")
        return Answer(200, self.shown(max(versions, key=lambda record: int(record["index"])), False))

    def new_version(self, request: Request) -> Answer:
        latest = self.read_latest(request).content
        parent = latest["parent"]["id"]
        for draft in self.drafts.values():
            if draft["parent"]["id"] == parent and draft["id"] not in self.records:
                return Answer(201, self.shown(draft, True))
        id_ = self.new_id()
        record = deepcopy(self.records[latest["id"]])
        kept = {k: v for k, v in record["metadata"].items() if k not in ("version", "publication_date")}
        self.drafts[id_] = {**record, "id": id_, "pids": {}, "files": {}, "metadata": kept}
        self.drafts[id_]["index"] = record["index"] + 1
        return Answer(201, self.shown(self.drafts[id_], True))

    def edit(self, request: Request) -> Answer:
        id_ = request.params["id"]
        if id_ not in self.drafts:
            self.drafts[id_] = deepcopy(self.record(request))
        return Answer(201, self.shown(self.drafts[id_], True))

    def read_draft(self, request: Request) -> Answer:
        return Answer(200, self.shown(self.draft(request), True))

    def update_draft(self, request: Request) -> Answer:
        draft = self.draft(request)
        errors = self.write(draft, request.body)
        if not draft["files"]:
            errors.append({"field": "files.enabled", "messages": ["Missing uploaded files."]})
        return Answer(200, {**self.shown(draft, True), "errors": errors})

    def publish(self, request: Request) -> Answer:
        draft = self.draft(request)
        if self.reviews.get(draft["id"]):
            raise invalid({"review": "The draft has to be submitted for review."})
        self.make_public(draft)
        return Answer(202, self.shown(self.records[draft["id"]], False))

    def make_public(self, draft: dict[str, Any]) -> None:
        wrong = {f"metadata.{name}": "Missing data." for name in REQUIRED if not draft["metadata"].get(name)}
        if not draft["files"]:
            wrong["files.enabled"] = "Missing uploaded files."
        if any(file["status"] != "completed" for file in draft["files"].values()):
            wrong["files"] = "One or more files have not completed their transfer, please wait."
        before = self.records.get(draft["id"])
        if before and before["pids"] != draft["pids"]:
            wrong["pids.doi"] = "A registered DOI cannot be taken away."
        if wrong:
            raise invalid(wrong)
        doi = {"doi": {"identifier": f"10.5072/{draft['id']}", "provider": "datacite"}}
        self.records[draft["id"]] = {**draft, "pids": draft["pids"] or doi}
        del self.drafts[draft["id"]]

    # --- files ---

    def record_files(self, request: Request) -> Answer:
        return listing(self.record(request))

    def draft_files(self, request: Request) -> Answer:
        return listing(self.draft(request))

    def start_files(self, request: Request) -> Answer:
        draft = self.draft(request)
        for key in [each["key"] for each in request.body]:
            if key in draft["files"]:
                raise invalid({"": f"File with key {key} already exists."})
            draft["files"][key] = {"key": key, "status": "pending"}
        return Answer(201, listing(draft).content)

    def put_content(self, request: Request) -> Answer:
        file = self.file(request)
        if file["status"] == "completed":
            # It takes a second content for a transfer that failed.
            del self.draft(request)["files"][file["key"]]
            return Answer(200, {"key": file["key"], "status": "failed"})
        file["content"] = b"" if self.forgets_files else request.body
        return Answer(200, told(file))

    def commit_file(self, request: Request) -> Answer:
        file = self.file(request)
        if "content" not in file or file["status"] == "completed":
            raise invalid({"": "The file has no content, or is complete."})
        content = file["content"]
        checksum = f"md5:{hashlib.md5(content).hexdigest()}"
        file |= {"status": "completed", "checksum": checksum, "size": len(content)}
        return Answer(200, told(file))

    def delete_file(self, request: Request) -> Answer:
        del self.draft(request)["files"][self.file(request)["key"]]
        return Answer(204)

    def import_files(self, request: Request) -> Answer:
        draft = self.draft(request)
        if draft["files"]:
            raise invalid({"files.enabled": "Please remove all files first."})
        versions = [r for r in self.records.values() if r["parent"]["id"] == draft["parent"]["id"]]
        draft["files"] = deepcopy(max(versions, key=lambda record: int(record["index"]))["files"])
        return Answer(201, listing(draft).content)

    # --- communities ---

    def read_community(self, request: Request) -> Answer:
        for community in (COMMUNITY, OPEN_COMMUNITY):
            if request.params["id"] in community.values():
                return Answer(200, community)
        raise missing("There is no such community.")

    def read_review(self, request: Request) -> Answer:
        review = self.reviews.get(self.draft(request)["id"])
        if review is None:
            raise missing("Review for draft not found")
        return Answer(200, review)

    def put_review(self, request: Request) -> Answer:
        id_ = self.draft(request)["id"]
        if id_ in self.records or self.reviews.get(id_, {}).get("is_open"):
            raise invalid({"review": "You cannot create a review for this record."})
        receiver = request.body["receiver"]
        self.reviews[id_] = {"id": f"q{id_}", "is_open": False, "receiver": receiver, "status": "created"}
        return Answer(200, self.reviews[id_])

    def submit_review(self, request: Request) -> Answer:
        draft = self.draft(request)
        review = self.reviews.get(draft["id"])
        if review is None:
            raise missing("Review for draft not found")
        if review["is_open"]:
            raise invalid({"review": "The request is submitted already."})
        review |= {"is_open": True, "status": "submitted"}
        if review["receiver"]["community"] == OPEN_COMMUNITY["id"]:
            self.accept(draft["id"])
        return Answer(202, review)

    def accept(self, id_: str) -> None:
        """Do what a community's curator does to take a record."""
        review = self.reviews.pop(id_)
        self.drafts[id_]["parent"]["communities"]["ids"].append(review["receiver"]["community"])
        self.make_public(self.drafts[id_])
        review |= {"is_open": False, "status": "accepted"}

    # --- what all of them use ---

    def new_id(self) -> str:
        id_ = f"abcd-{next(self.ids):04}"
        self.born[id_] = self.arrived
        return id_

    def record(self, request: Request) -> dict[str, Any]:
        return found(self.records, request.params["id"])

    def draft(self, request: Request) -> dict[str, Any]:
        return found(self.drafts, request.params["id"])

    def file(self, request: Request) -> dict[str, Any]:
        return found(self.draft(request)["files"], request.params["key"])

    def write(self, draft: dict[str, Any], data: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Take what is valid of what is sent; return errors for the rest."""
        metadata = straightened(data["metadata"])
        errors = []
        for n, right in enumerate(metadata.get("rights", ())):
            if "id" in right and (len(right) > 1 or right["id"] not in LICENCES):
                errors.append({"field": f"metadata.rights.{n}", "messages": ["Not a valid value."]})
        if errors:
            del metadata["rights"]
        draft |= {"access": data["access"], "metadata": metadata}
        draft["pids"] = data.get("pids", draft["pids"])
        draft["custom_fields"] = data.get("custom_fields", {})
        return errors

    def shown(self, record: Mapping[str, Any], as_draft: bool) -> dict[str, Any]:
        """A record as it is told: with titles and names that nobody sent."""
        metadata = deepcopy(record["metadata"])
        for language in metadata.get("languages", ()):
            language["title"] = {"en": language["id"]}
        for right in metadata.get("rights", ()):
            right |= {"title": {"en": right["id"]}, "props": {}} if "id" in right else {}
        for creator in metadata.get("creators", ()):
            who = creator["person_or_org"]
            who.setdefault("name", ", ".join(filter(None, (who.get("family_name"), who.get("given_name")))))
        id_ = record["id"]
        page = f"{self.url}/{'uploads' if as_draft else 'records'}/{id_}"
        return {
            "id": id_,
            "is_published": id_ in self.records,
            "is_draft": as_draft,
            "links": {"self": f"{self.url}/api/records/{id_}", "self_html": page},
            "metadata": metadata,
            "parent": deepcopy(record["parent"]),
            "pids": record["pids"],
            "access": {**record.get("access", {"record": "public", "files": "public"}), "status": "open"},
            "files": {"enabled": True, "default_preview": record.get("preview")},
            "versions": {"index": record["index"], "is_latest": not as_draft, "is_latest_draft": True},
            "custom_fields": record.get("custom_fields", {}),
        }


def missing(message: str) -> Answer:
    return Answer(404, {"status": 404, "message": message})


def invalid(wrong: Mapping[str, str]) -> Answer:
    message = wrong.get("", "A validation error occurred.")
    errors = [{"field": field, "messages": [text]} for field, text in wrong.items() if field]
    return Answer(400, {"status": 400, "message": message, **({"errors": errors} if errors else {})})


def found(things: dict[str, dict[str, Any]], key: str) -> dict[str, Any]:
    if key not in things:
        raise missing(f"There is no {key}.")
    return things[key]


def marked(record: Mapping[str, Any], value: str) -> bool:
    """Whether an identifier has all words of a value in a row, as an index of words sees it."""
    words = " ".join(re.split(r"\W+", value))
    identifiers = record["metadata"].get("identifiers", ())
    return any(words in " ".join(re.split(r"\W+", each["identifier"])) for each in identifiers)


def listing(record: Mapping[str, Any]) -> Answer:
    return Answer(200, {"enabled": True, "entries": [told(file) for file in record["files"].values()]})


def told(file: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in file.items() if name != "content"}


def straightened(value: Any) -> Any:
    """A value with straight quotes in all its texts, and no space around them."""
    if isinstance(value, dict):
        return {name: straightened(part) for name, part in value.items()}
    if isinstance(value, list):
        return [*map(straightened, value)]
    return value.strip().translate(STRAIGHT) if isinstance(value, str) else value
