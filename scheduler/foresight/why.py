"""Why the autopilot would, or would not, take a post at an hour of a channel."""

from datetime import datetime

from scheduler.queue import Desk


def why(desk: Desk, post_key: str, channel_key: str, at: datetime, *, now: datetime) -> list[str]:
    return []
