"""Makes an evidence file: batch by batch from the database into a ZIP, with memory that does not grow with it."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from connectors import connector_class
from connectors.base import Outgoing, Part
from content.checks.values import FORMS
from content.documents import ENDINGS as DOCUMENT_ENDINGS
from content.documents import Documents
from content.store import ENDINGS
from content.vietnamese import number
from reports.evidence import pages, tables, values
from reports.evidence.gathering import BATCH, Known, batch_after, iso
from reports.evidence.outside import HEAD, Outside, line, outside
from reports.evidence.pack import Entry, Pack, packing
from reports.evidence.sent import NOT_KEPT, Kept, files_of, sent
from reports.evidence.values import Asked, Basis, Counts, File, Item, Listed, Made, More, item_of
from scheduler.db import reading
from scheduler.lifecycle import WORDS, State
from scheduler.parts import PART_WORDS

LOST = "tệp đã mất khỏi kho tư liệu"
CHANGED = "tệp trong kho không còn đúng mã băm đã ghi"
LEFT_OUT = "video không kèm theo yêu cầu khi lập hồ sơ"
_ABOUT = {
    values.LIST_CSV: "danh sách lượt đăng",
    values.FIGURES: "số liệu lúc chốt",
    values.LIVES: "diễn biến của từng mục",
    values.FILES: "ảnh, video đã gửi của từng mục",
}
_REMEMBERED = 2_000
Progress = Callable[[int], None]


def make(
    engine: Engine, store: Path, documents: Documents, asked: Asked, target: Path, *, told: Progress = lambda _n: None,
    more: More | None = None,
) -> Made:  # fmt: skip
    """Write the evidence file, whole or not at all. `store`: the folder of pictures and videos; `told`: after each
    batch, how many publications are done; `more`: what else is inside. Raises `ContentError` when it cannot be written.
    """
    with packing(target, asked.cutoff) as pack, tempfile.TemporaryDirectory(dir=target.parent, prefix=".hs-") as name:
        maker = _Maker(engine, Kept(store), documents, asked, pack, Path(name), more)
        with closing(maker.lists):
            maker.publications(told)
            digest = maker.finish()
    return Made(digest, target.stat().st_size, maker.counts, maker.notes)


class _Maker:
    """One file in the making: what was counted, what is to be told, and the lists that grow on disk meanwhile."""

    def __init__(
        self, engine: Engine, store: Kept, documents: Documents, asked: Asked, pack: Pack, scratch: Path,
        more: More | None,
    ) -> None:  # fmt: skip
        self.engine, self.store, self.documents, self.more = engine, store, documents, more
        self.asked, self.pack, self.scratch = asked, pack, scratch
        self.counts, self.notes = Counts(), list[str]()
        self.lists = tables.Lists(scratch, f"Hồ sơ kiểm chứng {asked.label}", asked.cutoff)
        self._paths: dict[str, tuple[str, str]] = {}
        self._known: dict[tuple[object, ...], Outgoing] = {}

    # Publications ---------------------------------------------------------------------------------------

    def publications(self, told: Progress) -> None:
        """Each with its page, text and files; a line of JSON is kept for the lists."""
        self.pack.add(f"{values.TEXTS}/kieu.css", pages.style(), "kiểu trình bày của các trang")
        last = None
        with (self.scratch / "items").open("w", encoding="utf-8") as kept:
            while True:
                with reading(self.engine) as session:
                    some = batch_after(session, self.asked, last)
                for known in some:
                    item = self._item(known)
                    if item is not None:
                        self.lists.add(item)
                        kept.write(json.dumps(item, ensure_ascii=False, default=_fields) + "\n")
                told(self.counts.publications)
                if len(some) < BATCH:
                    return
                row = some[-1].row
                assert row.published_at is not None
                last = (row.published_at, row.id or 0)

    def _item(self, known: Known) -> Item | None:
        row, content = known.row, known.content
        topic = str(content.facts["topic"]) if content else known.post.topic
        if self.asked.topic not in ("", topic):
            return None
        outgoing = self._sent(known)
        text = outgoing.text.encode() if outgoing else b""
        gone = known.withdrawn_at is not None
        form = str(content.facts["form"]) if content else known.post.form
        item = Item(
            number=row.id or 0,
            kind=PART_WORDS.get(row.part, row.part),
            state=WORDS[State.WITHDRAWN if gone else State.PUBLISHED],
            withdrawn_at=iso(known.withdrawn_at),
            title=outgoing.title if outgoing else known.post.title,
            topic=topic,
            form=FORMS.get(form, form),
            agency=known.post.agency,
            channel=known.channel.name,
            platform=connector_class(known.channel.platform).capabilities.label,
            due_at=iso(row.due_at),
            published_at=iso(row.published_at),
            permalink=row.permalink,
            author=known.author,
            submitted_by=known.submitted.actor if known.submitted else "",
            endorsed_by=known.endorsed.actor if known.endorsed else "",
            approved_by=known.approved.actor if known.approved else "",
            approved_at=iso(known.approved.at) if known.approved else "",
            content_hash=known.content_hash,
            basis=known.basis,
            summary=outgoing.summary if outgoing else "",
            link=outgoing.link if outgoing else "",
            text=outgoing.text if outgoing else "",
            text_sha256=hashlib.sha256(text).hexdigest() if outgoing else "",
            figures=known.figures,
            files=tuple(self._files(known, outgoing)) if outgoing else (),
            steps=known.steps,
        )
        self._count(item, row.part)
        if outgoing:
            self.pack.add(f"{item.name}.txt", text, "nội dung đã gửi của một mục")
        self.pack.add(f"{item.name}.html", pages.item_page(item), "trang của một mục")
        return item

    def _sent(self, known: Known) -> Outgoing | None:
        """The same content on the same channel sends the same; a year says most things more than once."""
        if known.content is None:
            return None
        key = (known.row.post_id, known.content_hash, known.channel.id, known.row.part)
        if key not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = sent(self.store, known.row, known.channel, known.content, known.assets)
        return self._known[key]

    def _count(self, item: Item, part: str) -> None:
        self.counts.publications += 1
        self.counts.posts += part == Part.POST
        self.counts.withdrawn += bool(item.withdrawn_at)
        if item.basis == Basis.NONE:
            self.counts.texts_missing += 1

    def _files(self, known: Known, outgoing: Outgoing) -> Iterator[File]:
        assert known.content is not None
        for role, media, path in files_of(outgoing):
            video = media.mime.startswith("video/")
            if video and not self.asked.videos:
                self.counts.videos_left_out += 1
                yield File(role, media.sha256, media.mime, media.size, media.alt, note=LEFT_OUT)
                continue
            asset = known.assets.get(media.sha256)
            smaller = asset is not None and media.size == 0
            size = asset.size if asset is not None and smaller else media.size
            inside, note = self._inside(media.sha256, media.mime, path)
            note = "; ".join(filter(None, (note, NOT_KEPT if smaller else "")))
            yield File(role, media.sha256, media.mime, size, media.alt, inside, note)
        for one in known.content.assets:
            if one["sha256"] not in known.assets:
                yield File(str(one["role"]), str(one["sha256"]), "", 0, str(one["alt"]), note=LOST)

    def _inside(self, sha256: str, mime: str, path: Path) -> tuple[str, str]:
        """Where a file stands in the package, put there once; "" with the reason when it is lost."""
        if sha256 not in self._paths:
            name = f"{values.MEDIA}/{sha256}{ENDINGS.get(mime, '')}"
            self._paths[sha256] = self._put(name, path, sha256, "video đã gửi" if "video" in mime else "ảnh đã gửi")
            if self._paths[sha256][0]:
                self.counts.videos += mime.startswith("video/")
                self.counts.pictures += not mime.startswith("video/")
        return self._paths[sha256]

    def _put(self, name: str, path: Path, sha256: str, about: str) -> tuple[str, str]:
        if not path.is_file():
            self.counts.files_missing += 1
            return "", LOST
        entry = self.pack.add_file(name, path, about)
        return name, "" if entry.sha256 == sha256 else CHANGED

    # Lists, and the rest --------------------------------------------------------------------------------

    def _items(self) -> Iterator[Item]:
        with (self.scratch / "items").open(encoding="utf-8") as kept:
            for one in kept:
                yield item_of(json.loads(one))

    def finish(self) -> str:
        """Activities, lists, pages and the manifest; the hash of the manifest."""
        asked, pack = self.asked, self.pack
        with reading(self.engine) as session:
            done = outside(session, asked)
        activities = [(one, list(self._proofs(one))) for one in done]
        self.counts.activities = sum(not one.withdrawn for one in done)
        listed: Sequence[Listed] = self.more.add(pack) if self.more else ()
        self._notes()
        lines = (line(one, [path or name for name, path in proofs]) for one, proofs in activities)
        pack.add_pieces(values.ACTIVITIES, tables.csv_of(HEAD, lines), "danh sách hoạt động ngoài mạng xã hội")
        self.lists.close()
        for name, path in self.lists.paths.items():
            pack.add_file(name, path, _ABOUT[name])
        pack.add_file(values.LIST_XLSX, self.lists.book_path, "danh sách lượt đăng cho bảng tính")
        name = self.more.name if self.more else ""
        front = pages.index(asked, self.counts, self._items(), activities, self.notes, name=name, listed=listed)
        pack.add_pieces(values.INDEX, front, "trang đầu")
        pack.add(values.README, pages.readme(asked, name).encode(), "cách kiểm tra không cần chương trình")
        sums = (f"{one.sha256}  {one.path}\n".encode() for one in list(pack.entries.values()))
        pack.add_pieces(values.SUMS, sums, "mã băm của các tệp")
        said = canonical(manifest(asked, self.counts, self.notes, self.more))
        return pack.add_pieces(values.MANIFEST, _with_files(said, list(pack.entries.values())), "danh mục").sha256

    def _proofs(self, one: Outside) -> Iterator[tuple[str, str]]:
        """(name, path inside) of every file of an activity; "" for one that was withdrawn or is lost."""
        for proof in one.proofs:
            if proof.withdrawn or proof.mime not in DOCUMENT_ENDINGS:
                yield proof.name, ""
                continue
            if proof.sha256 not in self._paths:
                name = f"{values.OUTSIDE}/{proof.sha256}{DOCUMENT_ENDINGS[proof.mime]}"
                path = self.documents.path(proof.sha256, proof.mime)
                self._paths[proof.sha256] = self._put(name, path, proof.sha256, "tài liệu của một hoạt động")
            inside, _note = self._paths[proof.sha256]
            self.counts.activity_files += bool(inside)
            yield proof.name, inside

    def _notes(self) -> None:
        counts = self.counts
        changed = sum(note == CHANGED for _path, note in self._paths.values())
        self.notes += [
            f"{number(count)} {words}"
            for count, words in (
                (counts.videos_left_out, "video không kèm trong gói theo yêu cầu khi lập; danh sách có mã băm."),
                (counts.texts_missing, "mục không còn nội dung đã gửi trong hệ thống; danh sách ghi rõ từng mục."),
                (counts.files_missing, "tệp đã mất khỏi kho; danh sách có mã băm và ghi rõ từng tệp."),
                (changed, "tệp trong kho không còn đúng mã băm đã ghi; danh sách ghi rõ từng tệp."),
            )
            if count
        ]


def manifest(
    asked: Asked, counts: Counts, notes: Sequence[str], more: More | None = None
) -> dict[str, object]:  # fmt: skip
    """What the package says of itself, before its files are listed."""
    return {
        "format": more.format if more else values.FORMAT,
        "program": f"cchc-campaign-scheduler {version('cchc-campaign-scheduler')}",
        "period": {"first": asked.first.isoformat(), "last": asked.last.isoformat()},
        "cutoff": iso(asked.cutoff),
        "only": {"channel": asked.channel, "topic": asked.topic, "videos": asked.videos},
        "counts": asdict(counts),
        "notes": list(notes),
        **(more.facts() if more else {}),
        "files": [],
    }


def _with_files(said: bytes, entries: Sequence[Entry]) -> Iterator[bytes]:
    """The canonical manifest with its files, one at a time: a year has tens of thousands."""
    before, after = said.split(b'"files":[]')
    yield before + b'"files":['
    for place, one in enumerate(entries):
        yield (b"," if place else b"") + canonical(asdict(one)).rstrip()
    yield b"]" + after


def canonical(facts: object) -> bytes:
    """JSON in one form only: sorted keys, no blanks, UTF-8, one line end."""
    return (json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()


def _fields(value: Any) -> dict[str, object]:
    return {one.name: getattr(value, one.name) for one in fields(value)}
