"""What to call things in a language: words for the ids and codes of a package's tables.

Whatever has no words, as in a package of another version, is called by its id or code.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

import pyarrow as pa

from iqsy import amounts
from iqsy.claims import ANY, Row
from iqsy.contract import Contract
from iqsy.settle import SEPARATOR

Language = Literal["en", "ar"]
NAMED = {
    "actors": ("actor_id", "name"),
    "publishers": ("publisher_id", "name"),
    "places": ("place_id", "name"),
    "offices": ("office_id", "title"),
    "topics": ("topic_id", "label"),
    "instruments": ("instrument_id", "title"),
    "events": ("event_id", "title"),
    "series": ("series_id", "title"),
    "sources": ("source_id", "source_title"),
}
COMMA = {"en": ", ", "ar": "، "}


class Labels:
    """Words in one language for what the tables of a package name."""

    def __init__(self, tables: Mapping[str, pa.Table], contract: Contract, lang: Language) -> None:
        self.tables = tables
        self.contract = contract
        self.lang = lang
        self._rows: dict[str, Mapping[str, Row]] = {}

    @cached_property
    def comma(self) -> str:
        """What stands between the members of a list."""
        return COMMA[self.lang]

    def row(self, table: str, key: object) -> Row | None:
        """The row of a table that ids name, or None."""
        if table not in self._rows:
            column = NAMED[table][0]
            self._rows[table] = {str(row[column]): row for row in self.tables[table].to_pylist()}
        return self._rows[table].get(str(key))

    def name(self, table: str, key: object) -> str:
        """Name, title or label of a row: in the language, else in the other."""
        row, stem = self.row(table, key), NAMED[table][1]
        return str(key) if row is None else self.of(row, stem) or str(key)

    def of(self, row: Row, stem: str) -> str | None:
        """The words that a row has in the language, else those in the other; None without any."""
        found = row.get(f"{stem}_{self.lang}") or row.get(f"{stem}_en") or row.get(f"{stem}_ar")
        return None if found is None else str(found)

    def code(self, codelist: str, code: object) -> str:
        """Label of a code."""
        return self._of_code(codelist, code, "label")

    def definition(self, codelist: str, code: object) -> str:
        """Definition of a code."""
        return self._of_code(codelist, code, "definition")

    def _of_code(self, codelist: str, code: object, what: str) -> str:
        row = self.contract.codelists[codelist].by_code.get(str(code))
        return row[f"{what}_{self.lang}"] if row else str(code)

    def table(self, name: str) -> str:
        """Title of a table."""
        table = self.contract.tables[name]
        return table.title_ar if self.lang == "ar" else table.title

    def column(self, table: str, column: str) -> str:
        """Title of a column."""
        field = self.contract.tables[table].by_name[column]
        return field.title_ar if self.lang == "ar" else field.title

    def value(self, prop: str, value: object) -> str:
        """A value of a property of claims or settlements; each of them where there are several."""
        entry = self.contract.codelists["properties"].by_code.get(prop)
        if entry is None:
            return str(value)
        return self.comma.join(self._one(entry, one) for one in str(value).split(SEPARATOR))

    def _one(self, entry: Mapping[str, str], value: str) -> str:
        if entry["value_type"] == "number":
            return number(value)
        resource = entry["values_in"].partition(".")[0]
        if resource in self.contract.codelists:
            return self.code(resource, value)
        return self.name(resource, value) if resource in NAMED else value

    def subject(self, prop: str, subject: str) -> str | None:
        """What a property is stated of; None where that is the event itself."""
        entry = self.contract.codelists["properties"].by_code.get(prop)
        match entry["subject_kind"] if entry else None:
            case "event":
                return None
            case "actor":
                return self.name("actors", subject)
            case "instrument":
                return self.name("instruments", subject)
            case "place_role":
                return self.code("place_roles", subject)
            case "figure" if subject.count("/") == 3:
                return self.figure(*subject.split("/"))
            case "ordinal" if subject.count("/") == 3:
                return self._ordinal(*subject.split("/"))
        return subject

    def figure(self, measure: str, item: str, unit: str, basis: str) -> str:
        """What a figure measures: the measure, of which item, in which unit unless it is a count."""
        parts = [self.code("measures", measure)]
        parts += [item.replace("-", " ")] if item != "all" else []
        parts += [self.code("units", unit)] if unit != "count" else []
        parts += [self.code("figure_bases", basis)] if basis != "flow" else []
        return self.comma.join(parts)

    def _ordinal(self, actor: str, act: str, place: str, since: str) -> str:
        parts = [self.code("acts", act), self.name("actors", actor)]
        parts += [self.name("places", place)] if place != ANY else []
        parts += [self.name("events", since)] if since != ANY else []
        return self.comma.join(parts)

    def party(self, token: str) -> str:
        """Who speaks or is passed through: an actor, a publisher, or a kind of speaker and a country."""
        for table in ("actors", "publishers"):
            if self.row(table, token) is not None:
                return self.name(table, token)
        kind, _, country = token.partition(":")
        words = self.code("speaker_types", kind)
        return f"{words} ({self.code('countries', country.upper())})" if country else words

    def account(self, account: str) -> str:
        """The institution behind a claim."""
        medium, _, kind = account.partition("~")
        words = self.party(medium)
        return f"{words} ({self.party(kind)})" if kind else words


def number(value: str) -> str:
    """A number or range of claims as one reads it: `150..180` is 150–180, `600..` is ≥ 600."""
    low, dots, high = value.partition(amounts.RANGE)
    if not dots or low == high:
        return low or "?"
    if low and high:
        return f"{low}–{high}"
    return f"≥ {low}" if low else f"≤ {high}"
