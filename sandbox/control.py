"""The control surface under /_sandbox: set the clock, order faults and scenarios, ask what the public sees."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime, BaseModel

from sandbox.page import render_page
from sandbox.scenario import FaultForm, ScenarioError, read_scenario, unknown_kind
from sandbox.world import Fault, PublicItem, World


class ClockForm(BaseModel):
    """`now` null: go back to the computer's time."""

    now: AwareDatetime | None = None


def add_control(app: FastAPI, world: World, public: Callable[[], list[PublicItem]]) -> None:
    """Give a platform's app its control routes and its public page at `/`."""
    _add_faults(app, world)

    @app.post("/_sandbox/clock")
    def set_clock(form: ClockForm | None = None) -> dict[str, str]:
        world.set_clock(form.now if form else None)
        return {"now": world.now().isoformat()}

    @app.get("/_sandbox/clock")
    def get_clock() -> dict[str, str]:
        return {"now": world.now().isoformat()}

    @app.get("/_sandbox/public")
    def list_public() -> list[PublicItem]:
        with world.lock:
            return public()

    @app.get("/_sandbox/requests")
    def list_requests() -> list[dict[str, Any]]:
        return list(world.requests)

    @app.get("/", response_class=HTMLResponse)
    def page() -> str:
        with world.lock:
            return render_page(world, public())


def _add_faults(app: FastAPI, world: World) -> None:
    @app.post("/_sandbox/faults")
    def add_fault(form: FaultForm) -> dict[str, int]:
        """One fault, armed at once."""
        if wrong := unknown_kind(world.platform, form.kind):
            raise HTTPException(422, [f"{wrong}."])
        with world.lock:
            world.faults.append(form.fault())
        return {"faults": len(world.faults)}

    @app.get("/_sandbox/faults")
    def list_faults() -> list[dict[str, Any]]:
        """Every fault since the last reset, in the order of arming, and those that are coming."""
        with world.lock:
            world.arm_due()
            now = world.now()
            armed = [_told(fault, "over" if fault.is_over(now) else "armed") for fault in world.faults]
            coming = [
                {**_told(one.fault, "coming"), "due": one.due, "after": one.after, "until": one.until}
                for one in world.coming
            ]
            return armed + coming

    @app.delete("/_sandbox/faults")
    def clear_faults() -> dict[str, int]:
        world.forget()
        return {"faults": 0}

    @app.post("/_sandbox/scenario")
    async def load_scenario(request: Request) -> dict[str, int]:
        """A scenario as YAML; this platform takes its own events out of it."""
        try:
            events = read_scenario((await request.body()).decode())
        except ScenarioError as error:
            raise HTTPException(422, error.sentences) from None
        world.expect(events[world.platform])
        return {"events": len(events[world.platform])}


def _told(fault: Fault, state: str) -> dict[str, Any]:
    """A fault, whether it is coming, armed or over, and when it struck what; never: `struck` is empty."""

    def strike(at: datetime, method: str, path: str) -> dict[str, Any]:
        return {"at": at, "method": method, "path": path}

    names = ("kind", "method", "path", "effect", "values", "say", "until")
    facts = {name: getattr(fault, name) for name in names}
    return {"state": state, **facts, "times_left": fault.times, "struck": [strike(*one) for one in fault.struck]}
