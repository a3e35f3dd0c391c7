"""`python -m workbench.twin [FOLDER]` writes what is made up, into `catalogs/data` unless told otherwise."""

import sys
from pathlib import Path

from workbench.terms.places import bundled
from workbench.twin.bundled import write_bundled
from workbench.twin.notifications import write_notifications
from workbench.twin.team_files import write_team
from workbench.twin.workers import write_workers

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else bundled("catalogs") / "data"
for path in (*write_bundled(folder), write_workers(folder), *write_notifications(folder), *write_team(folder)):
    print(f"{path}  {path.stat().st_size:,} bytes")
