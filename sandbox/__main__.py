"""`python -m sandbox`: the three platforms on free loopback ports, until it is stopped.

Prints one JSON line when all are ready: {"addresses": {platform: address}, "settings": {platform: {name: value}}},
where the settings are what a client of that platform has to be told to talk to this one.
"""

import argparse
import asyncio
import json
import socket
from functools import partial
from importlib import import_module

import uvicorn
from fastapi import FastAPI

from sandbox.faults import WireFaults
from sandbox.world import World

PLATFORMS = ("facebook", "zalo", "youtube")


def build(platform: str, seed: int) -> tuple[World, FastAPI]:
    """One platform's world and its app; `sandbox.<platform>.create_app(world)` makes the routes."""
    world = World(platform, seed)
    return world, import_module(f"sandbox.{platform}").create_app(world)


async def serve(platforms: list[str], seed: int) -> None:
    """Serve each platform on its own free port of 127.0.0.1."""
    servers, addresses = [], {}
    for platform in platforms:
        # asyncio sends at once (TCP_NODELAY) only where the protocol is named; else each answer waits 40 ms
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        addresses[platform] = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = WireFaults(partial(build, platform, seed), addresses[platform])
        config = uvicorn.Config(app, log_level="critical", access_log=False, http="h11", lifespan="off")
        servers.append(uvicorn.Server(config).serve(sockets=[listener]))
        listener.listen(128)
    settings = {name: import_module(f"sandbox.{name}").client_settings(url) for name, url in addresses.items()}
    print(json.dumps({"addresses": addresses, "settings": settings}), flush=True)
    await asyncio.gather(*servers)


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--only", choices=PLATFORMS, action="append")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.only or list(PLATFORMS), arguments.seed))


if __name__ == "__main__":
    main()
