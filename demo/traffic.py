"""The traffic source: shoppers at a steady rate in every region, whatever the shop does.

    python -m demo.traffic --summary .demo/traffic.json --rate 180 \
        --region eu-west=http://127.0.0.1:8001 --region us-east=http://127.0.0.1:8002

The load is open: a slow shop does not slow the shoppers down, up to `MOST_IN_FLIGHT` per region
(what is not sent then is counted as `held_back`). The summary is written every second and, with
`"final": true`, when SIGTERM or SIGINT ends the run and the last answers are in.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time
from pathlib import Path

from demo.connections import Connections, Lost, NotSent
from demo.shoppers import Errand, Shoppers
from demo.tally import Tally

TICK_SECONDS = 0.01
MOST_IN_FLIGHT = 256
ANSWER_SECONDS = 15.0


class RegionTraffic:
    """Shoppers of one region, at `rate` requests per second."""

    def __init__(self, region: str, url: str, rate: float, seed: int) -> None:
        self.region = region
        self.rate = rate
        self.tally = Tally()
        self._connections = Connections(url)
        host = f"{self._connections.host}:{self._connections.port}"
        self._shoppers = Shoppers(region, host, seed)
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop`, then wait for the last answers."""
        began, due = time.monotonic(), 0.0
        while not stop.is_set():
            now_due = (time.monotonic() - began) * self.rate
            # After a stall of this process the missed requests are not sent in one burst.
            for _ in range(min(int(now_due) - int(due), int(self.rate))):
                self._send_one()
            due = now_due
            await asyncio.sleep(TICK_SECONDS)
        await asyncio.gather(*self._running)
        self._connections.close()

    def _send_one(self) -> None:
        if len(self._running) >= MOST_IN_FLIGHT:
            self.tally.held_back += 1
            return
        task = asyncio.create_task(self._run_errand(self._shoppers.next()))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run_errand(self, errand: Errand) -> None:
        self.tally.sent += 1
        began = time.monotonic()
        try:
            reply = await self._connections.exchange(errand.request, ANSWER_SECONDS)
        except NotSent as error:
            self.tally.lost(f"not connected: {error}")
        except Lost as error:
            self.tally.lost(f"no answer: {error}")
        else:
            self.tally.reply(errand.kind, reply, time.monotonic() - began)


def write_summary(path: Path, regions: list[RegionTraffic], *, began: float, final: bool) -> None:
    """Write all counts at once, never half a file."""
    document = {
        "final": final,
        "seconds": round(time.monotonic() - began, 3),
        "failed_by_rollout": sum(region.tally.failed_by_rollout for region in regions),
        "regions": {region.region: region.tally.as_json() for region in regions},
    }
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(path)


async def run(regions: list[RegionTraffic], summary: Path) -> None:
    """Send traffic to all regions until a signal comes."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    began = time.monotonic()
    sending = asyncio.gather(*(region.run(stop) for region in regions))
    while not stop.is_set():
        write_summary(summary, regions, began=began, final=False)
        try:
            await asyncio.wait_for(stop.wait(), 1.0)
        except TimeoutError:
            continue
    await sending
    write_summary(summary, regions, began=began, final=True)


def main() -> None:
    """Run the traffic source."""
    parser = argparse.ArgumentParser(prog="python -m demo.traffic")
    parser.add_argument("--region", action="append", required=True, metavar="NAME=URL")
    parser.add_argument("--rate", type=float, default=180.0, help="requests per second and region")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--summary", type=Path, required=True)
    arguments = parser.parse_args()
    pairs = [region.split("=", 1) for region in arguments.region]
    traffic = [RegionTraffic(name, url, arguments.rate, arguments.seed) for name, url in pairs]
    asyncio.run(run(traffic, arguments.summary))


if __name__ == "__main__":
    main()
