"""The contract → the codebook: every table, code list and rule, with examples from the data.

`content` puts together once what it says, as blocks in both languages; `markdown` and `page` write them.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from iqsy.codebook.content import blocks
from iqsy.codebook.markdown import markdown
from iqsy.codebook.page import page
from iqsy.contract import Contract


def files(contract: Contract, tables: Mapping[str, pa.Table]) -> dict[str, str]:
    """The codebook in each format, by file name; the same contract and tables give the same texts."""
    content = list(blocks(contract, tables))
    return {"codebook.md": markdown(content), "codebook.html": page(content)}
