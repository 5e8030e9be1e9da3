"""From a private upload to "only one call is left": wording, processing, cover, additions (youtube 2.6, 2.9)."""

from datetime import datetime, timedelta

from connectors.base import Media, Outgoing, Saved, Step
from connectors.errors import ConnectorError, Reconnect, Rejected, Unavailable
from connectors.youtube import memory
from connectors.youtube.additions import Addition, Additions
from connectors.youtube.api import Api, Json
from connectors.youtube.captions import CaptionsAddition
from connectors.youtube.checks import declared, describe
from connectors.youtube.codes import processing_error
from connectors.youtube.merging import merged, privacy
from connectors.youtube.playlist import PlaylistAddition
from connectors.youtube.readback import READ_EVERY, count_look
from connectors.youtube.settings import Options

GIVE_UP_AFTER = timedelta(hours=24)
COVER_TRIES_MAX = 3

SLOW_WORDS = "YouTube chưa xử lý xong video sau 24 giờ; hãy kiểm tra trên YouTube Studio hoặc thay tệp video."
EARLY_WORDS = "Video trên YouTube đã ở chế độ công khai trước khi hệ thống đăng; hãy kiểm tra trên YouTube Studio."


def next_step(api: Api, outgoing: Outgoing, saved: Saved, additions: Additions) -> Step:
    """One step of an uploaded video towards ready. Raises `Rejected` when YouTube refused it afterwards."""
    video = api.video("snippet,status,processingDetails", saved["video_id"])
    if video is None or (video.get("status") or {}).get("uploadStatus") == "deleted":
        return _missing(api, saved)
    saved = {key: value for key, value in saved.items() if key not in ("missing", "privacy_problem")}
    if privacy(video) == "public":
        saved["privacy_problem"] = EARLY_WORDS
    refuse_failed(video, now=api.now)
    sent = describe(outgoing, api.settings)
    if saved["sent"] != sent:
        return _rewrite(api, outgoing, {**saved, "sent": sent}, video)
    if not _is_processed(video):
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


def refuse_failed(video: Json, *, now: datetime) -> None:
    """Raise the error of a video that YouTube took and then failed to process or refused (youtube 2.6)."""
    status = video.get("status") or {}
    details = video.get("processingDetails") or {}
    if status.get("uploadStatus") in {"failed", "rejected"}:
        raise processing_error(str(status.get("failureReason") or status.get("rejectionReason") or ""), now=now)
    if details.get("processingStatus") == "failed":
        raise processing_error(str(details.get("processingFailureReason") or ""), now=now)


def _is_processed(video: Json) -> bool:
    """Whether it can be played. `terminated` only means that nothing more will be told: no reason to wait on."""
    status = video.get("status") or {}
    details = video.get("processingDetails") or {}
    return status.get("uploadStatus") == "processed" or details.get("processingStatus") in {"succeeded", "terminated"}


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


def _rewrite(api: Api, outgoing: Outgoing, saved: Saved, video: Json) -> Step:
    """The post was changed after the upload: give the private video its new words. May be repeated."""
    body = {
        "id": saved["video_id"],
        "snippet": merged(video, "snippet", saved["sent"]["snippet"]),
        "status": {**saved["sent"]["status"], **merged(video, "status", declared(outgoing))},
    }
    answer = api.send("PUT", "/youtube/v3/videos", params={"part": "snippet,status"}, json=body)
    api.body(answer, changes=False)
    return Step(saved, ready=False)


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
