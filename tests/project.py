"""A whole small project in a folder: one article, one event and all that they need, in the form people write."""

from __future__ import annotations

import shutil
from pathlib import Path

from iqsy.contract import Contract, cached

ROOT = Path(__file__).resolve().parents[1]
ARTICLE = "curated/articles/2024/rudaw-2024-05-12-agreement.yaml"
EVENT = "curated/events/2024/2024-05-12-ministers-sign.yaml"
PERSON = "curated/actors/abdul-amir-al-shammari.yaml"
PLACES = "curated/places.yaml"

FILES = {
    ARTICLE: """\
id: rudaw-2024-05-12-agreement
publisher: rudaw
title: Iraq, Syria sign
language: en
url: https://example.org/12052024
published: 2024-05-12
genre: news_report
accessed: 2026-11-24
coder: a
text:
  seen: whole
says:
  - event: 2024-05-12-ministers-sign
    at: signed a memorandum
    acts: [signing]
    date:
      value: 2024-05-12
      raw: on Sunday
      basis: weekday_only
    places: [baghdad]
    participants:
      - actor: abdul-amir-al-shammari
        role: [host, signatory]
        office: iq-minister-of-interior
        as: Abdul Amir al-Shammari
      - actor: syria
        role: party
    quotes:
      - by: abdul-amir-al-shammari
        via: ina
        instruments:
          - id: iq-sy-memorandum
            stage: signed
            called: agreement
            topics:
              codes: [counter-narcotics, border-control]
              complete: true
        figures:
          - measure: areas
            value: 5
            item: memorandum
""",
    EVENT: """\
id: 2024-05-12-ministers-sign
inclusion: core
title_en: Ministers sign a memorandum in Baghdad
title_ar: توقيع وزيرين مذكرة في بغداد
""",
    PERSON: """\
id: abdul-amir-al-shammari
type: person
country: IQ
side: iq
names:
  - name: Abdul Amir al-Shammari
    language: en
  - name: عبد الأمير الشمري
    language: ar
    type: transliterated
tenures:
  - office: iq-minister-of-interior
    start: 2022-10-27
    source: rudaw-2024-05-12-agreement
""",
    "curated/actors/syria.yaml": """\
id: syria
type: state
country: SY
side: sy
names:
  - name: Syria
    language: en
  - name: سوريا
    language: ar
""",
    "curated/actors/iq-ministry-of-interior.yaml": """\
id: iq-ministry-of-interior
type: state_body
country: IQ
side: iq
names:
  - name: Ministry of Interior
    language: en
  - name: وزارة الداخلية
    language: ar
""",
    "curated/offices.yaml": """\
- id: iq-minister-of-interior
  body: iq-ministry-of-interior
  title_en: Minister of Interior
  title_ar: وزير الداخلية
  level: 2
  portfolio: interior
""",
    PLACES: """\
- id: iraq
  type: country
  name_en: Iraq
  name_ar: العراق
  country: IQ
- id: baghdad
  type: city
  name_en: Baghdad
  name_ar: بغداد
  country: IQ
  latitude: 33.3
  longitude: 44.4
  within: iraq
""",
    "curated/publishers.yaml": """\
- id: rudaw
  name_en: Rudaw
  type: broadcaster
  country: IQ
  url: https://example.org
- id: ina
  name_en: Iraqi News Agency
  type: news_agency
  country: IQ
""",
    "curated/topics.yaml": """\
- id: counter-narcotics
  label_en: Counter-narcotics
  label_ar: مكافحة المخدرات
  definition_en: Action against drugs.
  definition_ar: العمل ضد المخدرات.
- id: border-control
  label_en: Border control
  label_ar: ضبط الحدود
  definition_en: Watching the border.
  definition_ar: مراقبة الحدود.
""",
    "curated/instruments.yaml": """\
- id: iq-sy-memorandum
  type: memorandum
  title_en: Memorandum on security
  title_ar: مذكرة أمنية
  parties: [syria]
  signed: 2024-05-12
""",
}


def terms() -> Contract:
    """The project's own contract."""
    return cached(ROOT / "schema")


def write(root: Path) -> Path:
    """Write the records below `root`/data and return that folder."""
    data = root / "data"
    for name, text in FILES.items():
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return data


def checkout(root: Path) -> Path:
    """A whole checkout of the project below `root`, with these records in place of the real ones."""
    for part in ("build", "schema", "src"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "datapackage.json", root)
    (root / "docs").mkdir()
    write(root)
    return root
