"""Putting a video into a playlist, once (youtube 2.9): a playlist takes the same video any number of times."""

from typing import ClassVar

from connectors.errors import Unavailable
from connectors.youtube.additions import Addition
from connectors.youtube.api import IDS_MAX, Api, Json, items
from connectors.youtube.codes import NOT_YET

PATH = "/youtube/v3/playlistItems"
NEW_WORDS = "Danh sách phát chưa nhận video mới tải lên."


class PlaylistAddition(Addition):
    """One video in one playlist; a list is right soon, but not always at once."""

    name: ClassVar[str] = "playlist"
    looks: ClassVar[int] = 3
    looks_first: ClassVar[bool] = True
    doubt_words: ClassVar[str] = (
        "Chưa xác nhận được video đã vào danh sách phát; hãy kiểm tra danh sách trên YouTube Studio."
    )
    step_words: ClassVar[str] = "Hãy thêm video vào danh sách phát trên YouTube Studio."

    def __init__(self, api: Api, video_id: str, playlist_id: str) -> None:
        self.api = api
        self.video_id = video_id
        self.mark = playlist_id

    def look(self) -> str:
        """The id of the item that holds this video."""
        params = {
            "part": "id,snippet",
            "playlistId": self.mark,
            "videoId": self.video_id,
            "maxResults": str(IDS_MAX),
        }
        answer = self.api.send("GET", PATH, params=params)
        if answer.status_code == 404 and self.api.refusal(answer).reason == "videoNotFound":
            return ""
        found = items(self.api.body(answer, changes=False))
        return next((str(item.get("id") or "?") for item in found if self._is_ours(item)), "")

    def _is_ours(self, item: Json) -> bool:
        """The filter already said so; an item that names another video is still not taken for ours."""
        snippet = item.get("snippet") or {}
        named = (snippet.get("resourceId") or {}).get("videoId")
        return named in {None, self.video_id}

    def add(self, replaced: str) -> None:
        """At the end of the list. A video that is there already is success."""
        resource = {"kind": "youtube#video", "videoId": self.video_id}
        body = {"snippet": {"playlistId": self.mark, "resourceId": resource}}
        answer = self.api.send("POST", PATH, params={"part": "snippet"}, json=body, changes=True)
        refused = (answer.status_code, self.api.refusal(answer).reason)
        if refused == (409, "videoAlreadyInPlaylist"):
            return
        if refused == (404, "videoNotFound"):
            raise Unavailable(NEW_WORDS, code=NOT_YET, section="youtube 2.9")
        self.api.body(answer, changes=True)
