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
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from sandbox.faults import WireFaults
from sandbox.scenario import ScenarioError, read_scenario
from sandbox.world import PLATFORMS, World


def build(platform: str, seed: int, scenario: str) -> tuple[World, FastAPI]:
    """One platform's world and its app; `sandbox.<platform>.create_app(world)` makes the routes."""
    world = World(platform, seed)
    app: FastAPI = import_module(f"sandbox.{platform}").create_app(world)
    if scenario:
        world.expect(read_scenario(scenario)[platform])
    return world, app


KEPT_OPEN = 600
"""Seconds for which a connection stays open that nobody uses. After uvicorn's five a test that thought for so long met
it just as it was closed, which only a fault that was asked for may do."""


class Door:
    """A platform's server on a port of its own, which can be closed for a while."""

    def __init__(self) -> None:
        self.socket = _new_socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        _let_rebind(self.socket)
        self.socket.listen(128)
        self.server: uvicorn.Server | None = None
        self.opening: asyncio.Task[None] | None = None

    async def serve(self, app: WireFaults) -> None:
        """Serve until the process is stopped."""
        config = uvicorn.Config(
            app, log_level="critical", access_log=False, http="h11", lifespan="off", timeout_keep_alive=KEPT_OPEN
        )
        self.server = uvicorn.Server(config)
        await self.server.serve(sockets=[self.socket])

    def shut(self, seconds: float) -> None:
        """Drop every connection and accept none for so long; the port stays ours."""
        assert self.server is not None
        for listening in self.server.servers:
            listening.close()
        self.socket = _new_socket()
        _let_rebind(self.socket)
        self.socket.bind(("127.0.0.1", self.port))
        for connection in list(self.server.server_state.connections):
            transport = connection.transport
            if transport is not None:
                transport.abort()
        asyncio.get_running_loop().call_later(seconds, self._open)

    def _open(self) -> None:
        assert self.server is not None
        self.opening = asyncio.ensure_future(self.server.startup(sockets=[self.socket]))


def _new_socket() -> socket.socket:
    # asyncio sends at once (TCP_NODELAY) only where the protocol is named; else each answer waits 40 ms
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)


def _let_rebind(bound: socket.socket) -> None:
    """Let the port be taken again while old connections to it die; on port 0 it would share one with others."""
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)


async def serve(platforms: list[str], seed: int, scenario: str) -> None:
    """Serve each platform on its own free port of 127.0.0.1."""
    servers, addresses = [], {}
    for platform in platforms:
        door = Door()
        addresses[platform] = f"http://127.0.0.1:{door.port}"
        app = WireFaults(partial(build, platform, seed, scenario), addresses[platform])
        app.shut_door = door.shut
        servers.append(door.serve(app))
    settings = {name: import_module(f"sandbox.{name}").client_settings(url) for name, url in addresses.items()}
    print(json.dumps({"addresses": addresses, "settings": settings}), flush=True)
    await asyncio.gather(*servers)


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--only", choices=PLATFORMS, action="append")
    parser.add_argument("--scenario", type=Path, metavar="FILE", help="a day of faults, see docs/sandbox.md")
    arguments = parser.parse_args()
    scenario = ""
    if arguments.scenario:
        try:
            scenario = arguments.scenario.read_text(encoding="utf-8")
            read_scenario(scenario, arguments.scenario.name)
        except (OSError, UnicodeDecodeError, ScenarioError) as error:
            raise SystemExit(str(error)) from None
    asyncio.run(serve(arguments.only or list(PLATFORMS), arguments.seed, scenario))


if __name__ == "__main__":
    main()
