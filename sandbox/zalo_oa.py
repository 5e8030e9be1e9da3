"""What is so of the imitated OA and its app, changed by a test or a scenario under /_sandbox/oa (sheet 5.1, 7, A)."""

from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import Body, FastAPI
from fastapi.responses import JSONResponse

from sandbox.world import World

OA_ID = "388613280878808645"
BUSINESS, GOVERNMENT = 2, 4
MESSAGE, ABOUT_OA, ARTICLE = "message", "oa", "article"
"""Permission groups: gửi tin và thông báo, quản lý thông tin OA, quản lý bài viết (sheet 1.1)."""
OPENED = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Oa:
    """The OA. A quota of None is endless; what is missing in `app_groups` answers -212, in `groups` -223."""

    name: str = "UBND thành phố Huế (thử nghiệm)"
    oa_type: int = GOVERNMENT
    is_verified: bool = True
    package_name: str = "Tăng trưởng"
    package_valid_through_date: str = "31/12/2027"
    package_auto_renew_date: str = ""
    followers: int = 12_000
    has_api: bool = True
    """False: the package is too low, everything but getoa answers -224 (sheet 7.2)."""
    app_groups: list[str] = field(default_factory=lambda: [MESSAGE, ABOUT_OA, ARTICLE])
    groups: list[str] = field(default_factory=lambda: [MESSAGE, ABOUT_OA, ARTICLE])
    calls_per_minute: int | None = None
    articles_left: int | None = None
    broadcasts_left: int | None = None
    broadcast_refused: bool = False
    """Whether a government OA may broadcast is unverified (sheet 7.3): True answers -235."""
    title_max_exclusive: bool = False
    """A title of exactly 150 characters was seen refused (sheet 2.1)."""
    redirect_uri: str = ""
    """The callback saved in the console; empty takes any."""
    id_key: str = "oaid"
    """Or "oa_id" (sheet 5.1)."""
    followers_as_text: bool = False
    ticket_seconds: float | None = None
    """How long verify knows the token of a create or an update; None: for ever. Unverified (sheet 2.3)."""
    lists_hidden: bool = True
    """Whether getslice tells hidden articles is unverified (sheet 2.5)."""
    dates: str = "ms"
    """How the list writes times: "ms", "s" or "text" (sheet 2.5)."""

    def told(self, world: World) -> dict[str, Any]:
        """What getoa answers."""
        grown = world.grown("followers", OPENED, final=4_000, half_life=timedelta(days=200))
        followers = self.followers + grown
        return {
            self.id_key: OA_ID,
            "name": self.name,
            "description": "Tài khoản thử nghiệm, không có thật.",
            "oa_alias": "",
            "is_verified": self.is_verified,
            "oa_type": self.oa_type,
            "cate_name": "Cơ quan nhà nước",
            "num_follower": str(followers) if self.followers_as_text else followers,
            "avatar": "",
            "cover": "",
            "package_name": self.package_name,
            "package_valid_through_date": self.package_valid_through_date,
            "package_auto_renew_date": self.package_auto_renew_date,
            "linked_ZCA": "",
        }

    def time(self, at: datetime) -> int | str:
        """A time as the list writes it."""
        if self.dates == "s":
            return int(at.timestamp())
        milliseconds = int(at.timestamp() * 1000)
        return str(milliseconds) if self.dates == "text" else milliseconds

    def refusal(self, group: str) -> tuple[int, str] | None:
        """Why calls of this permission group are refused, if they are."""
        if group != ABOUT_OA and not self.has_api:
            return -224, "The OA needs to upgrade OA Tier Package"
        if group not in self.app_groups:
            return -212, "App has not registed this api"
        if group not in self.groups:
            return -223, "Official Account has not authorized this API"
        return None


def add_oa_control(app: FastAPI, world: World, oa: Oa) -> None:
    """Change any fact of the OA, or read them all."""
    known = {one.name for one in fields(Oa)}

    @app.post("/_sandbox/oa", response_model=None)
    def change(facts: dict[str, Any] = Body(...)) -> dict[str, Any] | JSONResponse:
        unknown = sorted(set(facts) - known)
        if unknown:
            return JSONResponse({"unknown": unknown, "known": sorted(known)}, 422)
        with world.lock:
            for name, value in facts.items():
                setattr(oa, name, value)
        return asdict(oa)

    @app.get("/_sandbox/oa")
    def read() -> dict[str, Any]:
        return asdict(oa)
