"""Jobs of pgqueuer, put first and then worked off: `python pgqueuer.py URL JOBS BATCH`."""

import asyncio
import json
import resource
import sys
import time
from urllib.parse import parse_qs, urlsplit

# A script's own folder comes first, where this file would be the module.
sys.path.pop(0)

import asyncpg
import uvloop
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode


def used() -> float:
    now = resource.getrusage(resource.RUSAGE_SELF)
    return now.ru_utime + now.ru_stime


async def main() -> None:
    url, jobs, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    address = urlsplit(url)
    place = {
        "host": parse_qs(address.query)["host"][0],
        "user": address.username,
        "database": address.path[1:],
    }
    async with asyncpg.create_pool(**place, min_size=2, max_size=16) as pool:
        driver = AsyncpgPoolDriver(pool)
        queries = Queries(driver)
        await queries.install()
        for start in range(0, jobs, 1000):
            many = min(1000, jobs - start)
            await queries.enqueue(["job"] * many, [b"{}"] * many, [0] * many)
        await pool.execute("VACUUM ANALYZE pgqueuer")
        manager = QueueManager(queries)
        done = 0

        @manager.entrypoint("job")
        async def job(_job) -> None:
            nonlocal done
            done += 1

        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        cpu, start = used(), time.perf_counter()
        await manager.run(batch_size=batch, mode=QueueExecutionMode.drain)
        seconds, cpu = time.perf_counter() - start, used() - cpu
        assert done == jobs, done
        print(json.dumps({"seconds": seconds, "cpu": cpu}), flush=True)


uvloop.run(main())
