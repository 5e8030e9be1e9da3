"""What may be done with what was granted (youtube 1.2). A person can untick single scopes, so nothing is assumed."""

from connectors.base import Credentials

_PREFIX = "https://www.googleapis.com/auth/"

SCOPES = (f"{_PREFIX}youtube.force-ssl",)
"""One scope that covers every call of the Data API made here; one alone cannot be unticked in part."""
ANALYTICS_SCOPE = f"{_PREFIX}yt-analytics.readonly"

PUBLISH = frozenset({*SCOPES, f"{_PREFIX}youtube"})
"""Any one of these uploads, publishes, changes, deletes and reads videos."""
CAPTIONS = frozenset({*SCOPES, f"{_PREFIX}youtubepartner"})
ANALYTICS = frozenset({ANALYTICS_SCOPE, f"{_PREFIX}youtube", f"{_PREFIX}youtube.readonly"})


def may(enough: frozenset[str], credentials: Credentials) -> bool:
    """Whether any scope that is enough was granted. An unknown grant is left to the calls themselves."""
    granted = credentials.values.get("scope", "").split()
    return not granted or not enough.isdisjoint(granted)
