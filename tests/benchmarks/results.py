"""One table of what the benchmarks measured, from what they print themselves: tests/benchmarks/results.md.

Each is a process of its own, one after the other; their lines stand in the table as they were printed, with the load of
the machine before each, for a busy machine says little.
    python tests/benchmarks/results.py [NAME ...] [--records 30000000] [--seconds 300]
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = ("linked_aggregates", "explorer_click", "explorer_click_nuts3", "cold_start", "sessions")
"""The benchmarks of the explorer: what a reader waits for."""


def command(name: str, records: int, seconds: float) -> list[str]:
    """The line that is run for a benchmark.

    Parameters
    ----------
    name : one of `NAMES`
    records : of the twin
    seconds : that a class is at work

    Returns
    -------
    list of str
    """
    options = {
        "linked_aggregates": [str(records)],
        "explorer_click_nuts3": ["--level", "nuts3", "--records", str(min(records, 5_000_000))],
        "sessions": ["--seconds", str(seconds)],
    }
    return [f"bench_{name.removesuffix('_nuts3')}.py", *options.get(name, [])]


def rows(name: str, records: int, seconds: float) -> list[str]:
    """The table's rows of one benchmark; a failure is a row as well."""
    file, *options = command(name, records, seconds)
    load, start = os.getloadavg()[0], time.monotonic()
    done = subprocess.run([sys.executable, str(FOLDER / file), *options], capture_output=True, text=True)
    printed = [line.strip(" |").replace("|", "·") for line in done.stdout.splitlines() if line.strip(" |-")]
    if done.returncode:
        printed.append(f"failed: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    taken = time.monotonic() - start
    head = f"| `{' '.join([file, *options])}` | load {load:.1f}, {taken:.0f} s |"
    return [head, *(f"| | {line} |" for line in printed)]


def main(names: list[str], records: int, seconds: float) -> None:
    """Run, and write the table after each."""
    asked = " ".join(["python tests/benchmarks/results.py", *sys.argv[1:]])
    text = [f"# What the benchmarks measured\n\nMade by `{asked}` on {time.strftime('%Y-%m-%d')}, "
            f"{os.cpu_count()} processors.\n", "| benchmark | printed |", "|---|---|"]  # fmt: skip
    for name in names:
        text += rows(name, records, seconds)
        (FOLDER / "results.md").write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "names", nargs="*", metavar="NAME", help=f"some of {', '.join(NAMES)}; all where none is named"
    )
    options.add_argument("--records", type=int, default=30_000_000)
    options.add_argument("--seconds", type=float, default=300)
    given = options.parse_args()
    if unknown := set(given.names) - set(NAMES):
        options.error(f"no benchmarks of the explorer: {', '.join(sorted(unknown))}")
    main(given.names or list(NAMES), given.records, given.seconds)
