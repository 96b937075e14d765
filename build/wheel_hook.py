"""What a wheel holds beside the code: the contract, the tables and their description, under iqsy/_package.

Parquet is built, not committed: a wheel or source archive that lacks it, or has it older than its CSV,
is stopped. An editable install reads the checkout itself and needs none of this.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TABLES = "data/tables"
SHIPPED = ("datapackage.json", "schema", TABLES)


class WheelHook(BuildHookInterface[Any]):
    """Called by hatchling before it writes a wheel or a source archive."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Refuse stale Parquet, then add the package's files to a wheel."""
        if version == "editable":
            return
        stale = stale_tables(Path(self.root) / TABLES)
        if stale:
            raise SystemExit(
                f"Parquet is missing or older than its CSV: {', '.join(stale)}. Run `python3 build` first."
            )
        if self.target_name == "wheel":
            build_data["force_include"].update({path: f"iqsy/_package/{path}" for path in SHIPPED})


def stale_tables(folder: Path) -> list[str]:
    """The names of the tables in `folder` whose Parquet does not exist or was written before the CSV.

    A folder without any table is stale as a whole.
    """
    tables = sorted(folder.glob("*.csv"))
    stale = [csv.stem for csv in tables if modified(csv.with_suffix(".parquet")) < modified(csv)]
    return stale if tables else [folder.name]


def modified(path: Path) -> float:
    """When a file was written; before all time if it was not."""
    return path.stat().st_mtime if path.exists() else -1.0
