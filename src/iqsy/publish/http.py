"""Talking to a portal: patience with passing faults, and no key where it does not belong."""

from __future__ import annotations

import time
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from iqsy.problems import Problem, ProblemsError

TRIES = 5
BACKOFF = 0.5
LONGEST_WAIT = 120
CONNECT_TIMEOUT, READ_TIMEOUT = 10.0, 120.0
TOO_MANY = 429
# The others are faults of a server or of a proxy before it that may be gone the next time.
PASSING = (TOO_MANY, 500, 502, 503, 504)
HIDDEN = "[key]"


def session(once: bool = False) -> requests.Session:
    """A session that repeats what met a passing fault, after `Retry-After` or ever later.

    It repeats any method, POST as well: whoever uses it sends only what may arrive twice. With `once` it
    repeats only what cannot have arrived: what met no server, or one that had too many requests.
    """
    made = requests.Session()
    retry = Retry(
        total=TRIES,
        read=0 if once else None,
        allowed_methods=None,
        status_forcelist=(TOO_MANY,) if once else PASSING,
        backoff_factor=BACKOFF,
        backoff_max=LONGEST_WAIT,
        retry_after_max=LONGEST_WAIT,
    )
    for scheme in ("https://", "http://"):
        made.mount(scheme, HTTPAdapter(max_retries=retry))
    # Without it requests takes a password out of ~/.netrc and sends that in the place of the key.
    made.auth = lambda request: request
    return made


def wait(n: int, told: float | None = None) -> None:
    """Wait after try `n`, from 0 on: as long as a portal told, or ever longer."""
    time.sleep(min(2.0**n if told is None else told, LONGEST_WAIT))


def check_url(url: str) -> str:
    """The address of a portal without a trailing slash; ProblemsError where a key must not be sent there."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise _refused("a portal's address looks like https://data.example.org")
    if parts.username is not None:
        raise _refused(f"the address of {host} holds a user name or password; take them out")
    if parts.scheme == "http" and not _is_this_machine(host):
        raise _refused(f"the key would travel to {host} unencrypted; give its https address")
    return url.strip().rstrip("/")


def host_of(url: str) -> str:
    """The host, with its port if it names one, of a portal's address."""
    return urlsplit(url).netloc


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reason(error: requests.RequestException) -> str:
    """Why a request failed, without the pool, the tries and the nested exceptions."""
    cause = error.args[0] if error.args else error
    return str(getattr(cause, "reason", None) or cause)


def hide(text: str, key: str) -> str:
    """The text without the key, which a server may send back in an error."""
    return text.replace(key, HIDDEN) if key else text


def _refused(message: str) -> ProblemsError:
    return ProblemsError([Problem("portal", message)])
