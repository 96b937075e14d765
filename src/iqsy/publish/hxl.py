"""Tables with hashtags of the Humanitarian Exchange Language (HXL) in a row below the header."""

from __future__ import annotations

from pathlib import Path

from iqsy.contract import Field, Table

# By the column's name without its language. What is not here is told by its type and name.
HASHTAGS = {
    "event_id": "#event+id",
    "episode_id": "#event+id+episode",
    "event_type": "#event+type",
    "event_class": "#event+class",
    "title": "#event+name",
    "summary": "#description",
    "status": "#status",
    "date_start": "#date+start",
    "date_end": "#date+end",
    "date_edtf": "#date+edtf",
    "published_edtf": "#date+edtf+published",
    "place_id": "#loc+id",
    "place": "#loc+name",
    "country": "#country+code",
    "latitude": "#geo+lat",
    "longitude": "#geo+lon",
    "geo_precision": "#geo+precision",
    "bodies": "#org+name",
    "publisher_name": "#org+name+publisher",
}
BY_TYPE = {"integer": "#indicator+{}+num", "number": "#indicator+{}+num", "date": "#date+{}"}
OTHER = "#meta+{}"
LANGUAGES = {"_en": "+i_en", "_ar": "+i_ar"}


def hashtag(field: Field) -> str:
    """The hashtag of a column, with its attributes, as `#loc+name+i_ar`."""
    suffix = field.name[-3:] if field.name[-3:] in LANGUAGES else ""
    stem = field.name.removesuffix(suffix)
    return (HASHTAGS.get(stem) or BY_TYPE.get(field.type, OTHER).format(stem)) + LANGUAGES.get(suffix, "")


def write_tagged(csv_file: Path, table: Table, target: Path) -> None:
    """Write the CSV of a table again, with the hashtags of its columns below the header."""
    header, end, rows = csv_file.read_bytes().partition(b"\n")
    hashtags = ",".join(map(hashtag, table.fields)).encode()
    target.write_bytes(header + end + hashtags + end + rows)
