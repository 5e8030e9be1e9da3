"""YouTube: a private upload ahead of time, one small call at the hour (facts: youtube.md, sections as cited)."""

from connectors.youtube.channel import YouTubeChannel

__all__ = ["YouTubeChannel"]
