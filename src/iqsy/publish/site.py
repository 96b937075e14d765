"""What the clients of all portals have: an address, a key that no error shows, and two kinds of refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iqsy.problems import Problem, ProblemsError
from iqsy.publish import http

USER_AGENT = "iqsy"
LONGEST_SHOWN = 200


class Missing(Exception):
    """The portal has nothing of that id or name."""


class Refused(ProblemsError):
    """The portal does not take what it was sent; `fields` and `said` have what it says of each field."""

    def __init__(self, problem: Problem, fields: Mapping[str, Any]) -> None:
        super().__init__([problem])
        self.fields = fields
        self.said = plain(fields)


class Site:
    """A portal at an address, with the key of a user there."""

    def __init__(self, url: str, key: str) -> None:
        self.url = http.check_url(url)
        self._key = key

    def error(self, message: str) -> ProblemsError:
        """An error of which the message goes on after the portal's address."""
        return ProblemsError([self.problem(message)])

    def refusal(self, what: str, fields: Mapping[str, Any]) -> Refused:
        """The error that the portal refuses something, for what it says of each field."""
        return Refused(self.problem(f"refuses {what}: {plain(fields)}"), fields)

    def problem(self, message: str) -> Problem:
        """A problem with the portal; the key is not in it."""
        return Problem("portal", http.hide(f"{self.url} {message}", self._key))


def plain(fields: Mapping[str, Any]) -> str:
    """What a portal says of each field, on one line."""
    words = {
        name: ", ".join(map(str, said)) if isinstance(said, list) else said for name, said in fields.items()
    }
    return "; ".join(f"{name}: {said}" if name else str(said) for name, said in words.items())
