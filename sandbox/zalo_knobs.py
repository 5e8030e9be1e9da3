"""The fault knobs of the sheet's Appendix A, one order for one route, under /_sandbox/knobs.

    {"path": "/v2.0/article/create", "times": 2, "drop_after_commit": true}

Exactly one of: delay (seconds, then the connection is dropped), http_status, html_body, empty_body,
drop_before_commit, drop_after_commit, error_code (with `message`), error_as_string. `commit` says whether the
platform acts before it answers nonsense (http_status, html_body, empty_body, error_code); it does not by default.
"""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, model_validator

from sandbox.world import Fault, World

KNOBS = (
    "delay",
    "http_status",
    "html_body",
    "empty_body",
    "drop_before_commit",
    "drop_after_commit",
    "error_code",
    "error_as_string",
)


class Knob(BaseModel):
    """One order. `path` and `method` are regular expressions."""

    model_config = ConfigDict(extra="forbid")

    path: str = ".*"
    method: str = ".*"
    times: int = 1
    commit: bool = False
    message: str = "ordered"
    delay: float | None = None
    http_status: int | None = None
    html_body: bool = False
    empty_body: bool = False
    drop_before_commit: bool = False
    drop_after_commit: bool = False
    error_code: int | None = None
    error_as_string: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> "Knob":
        turned = [name for name in KNOBS if getattr(self, name) not in (None, False)]
        if len(turned) != 1 and turned != ["error_code", "error_as_string"]:
            raise ValueError(f"one knob an order, or error_code with error_as_string; got {turned}")
        return self

    def fault(self) -> Fault:
        """The order as the world keeps it."""
        kind, effect, values = self._kind()
        return Fault(kind, self.path, self.method, self.times, effect, values)

    def _kind(self) -> tuple[str, bool, dict[str, Any]]:
        if self.delay is not None:
            return "delay", True, {"seconds": self.delay}
        if self.http_status is not None:
            return "status", self.commit, {"status": self.http_status}
        if self.html_body:
            return "html", self.commit, {}
        if self.drop_before_commit or self.drop_after_commit:
            return "hang_up", self.drop_after_commit, {}
        if self.empty_body:
            return "no_body", self.commit, {}
        if self.error_code is None:
            return "numbers_as_text", True, {"names": ["error"]}
        code: int | str = str(self.error_code) if self.error_as_string else self.error_code
        refusal = {"error": code, "message": self.message}
        return ("status", True, {"status": 200, "json": refusal}) if self.commit else ("error", True, refusal)


def add_knobs(app: FastAPI, world: World) -> None:
    """Take orders."""

    @app.post("/_sandbox/knobs")
    def turn(knob: Knob) -> dict[str, int]:
        with world.lock:
            world.faults.append(knob.fault())
        return {"faults": len(world.faults)}
