"""What Facebook tells about a token (facebook 2.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests

from connectors.errors import Misconfigured, Reconnect, Unavailable
from connectors.facebook.codes import WRONG_APP, Purpose, classify
from connectors.facebook.graph import Graph
from connectors.facebook.settings import PUBLISH_SCOPES, Settings

PUBLISH = "pages_manage_posts"
NO_APP = "190"
"""What `debug_token` answers when it is the app's own pair that it does not take."""


@dataclass(frozen=True)
class Access:
    """A living token: whose it is, what it may do, and where."""

    type: str
    app_id: str
    profile_id: str
    scopes: frozenset[str]
    granular: Mapping[str, tuple[str, ...]]
    """Scope -> the ids it is limited to; an empty tuple means all assets (facebook 2.3)."""
    expires_at: datetime | None

    def grants(self, scope: str) -> bool:
        """Whether this permission was given; that to publish stands among the granular ones, too, if any are told."""
        listed = self.scopes or self.granular.keys()
        return scope in listed and (scope != PUBLISH or not self.granular or scope in self.granular)

    @property
    def page_ids(self) -> tuple[str, ...]:
        """The Pages it may publish to, as far as they are named."""
        return self.granular.get(PUBLISH, ())

    @property
    def likely_ids(self) -> tuple[str, ...]:
        """The same; where publishing is allowed on all, the Pages that another permission names."""
        return next((ids for scope in PUBLISH_SCOPES[::-1] if (ids := self.granular.get(scope))), ())


def inspect(settings: Settings, token: str, http: requests.Session, *, now: datetime) -> Access:
    """Ask `debug_token`. Raises `Reconnect` for a dead token: that news comes with HTTP 200.

    Raises `Misconfigured` when the app id or secret is missing or wrong, or the token belongs to another app.
    """
    require_app(settings)
    graph = Graph(settings, token, http, now=now)
    try:
        answer = graph.debug_access_token(token, settings.app_id, settings.app_secret.get_secret_value())
    except Reconnect as error:
        if error.code != NO_APP:
            raise
        raise Misconfigured(WRONG_APP, code=error.code, section="facebook 2.4", evidence=error.evidence) from None
    facts = answer.get("data") if isinstance(answer, dict) else None
    facts = facts if isinstance(facts, dict) else {}
    if not facts.get("is_valid"):
        raise classify(facts.get("error") or {"code": 190}, purpose=Purpose.READ, now=now, status=200)
    if str(facts.get("app_id", settings.app_id)) != settings.app_id:
        raise Misconfigured("Mã truy cập này thuộc về một ứng dụng Facebook khác.", section="facebook 2.4")
    granular = [one for one in facts.get("granular_scopes") or [] if isinstance(one, dict)]
    return Access(
        type=str(facts.get("type", "")),
        app_id=settings.app_id,
        profile_id=str(facts.get("profile_id") or ""),
        scopes=frozenset(facts.get("scopes") or ()),
        granular={str(one.get("scope")): tuple(map(str, one.get("target_ids") or ())) for one in granular},
        expires_at=_instant(facts.get("expires_at")),
    )


def require_app(settings: Settings) -> None:
    """Raise `Misconfigured` unless the office's own app is configured."""
    if not settings.app_id or not settings.app_secret.get_secret_value():
        raise Misconfigured("Chưa khai báo mã ứng dụng (app id) và khóa bí mật (app secret) của Facebook.")


def _instant(seconds: Any) -> datetime | None:
    """Unix seconds as aware UTC; None for 0, which means no end. Raises `Unavailable` for anything else."""
    if seconds is None:
        return None
    try:
        told = int(seconds)
        return datetime.fromtimestamp(told, UTC) if told > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        raise Unavailable("Facebook cho biết hạn dùng không đọc được; hãy thử lại.", section="facebook 2.4") from None
