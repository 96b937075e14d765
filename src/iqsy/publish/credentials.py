"""Keys of portals: from the environment or the system's keyring, and nowhere else."""

from __future__ import annotations

import importlib
import os

from iqsy.problems import Problem, ProblemsError

SERVICE = "iqsy"


def find(variable: str, account: str) -> str:
    """The key in an environment variable, else the keyring's for `account` (a portal's host).

    Raises ProblemsError, which never shows a key, where there is none or it cannot be one.
    """
    key = (os.environ.get(variable) or _keyring(account) or "").strip()
    if not key:
        place = f"set {variable}, or store it with `keyring set {SERVICE} {account}`"
        raise ProblemsError([Problem("credentials", f"there is no key for {account}; {place}")])
    if not (key.isascii() and key.isprintable()) or " " in key:
        message = f"the key for {account} has characters that no key has; copy it again, without line breaks"
        raise ProblemsError([Problem("credentials", message)])
    return key


def _keyring(account: str) -> str | None:
    """The keyring's key; None where the package is not installed or the system has no keyring."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(SERVICE, account)
    except keyring.errors.KeyringError:
        return None
    return found
