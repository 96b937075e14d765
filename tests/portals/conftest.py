"""The portals that the tests publish on. A server is started once, by the first test that needs it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from portals import ckan_server, proxy
from portals.ckan_server import Site
from portals.proxy import Proxy


@pytest.fixture(scope="session")
def ckan() -> Iterator[Site]:
    """A real CKAN with a datastore and DCAT."""
    if missing := ckan_server.missing():
        message = f"no CKAN runs here without the Debian packages {' and '.join(missing)}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with ckan_server.running() as site:
        yield site


@pytest.fixture
def faulty(ckan: Site) -> Iterator[Proxy]:
    """A proxy before the CKAN."""
    with proxy.running(ckan.url) as made:
        yield made
