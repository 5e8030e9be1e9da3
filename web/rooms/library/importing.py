"""Posts from a table: handed in, read and told row by row with nothing written, then imported: all or none."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from connectors import CONNECTORS
from content.drawings import infographics_of, kept_pictures
from content.errors import ContentError, LibraryError
from content.exchange import importing
from content.exchange.media import HandedIn, StoreNames
from content.exchange.rows import Row
from content.library import LoadReport
from content.plan import active_plan
from content.store import AssetStore
from scheduler.db import reading, writing
from scheduler.queue import still_to_come
from web.door import FORM_FILES, Posted, house_of, may
from web.forms import Form
from web.house import House
from web.kept_tables import Kept, Shelf
from web.page import go, page
from web.roles import Permission, Person
from web.words import say

router = APIRouter()
Editor = Annotated[Person, Depends(may(Permission.EDIT))]
SHOWN = 200
"""Rows that a dry run shows; those that need somebody come first."""
OUTCOME_WORDS = {
    "new": "Bài mới",
    "changed": "Thay đổi",
    "same": "Giữ nguyên",
    "left": "Để nguyên",
}


@dataclass(frozen=True)
class DryRun:
    """A table beside the library, with nothing written."""

    table: importing.TableImport
    queued: dict[str, int]
    """Posts that would change and wait to go out, by key, with how many times."""

    def count(self, outcome: str) -> int:
        """How many good rows come to this."""
        return sum(row.outcome == outcome and not row.blocked for row in self.table.rows)

    @property
    def good(self) -> int:
        """Rows that can be imported as they are."""
        return sum(not row.blocked for row in self.table.rows)

    @property
    def writes(self) -> int:
        """Posts that an import of the good rows would write."""
        return self.count("new") + self.count("changed")

    @property
    def shown(self) -> Sequence[Row]:
        """The rows to look at: what must be mended, what changes, what is told, then the rest."""
        rank = {"changed": 1, "left": 1, "new": 2, "same": 3}
        return sorted(self.table.rows, key=lambda row: (not row.blocked, rank.get(row.outcome, 2), row.number))[:SHOWN]


@router.get("/thu-vien/nhap")
def ask(request: Request, _person: Editor) -> Response:
    """The form."""
    return page(request, "library/import.html", form=Form(), files=FORM_FILES - 1)


@router.post("/thu-vien/nhap")
def look(request: Request, person: Editor, posted: Posted) -> Response:
    """Keep what was handed in, and show what an import would do."""
    house, form = house_of(request), Form(posted)
    shelf = Shelf(house.data_dir)
    table, others = form.file("bang"), _others(posted)
    if table is None:
        form.fail("bang", say("Hãy chọn tệp CSV hoặc XLSX."))
        return page(request, "library/import.html", status=422, form=form, files=FORM_FILES - 1)
    kept: Kept | None = None
    try:
        kept = shelf.keep(person, table, others, house.now())
        dry = _tried(house, kept)
    except ContentError as error:
        if kept is not None:
            shelf.drop(kept)
        form.fail("bang", say("{words}", words=error.words))
        return page(request, "library/import.html", status=422, form=form, files=FORM_FILES - 1)
    return _shown(request, kept, dry)


@router.get("/thu-vien/nhap/{name}")
def look_again(request: Request, name: str, person: Editor) -> Response:
    """The same dry run once more, against the library as it is now."""
    house = house_of(request)
    kept = Shelf(house.data_dir).find(person, name)
    if kept is None:
        raise HTTPException(404)
    try:
        return _shown(request, kept, _tried(house, kept))
    except ContentError as error:
        return go(request, "/thu-vien/nhap", say("{words}", words=error.words), "bad")


@router.post("/thu-vien/nhap/{name}")
def take(request: Request, name: str, person: Editor, posted: Posted) -> Response:
    """Import the table that was looked at: every row, or with `dong=tot` those that nothing is wrong with."""
    house = house_of(request)
    shelf = Shelf(house.data_dir)
    kept = shelf.find(person, name)
    if kept is None:
        return go(request, "/thu-vien", "Bảng này đã được nhập, đã bỏ hoặc đã quá một ngày; hãy gửi lại tệp.", "warn")
    if posted.get("viec") == "bo":
        shelf.drop(kept)
        return go(request, "/thu-vien/nhap", "Đã bỏ bảng, chưa nhập bài nào.")
    try:
        with shelf.claimed(kept) as mine:
            if mine is None:
                return go(request, "/thu-vien", "Bảng này đang được nhập.", "warn")
            report = _written(house, mine, person, only_good=posted.get("dong") == "tot")
    except LibraryError:
        words = "Chưa nhập dòng nào vì có dòng còn lỗi; hãy sửa tệp rồi gửi lại, hoặc chỉ nhập các dòng không lỗi."
        return go(request, f"/thu-vien/nhap/{name}", words, "bad")
    except ContentError as error:
        return go(request, f"/thu-vien/nhap/{name}", say("{words}", words=error.words), "bad")
    words = (
        "Đã nhập: {new} bài mới, {changed} bài thay đổi, {same} bài giữ nguyên. Bài mới và bài thay đổi là bản nháp."
    )
    counts = {name: len(getattr(report, name)) for name in ("new", "changed", "same")}
    return go(request, "/thu-vien?trang_thai=draft", say(words, **counts))


def _others(posted: Posted) -> list[UploadFile]:
    return [one for one in posted.getlist("tep") if isinstance(one, UploadFile) and one.filename]


def _tried(house: House, kept: Kept) -> DryRun:
    """Everything but the writing; pictures go into a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as scratch:
        table = _read(house, kept, AssetStore(Path(scratch)))
    with reading(house.engine) as session:
        importing.compare(session, table)
        queued = still_to_come(session, [row.key for row in table.rows if row.outcome == "changed"])
    return DryRun(table, queued)


def _written(house: House, kept: Kept, person: Person, *, only_good: bool) -> LoadReport:
    table = _read(house, kept, house.service.store)
    if only_good:
        with reading(house.engine) as session:
            importing.compare(session, table)
        importing.keep(table, [row.number for row in table.rows if not row.blocked])
    with writing(house.engine) as session:
        return importing.write(session, table, house.now(), person.name, author=person.name)


def _read(house: House, kept: Kept, store: AssetStore) -> importing.TableImport:
    """The rows, with their pictures drawn and stored: what takes its time, before anything is locked."""
    with reading(house.engine) as session:
        plan = active_plan(session)
        media = HandedIn(kept.media, StoreNames(session, house.service.store))
        table = importing.read_import(kept.table, plan, tuple(CONNECTORS), media=media)
        pictures = kept_pictures(session, house.service.store)
    importing.place(table, store, infographics_of(plan), pictures)
    return table


def _shown(request: Request, kept: Kept, dry: DryRun) -> Response:
    return page(
        request, "library/dry_run.html", name=kept.name, dry=dry, table=dry.table, outcomes=OUTCOME_WORDS, most=SHOWN
    )
