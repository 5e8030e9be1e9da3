"""What the IT person sets for Zalo, and what staff choose per channel or per post."""

import unicodedata
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


def _nfc(value: object) -> object:
    return unicodedata.normalize("NFC", value.strip()) if isinstance(value, str) else value


class Settings(BaseModel):
    """Addresses, the app's identity, time-outs in seconds, and what the fact sheet marks unverified."""

    model_config = ConfigDict(extra="forbid")

    app_id: str = ""
    app_secret: SecretStr = SecretStr("")
    oauth_url: str = "https://oauth.zaloapp.com"
    api_url: str = "https://openapi.zalo.me"
    connect_timeout: float = 5
    read_timeout: float = 30
    """Creating an article with pictures can be slow (zalo 7.1)."""
    use_appsecret_proof: bool = False
    """Whether OA calls are signed is unverified (zalo 1.9)."""
    pkce_verifier: str = ""
    """Set: the fixed PKCE mode, whose challenge stands in Zalo's console (zalo 1.1). Empty: a new pair each time."""
    title_max: int = 140
    """Documented 150, but 150 was seen refused (zalo 2.1)."""
    summary_max: int = 250
    """Documented 300; the one live system stops at 250 (zalo 2.1)."""
    block_max: int = 2000
    """Characters of one text block; undocumented, others split at 2000 to 3000 (zalo 2.1)."""
    page_limit: int = Field(default=10, ge=1, le=10)
    pages_max: int = Field(default=60, ge=1)
    """Pages read from the article list at most: one minute of our budget of calls (zalo 7.1)."""

    @property
    def timeout(self) -> tuple[float, float]:
        """Connect and read time-out, in seconds."""
        return self.connect_timeout, self.read_timeout


class Options(BaseModel):
    """What staff choose. `author` empty: the OA's own name signs the article."""

    model_config = ConfigDict(extra="forbid")

    author: Annotated[str, BeforeValidator(_nfc)] = Field(default="", max_length=50)
    comment: Literal["show", "hide"] = "show"
