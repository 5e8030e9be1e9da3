"""From a private upload to "only one call is left": wording, processing, cover, additions (youtube 2.6, 2.9)."""

from datetime import datetime, timedelta
from typing import TypeGuard

from connectors.base import Media, Outgoing, Saved, Step
from connectors.errors import ConnectorError, Reconnect, Rejected, Unavailable
from connectors.youtube import memory
from connectors.youtube.additions import Addition, Additions
from connectors.youtube.api import Api, Json
from connectors.youtube.captions import CaptionsAddition
from connectors.youtube.checks import describe
from connectors.youtube.codes import left_out, processing_error
from connectors.youtube.merging import merged, privacy
from connectors.youtube.playlist import PlaylistAddition
from connectors.youtube.readback import READ_EVERY, count_look
from connectors.youtube.recovery import not_ours
from connectors.youtube.settings import Options

GIVE_UP_AFTER = timedelta(hours=24)
COVER_TRIES_MAX = 3

COVER_STEP = "Hãy đặt ảnh bìa trên YouTube Studio."
SLOW_WORDS = "YouTube chưa xử lý xong video sau 24 giờ; hãy kiểm tra trên YouTube Studio hoặc thay tệp video."
GONE_WORDS = (
    "Video của bài không còn trên kênh YouTube, có thể đã bị xóa trên YouTube Studio. Nếu vẫn muốn đăng, sau 10 phút "
    "hãy đưa mục trở lại hàng chờ, hệ thống sẽ tải video lên lại; nếu không, hãy hủy mục này."
)
SHOWN_AS = {"public": "công khai", "unlisted": "không công khai (ai có đường dẫn đều xem được)"}


def next_step(api: Api, outgoing: Outgoing, saved: Saved, additions: Additions) -> Step:
    """One step of an uploaded video towards ready. Raises `Rejected` when YouTube refused it afterwards."""
    video = api.video("snippet,status,processingDetails", saved["video_id"])
    if not is_there(video):
        return _missing(api, saved)
    if privacy(video) == "public" and saved.get("was_found"):
        return not_ours(api, saved, [saved["video_id"]])
    saved = {key: value for key, value in saved.items() if key not in ("missing", "told", "privacy_problem")}
    if words := early_words(video):
        saved["privacy_problem"] = words
    refuse_failed(video, now=api.now)
    sent = describe(outgoing, api.settings)
    if saved["sent"] != sent:
        return _rewrite(api, saved, sent, video)
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


def is_there(video: Json | None) -> TypeGuard[Json]:
    """Whether YouTube shows it, and not only that it was deleted."""
    return video is not None and (video.get("status") or {}).get("uploadStatus") != "deleted"


def early_words(video: Json) -> str:
    """What staff should know of a video that others can see before we made it public; "" when it is private."""
    shown = SHOWN_AS.get(privacy(video), "")
    words = f"Video trên YouTube đã ở chế độ {shown} trước khi hệ thống đăng; hãy kiểm tra trên YouTube Studio."
    return words if shown else ""


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
    """A new video may be listed late; a deleted one is uploaded again only when a person wants that (youtube 6)."""
    saved, enough = count_look(saved, "missing", now=api.now)
    if not enough:
        return Step(saved, False, READ_EVERY)
    video_id = saved["video_id"]
    error = Rejected(GONE_WORDS, code="404/videoNotFound", section="youtube 6", evidence=video_id)
    step = memory.told(saved, f"gone {video_id}", error, now=api.now)
    why = f"video {video_id} không còn trên kênh"
    return step or Step(memory.restarted(saved, why, now=api.now), ready=False)


def _rewrite(api: Api, saved: Saved, sent: Json, video: Json) -> Step:
    """The post was changed after the upload: give the private video what is new. May be repeated.

    What somebody set on the channel meanwhile stays, unless it is the very thing that was changed in the post.
    """
    new = {
        part: {name: value for name, value in fields.items() if (saved["sent"].get(part) or {}).get(name) != value}
        for part, fields in sent.items()
    }
    body: Json = {"id": saved["video_id"]}
    if new["snippet"]:
        body["snippet"] = {"categoryId": api.settings.category_default, **merged(video, "snippet", new["snippet"])}
    if new["status"]:
        body["status"] = {**sent["status"], **merged(video, "status", new["status"])}
    parts = ",".join(part for part in sent if part in body)
    answer = api.send("PUT", "/youtube/v3/videos", params={"part": parts}, json=body)
    api.body(answer, changes=False)
    return Step({**saved, "sent": sent}, ready=False)


def _set_cover(api: Api, saved: Saved, cover: Media) -> Step:
    """Set the thumbnail, after processing because Shorts take none before. Its failure never stops the video."""
    tries = saved.get("cover_tries", 0) + 1
    done = {**saved, "cover": cover.sha256, "cover_tries": 0}
    done.pop("thumbnail_problem", None)
    try:
        _send_cover(api, saved["video_id"], cover)
    except ConnectorError as error:
        if isinstance(error, Reconnect) and error.refresh_first:
            raise
        if isinstance(error, Unavailable) and tries < COVER_TRIES_MAX:
            return Step({**saved, "cover_tries": tries}, False, memory.pause(tries))
        done["thumbnail_problem"] = left_out(error, COVER_STEP)
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
