"""What an update may send: everything settable of the named parts as it stands, with what we want in its place.

`videos.update` replaces every mutable field of the parts it names; what is left out is deleted or reset, the
privacy to public (youtube 2.9). So whoever writes reads first, and sends the parts whole.
"""

from connectors.youtube.api import Json

SETTABLE = {
    "snippet": ("title", "description", "tags", "categoryId", "defaultLanguage", "defaultAudioLanguage"),
    "status": (
        "privacyStatus",
        "publishAt",
        "license",
        "embeddable",
        "publicStatsViewable",
        "selfDeclaredMadeForKids",
        "containsSyntheticMedia",
    ),
}
"""The fields of a part that can be set (youtube 2.5); the sheet does not know defaultAudioLanguage, the schema does."""


def merged(video: Json, part: str, wanted: Json) -> Json:
    """One part of a video as it was read, without what is read-only, and with `wanted` in its place.

    A moment of publishing only belongs to a private video (youtube 2.5).
    """
    stands = video.get(part) or {}
    kept = {name: stands[name] for name in SETTABLE[part] if stands.get(name) is not None}
    whole = {**kept, **wanted}
    if whole.get("privacyStatus") != "private":
        whole.pop("publishAt", None)
    return whole


def privacy(video: Json) -> str:
    """Who can see it, "" when the answer does not say."""
    return str((video.get("status") or {}).get("privacyStatus") or "")
