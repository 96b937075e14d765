"""A Hugging Face Hub in memory: what its client uses of it to publish, with commits, tags and a store for large files.

It lists files in small pages, keeps what was sent for a commit that did not come, and takes no commit on top of one
that is not the newest by now.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import yaml

from portals.described import Answer, Described, Operation, Request

READER = "a-token-that-may-only-read"
USER, LAB, CLOSED = "coder", "my-lab", "their-lab"
FIRST_FILE = {".gitattributes": b"*.parquet filter=lfs\n"}
PAGE = 40


@dataclass
class Repository:
    """A repository: its commits, oldest first, each with all its files; a large one is there by its hash alone."""

    private: bool
    commits: dict[str, dict[str, bytes | str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        return [*self.commits][-1]

    @property
    def files(self) -> dict[str, bytes | str]:
        return self.commits[self.head]


class FakeHub(Described):
    """`repositories` by name, `store` has large files by their hash."""

    description = "hub.yaml"

    def __init__(self) -> None:
        super().__init__()
        self.repositories: dict[str, Repository] = {}
        self.store: dict[str, bytes] = {}
        self.ids = count(1)
        self.forgets_commits = False

    def refused(self, operation: Operation, request: Request) -> Answer | None:
        if operation.id == "put_object":
            # Its address is the only key that it takes.
            given = request.headers.get("Authorization")
            return wrong(400, "a token does not belong here") if given else None
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if key not in (self.token, READER):
            return wrong(401, "Invalid credentials in Authorization header")
        if operation.reads or operation.id == "lfs_batch":
            return None
        owner = request.params.get("owner") or (request.body or {}).get("organization")
        if key == READER or owner == CLOSED:
            return wrong(403, "you don't have the rights to write here")
        return None

    def whoami(self, request: Request) -> Answer:
        role = "read" if READER in request.headers["Authorization"] else "write"
        orgs = [{"name": LAB}, {"name": CLOSED}]
        auth = {"type": "access_token", "accessToken": {"displayName": "a", "role": role}}
        return Answer(200, {"type": "user", "name": USER, "orgs": orgs, "auth": auth})

    # --- repositories ---

    def create_repo(self, request: Request) -> Answer:
        name = f"{request.body['organization'] or USER}/{request.body['name']}"
        url = {"url": f"{self.url}/datasets/{name}"}
        if name in self.repositories:
            return Answer(409, {**url, "error": "You already created this dataset repo"})
        made = self.repositories[name] = Repository(request.body["visibility"] == "private")
        self.put(made, dict(FIRST_FILE), "initial commit")
        return Answer(200, url)

    def put(self, repository: Repository, files: dict[str, bytes | str], message: str) -> str:
        sha = hashlib.sha1(str(next(self.ids)).encode()).hexdigest()
        repository.commits[sha] = files
        repository.messages.append(message)
        return sha

    def repository(self, request: Request) -> Repository:
        found = self.repositories.get(f"{request.params['owner']}/{request.params['name']}")
        if found is None:
            raise wrong(404, "Repository not found", "RepoNotFound")
        return found

    def dataset_info(self, request: Request) -> Answer:
        found = self.repository(request)
        id_ = f"{request.params['owner']}/{request.params['name']}"
        return Answer(200, {"id": id_, "sha": found.head, "private": found.private, "tags": []})

    def list_tree(self, request: Request) -> Answer:
        found = self.repository(request)
        files = sorted(found.commits[request.params["revision"]].items())
        first = int(request.query.get("cursor", 0))
        entries = [self.entry(path, content) for path, content in files[first : first + PAGE]]
        if first + PAGE >= len(files):
            return Answer(200, entries)
        owner, name, revision = (request.params[part] for part in ("owner", "name", "revision"))
        after = f"{self.url}/api/datasets/{owner}/{name}/tree/{revision}?recursive=true&cursor={first + PAGE}"
        return Answer(200, entries, {"Link": f'<{after}>; rel="next"'})

    def entry(self, path: str, content: bytes | str) -> dict[str, Any]:
        if isinstance(content, bytes):
            return {"type": "file", "path": path, "oid": git_hash(content), "size": len(content)}
        size = len(self.store[content])
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{content}\nsize {size}\n".encode()
        lfs = {"oid": content, "size": size, "pointerSize": len(pointer)}
        return {"type": "file", "path": path, "oid": git_hash(pointer), "size": size, "lfs": lfs}

    def list_refs(self, request: Request) -> Answer:
        found = self.repository(request)
        main = {"name": "main", "ref": "refs/heads/main", "targetCommit": found.head}
        tags = [
            {"name": name, "ref": f"refs/tags/{name}", "targetCommit": sha}
            for name, sha in found.tags.items()
        ]
        return Answer(200, {"branches": [main], "tags": tags, "converts": []})

    def create_tag(self, request: Request) -> Answer:
        found, tag = self.repository(request), request.body["tag"]
        if tag in found.tags:
            raise wrong(409, "Tag reference exists already")
        revision = request.params["revision"]
        found.tags[tag] = found.head if revision == "main" else revision
        return Answer(200, {})

    # --- files ---

    def validate_yaml(self, request: Request) -> Answer:
        head = re.match(r"---\n(.*?)\n---\n", request.body["content"], re.DOTALL)
        if head is None or "license" not in yaml.safe_load(head[1]):
            return Answer(400, {"errors": [{"message": "no licence"}], "warnings": []})
        return Answer(200, {"errors": [], "warnings": []})

    def preupload(self, request: Request) -> Answer:
        files = self.repository(request).files
        answers = []
        for path in [each["path"] for each in request.body["files"]]:
            mode = "lfs" if path.endswith(".parquet") else "regular"
            there = {"oid": self.entry(path, files[path])["oid"]} if path in files else {}
            answers.append({"path": path, "uploadMode": mode, "shouldIgnore": False, **there})
        return Answer(200, {"files": answers})

    def lfs_batch(self, request: Request) -> Answer:
        objects = []
        for each in request.body["objects"]:
            action = {"upload": {"href": f"{self.url}/store/{each['oid']}"}}
            objects.append({**each, **({} if each["oid"] in self.store else {"actions": action})})
        return Answer(200, {"transfer": "basic", "objects": objects})

    def put_object(self, request: Request) -> Answer:
        if hashlib.sha256(request.body).hexdigest() != request.params["oid"]:
            return Answer(400)
        self.store[request.params["oid"]] = request.body
        return Answer(200)

    def commit(self, request: Request) -> Answer:
        found = self.repository(request)
        header, *operations = (line["value"] | {"key": line["key"]} for line in request.body)
        if header.get("parentCommit", found.head) != found.head:
            raise wrong(412, "A commit has happened since. Please refresh and try again.")
        files = dict(found.files)
        for operation in operations:
            self.apply(files, operation)
        if self.forgets_commits:
            files = dict(found.files)
        sha = self.put(found, files, header["summary"])
        page = f"{self.url}/datasets/{request.params['owner']}/{request.params['name']}"
        return Answer(200, {"success": True, "commitOid": sha, "commitUrl": f"{page}/commit/{sha}"})

    def apply(self, files: dict[str, bytes | str], operation: Mapping[str, Any]) -> None:
        path = operation["path"]
        if operation["key"] == "file":
            files[path] = base64.b64decode(operation["content"])
        elif operation["key"] == "lfsFile":
            if operation["oid"] not in self.store:
                raise wrong(400, f"{path}: its content was not sent")
            files[path] = operation["oid"]
        elif files.pop(path, None) is None:
            raise wrong(404, "A file with this name doesn't exist", "EntryNotFound")


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def wrong(status: int, message: str, code: str | None = None) -> Answer:
    headers = {"X-Error-Message": message, **({"X-Error-Code": code} if code else {})}
    return Answer(status, {"error": message}, headers)
