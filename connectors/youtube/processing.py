"""From a private upload to "only one call is left": wording, processing, cover, additions (youtube 2.6, 2.9)."""

from datetime import datetime, timedelta

from connectors.base import Media, Outgoing, Saved, Step
from connectors.errors import ConnectorError, Reconnect, Rejected, Unavailable
from connectors.youtube import memory
from connectors.youtube.additions import Addition, Additions
from connectors.youtube.api import Api, Json
from connectors.youtube.captions import CaptionsAddition
from connectors.youtube.checks import describe
from connectors.youtube.codes import processing_error
from connectors.youtube.playlist import PlaylistAddition
from connectors.youtube.readback import READ_EVERY, count_look
from connectors.youtube.settings import Options

GIVE_UP_AFTER = timedelta(hours=24)
COVER_TRIES_MAX = 3
MUTABLE = ("embeddable", "license", "publicStatsViewable", "selfDeclaredMadeForKids", "containsSyntheticMedia")
"""Status fields besides privacyStatus that an update resets when they are left out (youtube 2.9)."""

SLOW_WORDS = "YouTube chưa xử lý xong video sau 24 giờ; hãy kiểm tra trên YouTube Studio hoặc thay tệp video."


def next_step(api: Api, outgoing: Outgoing, saved: Saved, additions: Additions) -> Step:
    """One step of an uploaded video towards ready. Raises `Rejected` when YouTube refused it afterwards."""
    sent = describe(outgoing, api.settings)
    if saved["sent"] != sent:
        return _rewrite(api, saved, sent)
    video = api.video("status,processingDetails", saved["video_id"])
    if video is None or video.get("status", {}).get("uploadStatus") == "deleted":
        return _missing(api, saved)
    saved = {key: value for key, value in saved.items() if key != "missing"}
    saved["status"] = _merge(sent["status"], video.get("status", {}))
    if not _is_processed(api, video):
        return _wait(api, saved)
    cover = outgoing.cover
    if cover is not None and saved.get("cover") != cover.sha256:
        return _set_cover(api, saved, cover)
    return additions.next_step(_wanted(api, outgoing, saved["video_id"]), saved) or Step(saved, ready=True)


def _wanted(api: Api, outgoing: Outgoing, video_id: str) -> list[Addition]:
    options = Options.model_validate(dict(outgoing.options))
    wanted: list[Addition] = []
    if options.captions_text:
        wanted.append(CaptionsAddition(api, video_id, options))
    if options.playlist_id:
        wanted.append(PlaylistAddition(api, video_id, options.playlist_id))
    return wanted


def _merge(ours: Json, theirs: Json) -> Json:
    """Every mutable field as the platform has it, ours where it does not say; still private."""
    return {**ours, **{name: theirs[name] for name in MUTABLE if theirs.get(name) is not None}}


def _is_processed(api: Api, video: Json) -> bool:
    """Whether it can be played. `terminated` only means that nothing more will be told (youtube 2.6)."""
    status = video.get("status", {})
    details = video.get("processingDetails", {})
    if status.get("uploadStatus") in {"failed", "rejected"}:
        reason = status.get("failureReason") or status.get("rejectionReason") or ""
        raise processing_error(reason, now=api.now)
    if details.get("processingStatus") == "failed":
        raise processing_error(details.get("processingFailureReason", ""), now=api.now)
    return bool(status.get("uploadStatus") == "processed" or details.get("processingStatus") == "succeeded")


def _wait(api: Api, saved: Saved) -> Step:
    if api.now - datetime.fromisoformat(saved["uploaded_at"]) > GIVE_UP_AFTER:
        raise Rejected(SLOW_WORDS, section="youtube 2.6")
    polls = saved.get("polls", 0)
    return Step({**saved, "polls": polls + 1}, False, memory.pause(polls))


def _missing(api: Api, saved: Saved) -> Step:
    """A new video may be listed late; a deleted one is uploaded again after looks enough (youtube 6)."""
    saved, enough = count_look(saved, "missing", now=api.now)
    if not enough:
        return Step(saved, False, READ_EVERY)
    why = f"video {saved['video_id']} không còn trên kênh"
    return Step(memory.restarted(saved, why, now=api.now), ready=False)


def _rewrite(api: Api, saved: Saved, sent: Json) -> Step:
    """The post was changed after the upload: give the private video its new wording. May be repeated."""
    body = {"id": saved["video_id"], **sent}
    answer = api.send("PUT", "/youtube/v3/videos", params={"part": "snippet,status"}, json=body)
    api.body(answer, changes=False)
    return Step({**saved, "sent": sent}, ready=False)


def _set_cover(api: Api, saved: Saved, cover: Media) -> Step:
    """Set the thumbnail, after processing because Shorts take none before. Its failure never stops the video."""
    tries = saved.get("cover_tries", 0) + 1
    done = {**saved, "cover": cover.sha256, "cover_tries": 0}
    done.pop("thumbnail_problem", None)
    try:
        _send_cover(api, saved["video_id"], cover)
    except Reconnect:
        raise
    except Unavailable as error:
        if tries < COVER_TRIES_MAX:
            return Step({**saved, "cover_tries": tries}, False, memory.pause(tries))
        done["thumbnail_problem"] = error.words
    except ConnectorError as error:
        done["thumbnail_problem"] = error.words
    return Step(done, ready=False)


def _send_cover(api: Api, video_id: str, cover: Media) -> None:
    try:
        picture = cover.path.read_bytes()
    except OSError as error:
        raise Rejected(f"Không đọc được ảnh bìa {cover.path.name}.", evidence=type(error).__name__) from None
    answer = api.send(
        "POST",
        "/upload/youtube/v3/thumbnails/set",
        params={"videoId": video_id, "uploadType": "media"},
        headers={"Content-Type": cover.mime},
        data=picture,
    )
    api.body(answer, changes=False)
