"""Handing files in: as a form, or one at a time as a stream that goes to the disk and never into memory.

Whatever goes wrong, one sentence tells it and nothing is left behind: what arrives is written into a file without a
name, which is gone with whoever writes it.
"""

import tempfile
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect

from content.assets import keep_files
from content.errors import ContentError, why
from content.media.kinds import HEAD
from content.store import AssetFile
from scheduler.db import writing
from web.acts import Act, note
from web.door import Posted, house_of, may, safe_way_back
from web.house import House
from web.page import go
from web.roles import Permission, Person
from web.rooms.assets.files import thumbnails
from web.rooms.assets.shelf import TYPE_WORDS, length_words, size_words
from web.words import say

router = APIRouter()
_STEP = 1 << 20
_DRAINED = 50 * 1024 * 1024
"""Bytes of a refused file that are still read, so that the browser hears why; whoever sends more is cut off."""
_DISK = "không ghi được tệp lên máy chủ ({reason}); hãy báo quản trị hệ thống giải phóng chỗ trống rồi gửi lại."


@router.post("/tu-lieu/tai-len")
async def upload(
    request: Request, posted: Posted, ten: str = "", person: Person = Depends(may(Permission.PROPOSE))
) -> Response:
    """One file as the body of the request, called `ten`; or several in a form. Answers a page or JSON."""
    if request.headers.get("content-type", "").startswith(("multipart/form-data", "application/x-www-form-urlencoded")):
        files = [one for one in posted.getlist("tep") if isinstance(one, UploadFile) and one.filename]
        back = safe_way_back(str(posted.get("tiep", "/tu-lieu")))
        try:
            return await run_in_threadpool(_take_all, request, person, files, back)
        finally:
            await posted.close()
    try:
        return await take_stream(request, person, plain_name(ten))
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it


def plain_name(name: str) -> str:
    """A file's own name, without the folders that some browsers, or somebody ill-meaning, put before it."""
    return PurePosixPath(name.replace("\\", "/")).name or "tệp không tên"


def _take_all(request: Request, person: Person, files: list[UploadFile], back: str) -> Response:
    kept: list[dict[str, Any]] = []
    wrong: list[str] = []
    for one in files:
        try:
            kept.append(_keep(request, person, one.file, plain_name(one.filename or "")))
        except ContentError as error:
            wrong.append(error.words)
    if not files:
        wrong.append("Chưa chọn tệp nào; hãy chọn ảnh hoặc video rồi gửi lại.")
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"assets": kept, "problems": wrong}, status_code=422 if wrong else 200)
    told = [one for asset in kept for one in asset["notes"]]
    if wrong:
        words = say("Đã nhận {count} tệp. Chưa nhận: {wrong}", count=len(kept), wrong=" ".join(wrong)[:2000])
        return go(request, back, words, "warn" if kept else "bad", done=bool(kept))
    return go(request, back, say("Đã nhận {count} tệp. {notes}", count=len(kept), notes=" ".join(told)[:2000]))


async def take_stream(request: Request, person: Person, name: str) -> Response:
    """One file as the body of the request, into the store; answers JSON, or what is wrong with it and 422."""
    house = house_of(request)
    stream = request.stream()
    try:
        folder = house.data_dir / "cache"
        await run_in_threadpool(folder.mkdir, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            await _receive(house, stream, file, name)
            asset = await run_in_threadpool(_keep, request, person, file, name)
    except (ContentError, OSError) as error:
        reason = error.words if isinstance(error, ContentError) else f"{name}: {_DISK.format(reason=why(error))}"
        rest = 0
        async for piece in stream:
            rest += len(piece)
            if rest > _DRAINED:
                return JSONResponse({"detail": reason}, status_code=422, headers={"Connection": "close"})
        return JSONResponse({"detail": reason}, status_code=422)
    return JSONResponse(asset)


async def _receive(house: House, stream: Any, file: Any, name: str) -> None:
    """Write what arrives, up to one byte more than its kind may have: the store says the rest.

    Raises `ContentError` as soon as the first bytes tell that the file is none to take.
    """
    waiting, size, most = bytearray(), 0, 0
    async for piece in stream:
        waiting += piece
        if not most and len(waiting) >= HEAD:
            most = house.service.store.most_bytes(bytes(waiting[:HEAD]), name)
        if most and len(waiting) >= _STEP:
            size += len(waiting)
            await run_in_threadpool(file.write, bytes(waiting))
            waiting.clear()
            if size > most:
                break
    await run_in_threadpool(file.write, bytes(waiting))


def _keep(request: Request, person: Person, file: BinaryIO, name: str) -> dict[str, Any]:
    """Into the store, a row for it, and who brought it. Raises `ContentError` with nothing left behind."""
    house = house_of(request)
    stored = house.service.store.put_file(file, name)
    now = house.now()
    with writing(house.engine) as session:
        new = keep_files(session, [stored], now)[stored.sha256]
        note(session, request, person, Act.FILE, stored.sha256, stored.name, now=now)
    thumbnails(house).of(stored.sha256, stored.mime)
    return _told(stored, new=new)


def _told(stored: AssetFile, *, new: bool) -> dict[str, Any]:
    """The file as scripts show it."""
    words = [f"{stored.name}: {one}." for one in stored.notes]
    if not new:
        words.append(f"{stored.name}: tệp này đã có trong kho tư liệu, không lưu thêm.")
    return {
        "sha256": stored.sha256,
        "name": stored.name,
        "mime": stored.mime,
        "kind": "video" if stored.mime.startswith("video/") else "image",
        "type": TYPE_WORDS[stored.mime],
        "size": stored.size,
        "size_words": size_words(stored.size),
        "width": stored.width,
        "height": stored.height,
        "length_words": length_words(stored.seconds),
        "new": new,
        "notes": words,
    }
