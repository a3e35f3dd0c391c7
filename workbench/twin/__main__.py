"""`python -m workbench.twin [FOLDER]` writes the bundled twin, into `catalogs/data` unless told otherwise."""

import sys
from pathlib import Path

from workbench.terms.places import bundled
from workbench.twin.bundled import write_bundled

for path in write_bundled(Path(sys.argv[1]) if len(sys.argv) > 1 else bundled("catalogs") / "data"):
    print(f"{path}  {path.stat().st_size:,} bytes")
