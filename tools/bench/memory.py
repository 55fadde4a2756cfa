"""How much memory each process of a copy holds."""

from typing import Final

import psutil

from tools.bench.stage import Stage

MB: Final = 1024 * 1024


def measure_memory(stage: Stage) -> dict[str, float]:
    """Give megabytes per process: the resident set of ours and of Kafka.

    PostgreSQL is the sum of the proportional sets of the server and its children, since they
    share most of what they hold.
    """
    found = {
        f"rss_mb_{name.replace(' ', '_')}": psutil.Process(process.pid).memory_info().rss / MB
        for name, process in stage.running.items()
    }
    server = psutil.Process(stage.database.pid)
    family = [server, *server.children(recursive=True)]
    found["rss_mb_postgresql"] = sum(_proportional(one) for one in family)
    found["rss_mb_kafka"] = psutil.Process(stage.broker.pid).memory_info().rss / MB
    return found


def _proportional(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss) / MB
    except psutil.NoSuchProcess:  # a connection that was closed meanwhile
        return 0.0
