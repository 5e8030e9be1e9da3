"""What is configured for YouTube, and what staff choose per channel or per post."""

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

CHUNK_UNIT = 256 * 1024
"""Every chunk but the last is a multiple of this many bytes (youtube 2.2)."""

SCOPES = ("https://www.googleapis.com/auth/youtube.force-ssl",)
"""One scope that covers every call made here (youtube 1.2). With one scope a person cannot untick a part."""

ENOUGH = frozenset({*SCOPES, "https://www.googleapis.com/auth/youtube"})
"""Any one of these is enough for every call made here (youtube 1.2)."""


class Settings(BaseModel):
    """Addresses (default: the real ones), the OAuth client, time-outs, and what the sheet marks unverified.

    Time-outs are in seconds. `session_ttl` is how long an upload session is trusted with further bytes
    (youtube 2.3: nobody says how long it lives). `clock_skew` is how far our clock and Google's may differ.
    """

    model_config = ConfigDict(extra="forbid")

    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    auth_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token_url: str = "https://oauth2.googleapis.com/token"
    api_url: str = "https://www.googleapis.com"
    connect_timeout: float = Field(default=5, gt=0)
    read_timeout: float = Field(default=60, gt=0)
    chunk_bytes: int = Field(default=8 * 1024 * 1024, gt=0, multiple_of=CHUNK_UNIT)
    use_batch_stats: bool = True
    category_default: str = Field(default="22", pattern=r"^[0-9]+$")
    session_ttl: timedelta = timedelta(hours=24)
    clock_skew: timedelta = timedelta(minutes=1)
    language: str = "vi"


class Options(BaseModel):
    """A channel's or a post's choices. The three declarations are always sent, never left to a default of YouTube's.

    `made_for_kids` is a legal duty to declare; `synthetic_media` says that realistic pictures or voices were
    made or altered by a machine (youtube 2.5). An empty `category_id` means the configured default.
    """

    model_config = ConfigDict(extra="forbid")

    category_id: str = Field(default="", pattern=r"^[0-9]*$")
    made_for_kids: bool = False
    synthetic_media: bool = False
    notify_subscribers: bool = True
    license: Literal["youtube", "creativeCommon"] = "youtube"
