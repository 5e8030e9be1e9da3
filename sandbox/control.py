"""The control surface under /_sandbox: set the clock, order faults, ask what the public sees."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime, BaseModel, Field

from sandbox.page import render_page
from sandbox.world import Fault, PublicItem, World


class ClockForm(BaseModel):
    """`now` null: go back to the computer's time."""

    now: AwareDatetime | None = None


class FaultForm(BaseModel):
    """See `sandbox.world.Fault`."""

    kind: str
    path: str = ".*"
    method: str = ".*"
    times: int = 1
    effect: bool = True
    values: dict[str, Any] = Field(default_factory=dict)


def add_control(app: FastAPI, world: World, public: Callable[[], list[PublicItem]]) -> None:
    """Give a platform's app its control routes and its public page at `/`."""

    @app.post("/_sandbox/clock")
    def set_clock(form: ClockForm) -> dict[str, str]:
        world.set_clock(form.now)
        return {"now": world.now().isoformat()}

    @app.get("/_sandbox/clock")
    def get_clock() -> dict[str, str]:
        return {"now": world.now().isoformat()}

    @app.post("/_sandbox/faults")
    def add_fault(form: FaultForm) -> dict[str, int]:
        with world.lock:
            world.faults.append(Fault(**form.model_dump()))
        return {"faults": len(world.faults)}

    @app.delete("/_sandbox/faults")
    def clear_faults() -> dict[str, int]:
        with world.lock:
            world.faults.clear()
        return {"faults": 0}

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
