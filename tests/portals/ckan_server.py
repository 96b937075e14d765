"""A real CKAN on this machine, for as long as the tests need it: python ckan_server.py [FOLDER] shows it.

PostgreSQL and Redis come from Debian, CKAN from requirements/ckan.txt into an environment of its own, which is kept.
All listens on the loopback only, on free ports, writes into one temporary folder, and stops by itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "ckan.txt"
VENV = ROOT / ".ckan-venv"
STAMP = VENV / "iqsy-stamp"
SOLR = Path(__file__).with_name("solr_stand_in.py")
# A server left behind by killed tests ends after these seconds.
LONGEST = 900
PATIENCE = 60
USER, ORGANISATION = "editor", "security-data"
SETTINGS = """\
[app:main]
use = egg:ckan
SECRET_KEY = {secret}
api_token.jwt.encode.secret = string:{secret}
api_token.jwt.decode.secret = string:{secret}
ckan.site_id = iqsy-tests
ckan.site_url = http://127.0.0.1:{ckan}
ckan.plugins = datastore dcat
ckan.storage_path = {folder}/files
ckan.max_resource_size = 1
ckan.auth.user_create_organizations = true
sqlalchemy.url = postgresql://ckan@127.0.0.1:{postgres}/ckan
ckan.datastore.write_url = postgresql://ckan@127.0.0.1:{postgres}/store
ckan.datastore.read_url = postgresql://reader@127.0.0.1:{postgres}/store
ckan.redis.url = redis://127.0.0.1:{redis}/0
solr_url = http://127.0.0.1:{solr}/solr/ckan

[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys =
[logger_root]
level = WARNING
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
"""


@dataclass(frozen=True)
class Site:
    """A running CKAN: its address, an organisation, and the key of an editor of that."""

    url: str
    org: str
    key: str

    def act(self, action: str, data: Mapping[str, Any], key: str | None = None) -> Any:
        """The result of an action by the editor, or by whoever has `key`: nobody has the empty one."""
        headers = {"Content-Type": "application/json", "Authorization": self.key if key is None else key}
        request = urllib.request.Request(
            f"{self.url}/api/action/{action}", json.dumps(data).encode(), headers
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["result"]

    def download(self, url: str) -> bytes:
        """What anybody gets at an address of the site."""
        with urllib.request.urlopen(url, timeout=60) as answer:
            content: bytes = answer.read()
            return content


def missing() -> list[str]:
    """The Debian packages that lack for a CKAN to run here."""
    needed = {"postgresql": postgres("postgres"), "redis-server": shutil.which("redis-server")}
    return [package for package, program in needed.items() if program is None]


def postgres(program: str) -> str | None:
    """A program of PostgreSQL, which Debian keeps off the path."""
    folders = [str(folder) for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    return shutil.which(program, path=os.pathsep.join([*folders, os.environ.get("PATH", "")]))


def environment() -> Path:
    """The folder of CKAN's programs, made from the lock unless it is there already."""
    with FileLock(f"{VENV}.lock"):
        made_from = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
        if not STAMP.exists() or STAMP.read_text() != made_from:
            shutil.rmtree(VENV, ignore_errors=True)
            uv = shutil.which("uv")
            works = uv and subprocess.run([uv, "--version"], capture_output=True).returncode == 0
            if works:
                _run("uv", "venv", "--quiet", "--python", sys.executable, VENV)
                install = ["uv", "pip", "install", "--python", VENV / "bin" / "python"]
            else:
                _run(sys.executable, "-m", "venv", VENV)
                install = [VENV / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check"]
            # Without dependencies: the lock is whole but for psycopg2, which psycopg2-binary stands in for.
            _run(*install, "--quiet", "--no-deps", "--require-hashes", "-r", LOCK)
            STAMP.write_text(made_from)
    return VENV / "bin"


@contextmanager
def running() -> Iterator[Site]:
    """A CKAN with an organisation, an editor of it, and a datastore."""
    bin = environment()
    with ExitStack() as stack:
        folder = Path(mkdtemp(prefix="iqsy-ckan-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        names = ("ckan", "postgres", "redis", "solr")
        ports = dict(zip(names, _free_ports(len(names)), strict=True))
        settings = folder / "ckan.ini"
        settings.write_text(SETTINGS.format(**ports, folder=folder, secret=os.urandom(20).hex()))
        _start_postgres(stack, folder, ports["postgres"])
        redis = ["redis-server", "--bind", "127.0.0.1", "--port", str(ports["redis"]), "--save", ""]
        _start(stack, [*redis, "--dir", str(folder)], folder / "redis.log")
        _start(stack, [sys.executable, str(SOLR), str(ports["solr"])], folder / "solr.log")
        for name in names[1:]:
            _wait(partial(_listens, ports[name]), folder / f"{name}.log")
        ckan = [str(bin / "ckan"), "-c", str(settings)]
        _make_databases(ckan, ports["postgres"])
        server = [*ckan, "run", "--disable-reloader", "--disable-debugger", "--threaded"]
        _start(stack, [*server, "--host", "127.0.0.1", "--port", str(ports["ckan"])], folder / "ckan.log")
        _run(*ckan, "user", "add", USER, f"email={USER}@example.org", "password=not-a-secret")
        key = _run(*ckan, "user", "token", "add", USER, "tests", "-q").strip()
        site = Site(f"http://127.0.0.1:{ports['ckan']}", ORGANISATION, key)
        _wait(partial(_answers, f"{site.url}/api/action/status_show"), folder / "ckan.log")
        site.act("organization_create", {"name": ORGANISATION, "title": "Security data"})
        yield site


def _start_postgres(stack: ExitStack, folder: Path, port: int) -> None:
    """A cluster of its own. PostgreSQL does not run as root, so there it runs as the user that Debian made."""
    cluster = folder / "postgres"
    cluster.mkdir()
    user: dict[str, Any] = {}
    if os.geteuid() == 0:
        folder.chmod(0o711)
        shutil.chown(cluster, "postgres", "postgres")
        user = {"user": "postgres", "group": "postgres", "extra_groups": []}
    data = str(cluster / "data")
    initdb = [postgres("initdb"), "-D", data, "-U", "ckan", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
    _run(*initdb, **user)
    server = [str(postgres("postgres")), "-D", data, "-p", str(port), "-k", str(cluster), "-c", "fsync=off"]
    _start(stack, [*server, "-c", "listen_addresses=127.0.0.1"], folder / "postgres.log", **user)


def _make_databases(ckan: Sequence[str], port: int) -> None:
    """The databases, their tables, and the rights that the datastore asks for."""
    psql = [postgres("psql"), "-h", "127.0.0.1", "-p", str(port), "-U", "ckan", "-q", "-v", "ON_ERROR_STOP=1"]
    statements = ("CREATE ROLE reader LOGIN", "CREATE DATABASE ckan", "CREATE DATABASE store")
    _run(*psql, "-d", "postgres", *(part for statement in statements for part in ("-c", statement)))
    # Each takes some seconds to start.
    with ThreadPoolExecutor() as pool:
        tables = pool.submit(_run, *ckan, "db", "init")
        rights = pool.submit(_run, *ckan, "datastore", "set-permissions")
        tables.result()
        _run(*psql, "-d", "postgres", input=rights.result())


def _run(*command: object, **options: Any) -> str:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, **options
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def _start(stack: ExitStack, command: Sequence[str], log: Path, **options: Any) -> None:
    """Start a server that ends with the stack, or after its time."""
    with log.open("wb") as stream:
        bounded = ["timeout", "--kill-after=10", str(LONGEST), *command]
        server = subprocess.Popen(bounded, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, **options)
    stack.callback(_stop, server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    # PostgreSQL waits for its clients at SIGTERM, not at SIGINT.
    server.send_signal(signal.SIGINT)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _wait(ready: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError(f"no server after {PATIENCE} s:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.1)


def _free_ports(n: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    with running() as site:
        print(site)
        input("Enter stops it. ")
