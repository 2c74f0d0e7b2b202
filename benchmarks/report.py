"""Print what a benchmark measured, with its provenance, and keep it where it was asked for."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
from nb import provenance


def report(values: Mapping, out: Path | None, parameters: Mapping | None = None) -> None:
    """Print the values as JSON, and write them to ``out`` if it is given."""
    made_by = provenance(dict(parameters or {}), [Path(sys.argv[0])])
    text = json.dumps({"provenance": made_by, "values": values}, indent=1, sort_keys=True)
    print(text)
    if out:
        out.write_text(text + "\n")
