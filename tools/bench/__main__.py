"""`python -m tools.bench`: one whole run; prints a table, writes bench.json in the data folder."""

import asyncio
import os
import sys
import time

import psutil

from infra.local.home import GiveUp, data_folder
from tools.bench.figures import table
from tools.bench.run import run
from tools.bench.sizes import FULL
from tools.bench.stage import BenchFailed


def main() -> int:
    """Measure, print, write; 1 when a measurement could not be made, whatever its figure."""
    home, begun = data_folder(), time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - begun:6.0f} s  {line}", flush=True)

    try:
        figures = asyncio.run(run(home / "bench", FULL, say))
    except (GiveUp, BenchFailed) as error:
        print(error, file=sys.stderr)
        return 1
    figures.add("processors", os.cpu_count() or 0)
    figures.add("load_at_end", psutil.getloadavg()[0])
    figures.add("seconds", time.monotonic() - begun)
    missing = figures.missing()
    figures.write(home / "bench.json")
    print(f"\n{table(figures.numbers)}\n\nwritten to {home / 'bench.json'}")
    if missing:
        print(f"not measured: {', '.join(missing)}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
