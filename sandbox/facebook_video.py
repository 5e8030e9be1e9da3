"""Videos and reels of the imitated Page: upload sessions, processing, and what a node tells (facebook 3.5, 3.6)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.facebook_errors import GraphError
from sandbox.facebook_posts import Post, Posts, is_true
from sandbox.world import Fault, World

KINDS = {
    "chunk_offset": "the chunk is not taken, and the right range is told",
    "failed_processing": "the video cannot be used, because of {reason}",
    "slow_processing": "processing takes {seconds}",
    "no_post_id": "a video does not tell which post is its own",
    "unix_times": "a video tells when it was published in Unix seconds",
    "upload_named": "the host that takes a reel's bytes answers with the error called {name}",
}
CHUNK = 256 * 1024
PROCESSING = timedelta(seconds=40)
REELS_MAX, REELS_WINDOW = 30, timedelta(hours=24)
VIDEO_STARTS = (b"ftyp",)
"""What stands after the first four bytes of an MP4 file."""


@dataclass
class Video:
    """A video with its upload. `finished_at` is None until the upload was ended."""

    id: str
    size: int
    reel: bool
    at: datetime
    """When the upload began."""
    session: str = ""
    content: bytearray = field(default_factory=bytearray)
    title: str = ""
    description: str = ""
    finished_at: datetime | None = None
    processing: timedelta = PROCESSING
    wanted: bool = False
    """To be public as soon as it is processed."""
    failure: str = ""
    cover: bytes = b""
    post: Post | None = None


class Videos:
    """Everything that was uploaded, newest last. Call `settle` before looking: processing ends by the clock."""

    def __init__(self, world: World, posts: Posts) -> None:
        self.world = world
        self.posts = posts
        self.videos: dict[str, Video] = {}
        self.reels_at: list[datetime] = []

    def _strikes(self, kind: str, path: str) -> Fault | None:
        return self.world.strikes(kind, "POST", path)

    # Video posts ---------------------------------------------------------------------------------------

    def upload(self, args: dict[str, Any], files: dict[str, bytes], path: str) -> dict[str, Any]:
        """`POST /{page}/videos`: a phase of a session, or everything in one call."""
        phases: dict[str, Callable[..., dict[str, Any]]] = {
            "start": self._start,
            "transfer": self._transfer,
            "finish": self._finish,
            "": self._at_once,
        }
        phase = phases.get(str(args.get("upload_phase", "")))
        if phase is None:
            raise GraphError(100, "(#100) Param upload_phase must be one of {start, transfer, finish, cancel}")
        return phase(args, files, path)

    def _start(self, args: dict[str, Any], files: dict[str, bytes], path: str) -> dict[str, Any]:
        size = int(args.get("file_size", 0))
        if size <= 0:
            raise GraphError(194, "(#194) Param file_size is required")
        video = Video(self.posts.new_id(), size, False, self.world.now(), session=self.posts.new_id())
        self.videos[video.id] = video
        ids = {"video_id": video.id, "upload_session_id": video.session}
        return {**ids, **self._range(video)}

    def _range(self, video: Video) -> dict[str, str]:
        held = len(video.content)
        return {"start_offset": str(held), "end_offset": str(min(held + CHUNK, video.size))}

    def _session(self, args: dict[str, Any]) -> Video:
        asked = str(args.get("upload_session_id", ""))
        found = [one for one in self.videos.values() if one.session == asked and not one.finished_at]
        if not asked or not found:
            raise GraphError(100, "(#100) The upload session is not valid any more")
        return found[0]

    def _transfer(self, args: dict[str, Any], files: dict[str, bytes], path: str) -> dict[str, Any]:
        video, chunk = self._session(args), files.get("video_file_chunk", b"")
        wanted = self._range(video)
        size = int(wanted["end_offset"]) - int(wanted["start_offset"])
        refused = self._strikes("chunk_offset", path)
        if refused or str(args.get("start_offset")) != wanted["start_offset"] or len(chunk) != size:
            told = {name: int(value) for name, value in wanted.items()}
            message = "There was a problem uploading your video. Please try again."
            raise GraphError(6001, message, 1363037, error_data=told, is_transient=False)
        video.content += chunk
        return self._range(video)

    def _finish(self, args: dict[str, Any], files: dict[str, bytes], path: str) -> dict[str, Any]:
        video = self._session(args)
        if len(video.content) < video.size:
            raise GraphError(6001, "(#6001) The upload is not complete")
        self._end(video, args, path, public=is_true(args.get("published", True)))
        return {"success": True}

    def _at_once(self, args: dict[str, Any], files: dict[str, bytes], path: str) -> dict[str, Any]:
        content = files.get("source", b"")
        if not content:
            raise GraphError(100, "(#100) No video file was given")
        video = Video(self.posts.new_id(), len(content), False, self.world.now(), content=bytearray(content))
        self.videos[video.id] = video
        self._end(video, args, path, public=is_true(args.get("published", True)))
        return {"id": video.id}

    def _end(self, video: Video, args: dict[str, Any], path: str, *, public: bool) -> None:
        slow, failed = self._strikes("slow_processing", path), self._strikes("failed_processing", path)
        if bytes(video.content[4:8]) not in VIDEO_STARTS:
            raise GraphError(6000, "(#6000) There was a problem with your video file", 1363019)
        video.title, video.description = str(args.get("title", "")), str(args.get("description", ""))
        video.finished_at, video.wanted = self.world.now(), public
        video.processing = timedelta(seconds=float(slow.values["seconds"])) if slow else PROCESSING
        video.failure = str(failed.values.get("reason", "unsupported codec")) if failed else ""

    # Reels ---------------------------------------------------------------------------------------------

    def reel(self, args: dict[str, Any], path: str) -> dict[str, Any]:
        """`POST /{page}/video_reels`: start or finish."""
        if args.get("upload_phase") == "start":
            video = Video(self.posts.new_id(), 0, True, self.world.now())
            self.videos[video.id] = video
            return {"video_id": video.id, "upload_url": f"{self.world.base_url}/video-upload/v26.0/{video.id}"}
        video_id = str(args.get("video_id", ""))
        known = self.videos.get(video_id)
        if args.get("upload_phase") != "finish" or known is None or not known.reel:
            raise GraphError(100, "(#100) Invalid parameter")
        return self._finish_reel(known, args, path)

    def _finish_reel(self, video: Video, args: dict[str, Any], path: str) -> dict[str, Any]:
        if video.finished_at or not video.size or len(video.content) < video.size:
            raise GraphError(100, "(#100) The upload of this reel is not in a state to be finished")
        public = args.get("video_state") == "PUBLISHED"
        now = self.world.now()
        if public and len([at for at in self.reels_at if at > now - REELS_WINDOW]) >= REELS_MAX:
            raise GraphError(613, "(#613) Calls to this api have exceeded the rate limit.", status=403)
        self._end(video, args, path, public=public)
        self.reels_at += [now] if public else []
        return {"success": True}

    def receive(self, video_id: str, args: dict[str, Any], content: bytes, path: str) -> dict[str, Any]:
        """The bytes of a reel; a request brings everything from its offset on."""
        video = self.videos.get(video_id)
        if video is None or not video.reel or video.finished_at:
            raise GraphError(100, "(#100) Unknown upload")
        video.size = int(args["file_size"])
        named = self._strikes("upload_named", path)
        if named:
            raise NamedError(str(named.values["name"]))
        if int(args["offset"]) != len(video.content):
            raise NamedError("OffsetInvalidError")
        video.content += content[: video.size - len(video.content)]
        if len(video.content) < video.size:
            raise NamedError("PartialRequestError")
        return {"success": True}

    # After the upload ----------------------------------------------------------------------------------

    def settle(self) -> None:
        """Whatever was processed by now and is wanted becomes a post."""
        for video in self.videos.values():
            if video.wanted and not video.post and self._state(video) == "ready" and video.finished_at:
                at = video.finished_at + video.processing if video.reel else self.world.now()
                video.post = self.posts.add_video(video.id, video.description, at)

    def change(self, video: Video, args: dict[str, Any]) -> dict[str, Any]:
        """`POST /{video}`: other words, or shown; the same call twice is harmless."""
        video.title = str(args.get("name", video.title))
        video.description = str(args.get("description", video.description))
        if video.post:
            video.post.message = video.description
        if "published" in args:
            if not video.finished_at:
                raise GraphError(100, "(#100) The video is not uploaded yet")
            video.wanted = is_true(args["published"])
        self.settle()
        return {"success": True}

    def set_cover(self, video: Video, files: dict[str, bytes]) -> dict[str, Any]:
        """`POST /{video}/thumbnails`."""
        if not files.get("source", b"").startswith((b"\xff\xd8\xff", b"\x89PNG")):
            raise GraphError(324, "(#324) Missing or invalid image file")
        video.cover = files["source"]
        return {"success": True}

    def delete(self, video: Video) -> dict[str, Any]:
        """`DELETE /{video}`; its post goes with it."""
        del self.videos[video.id]
        if video.post:
            self.posts.posts.pop(video.post.id, None)
        return {"success": True}

    def _state(self, video: Video) -> str:
        if not video.finished_at:
            return "upload_complete" if video.size and len(video.content) == video.size else "uploading"
        if self.world.now() < video.finished_at + video.processing:
            return "processing"
        return "error" if video.failure else "ready"

    def reel_posts(self) -> set[str]:
        """The ids of the posts that are reels: they may be missing in the usual listings (facebook 4.1)."""
        return {video.post.id for video in self.videos.values() if video.reel and video.post}

    def fields(self, video: Video) -> dict[str, Any]:
        """Every field of the node; the post's id comes without the Page's, as it was seen (facebook 3.5)."""
        state = self._state(video)
        processing: dict[str, Any] = {"uploading": "not_started", "upload_complete": "not_started"}
        processing |= {"processing": "in_progress", "ready": "complete", "error": "error"}
        uploading = "in_progress" if state == "uploading" else "complete"
        live = video.post is not None and video.post.id in self.posts.posts
        phases = {
            "uploading_phase": {"status": uploading, "bytes_transfered": len(video.content)},
            "processing_phase": {"status": processing[state]},
            "publishing_phase": {"status": "complete" if live else "not_started"},
        }
        if state == "error":
            phases["processing_phase"]["error"] = {"message": video.failure}
        if live and video.post:
            seconds = int(video.post.at.timestamp())
            unix = self.world.strikes("unix_times", "GET", f"/{video.id}")
            told = seconds if unix else video.post.at.strftime("%Y-%m-%dT%H:%M:%S+0000")
            phases["publishing_phase"] |= {"publish_status": "published", "publish_time": told}
        facts = {"id": video.id, "title": video.title, "description": video.description, "published": live}
        link = {"permalink_url": f"/reel/{video.id}/" if video.reel else f"/videos/{video.id}/"}
        hidden = self.world.strikes("no_post_id", "GET", f"/{video.id}")
        post = {"post_id": video.post.id.partition("_")[2]} if video.post and not hidden else {}
        at = video.at.strftime("%Y-%m-%dT%H:%M:%S+0000")
        return {**facts, "created_time": at, "status": {"video_status": state, **phases}, **link, **post}


class NamedError(Exception):
    """An error of the host that takes a reel's bytes: a name and no code (facebook 3.6)."""
