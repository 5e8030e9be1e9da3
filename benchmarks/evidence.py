"""An evidence file of 5,000 publications: seconds and peak memory, with and without films; then its verification.

    python benchmarks/evidence.py [--publications 5000] [--films 4] [--film-megabytes 256] [--runs 3]

Each run makes the file in a process of its own, so that the peak (VmHWM, on Linux) is that of making alone; medians
are told. Goals: under 60 s and 200 MB without films, and not 30 MB more with them, for films are never held in memory.
Two runs give the same bytes. Ends with status 1 when a goal is missed.
"""

import argparse
import hashlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from cli import database
from connectors.base import Metric
from content.documents import documents_in
from content.editorial import content_hash
from content.revisions import keep
from content.store import ENDINGS, AssetStore
from content.tables import Asset, Post, PostAsset, Review
from reports.evidence.making import make
from reports.evidence.values import asked_for
from reports.evidence.verifying import verify
from scheduler.db import open_engine, writing
from scheduler.lifecycle import State
from scheduler.tables import Attempt, Channel, Publication, PublicationEvent, Reading

POSTS, PICTURES = 600, 60
BEGIN = datetime(2026, 1, 1, 1, 0, tzinfo=UTC)
NOW = datetime(2026, 12, 31, 10, 0, tzinfo=UTC)
SECONDS, MEGABYTES, MORE = 60.0, 200, 30
METRICS = (Metric.REACH, Metric.VIEWS, Metric.REACTIONS, Metric.COMMENTS, Metric.SHARES)
TEXT = "Bà con có thể nộp hồ sơ trực tuyến tại nhà, theo dõi kết quả và nhận giấy tờ qua bưu chính. " * 12


def fill(folder: Path, publications: int, films: int, film_megabytes: int) -> None:
    """An office's year: posts with pictures and films, every publication with its life and readings."""
    engine = open_engine(f"sqlite:///{folder / 'cchc.sqlite3'}")
    database.upgrade(engine)
    store, rng = AssetStore(folder / "assets"), random.Random(7)
    with writing(engine) as session:
        pictures = [_file(session, store, rng, "image/png", 150_000 + 1_000 * n) for n in range(PICTURES)]
        long = [_file(session, store, rng, "video/mp4", film_megabytes * 1024**2) for _ in range(films)]
        session.flush()
        posts = [_post(session, n, pictures[n % PICTURES], long[n] if n < films else "") for n in range(POSTS)]
        channels = [
            Channel(key=f"kenh-{n}", platform="facebook", external_id=f"{n}", name="Kênh", options={}, created_at=BEGIN)
            for n in range(3)
        ]  # fmt: skip
        session.add_all(channels)
        session.flush()
        _year(session, posts, [one.id or 0 for one in channels], publications, rng)
    engine.dispose()


def _file(session: Session, store: AssetStore, rng: random.Random, mime: str, size: int) -> str:
    """A file of the store that nobody has to be able to look at."""
    part, digest = store.folder / "part", hashlib.sha256()
    store.folder.mkdir(parents=True, exist_ok=True)
    with part.open("wb") as out:
        for start in range(0, size, 1 << 20):
            piece = rng.randbytes(min(1 << 20, size - start))
            digest.update(piece)
            out.write(piece)
    target = store.path(digest.hexdigest(), mime)
    target.parent.mkdir(exist_ok=True)
    part.rename(target)
    assert target.suffix == ENDINGS[mime]
    session.add(Asset(sha256=digest.hexdigest(), mime=mime, size=size, created_at=BEGIN))
    return digest.hexdigest()


def _post(session: Session, number: int, picture: str, film: str) -> Post:
    post = Post(
        key=f"bai-{number}", title=f"Hướng dẫn số {number}", body=f"Bài {number}. {TEXT}", topic="đ", form="van_ban",
        audiences=["nguoi_dan"], source="Cổng TTĐT", legal_refs=[], hashtags=["#CCHC"], platforms=["facebook"],
        variants={}, state="approved", content_hash="", created_at=BEGIN, updated_at=BEGIN,
    )  # fmt: skip
    session.add(post)
    session.flush()
    uses = [PostAsset(post_id=post.id or 0, sha256=picture, role="image", alt="Ảnh minh họa")]
    uses += [PostAsset(post_id=post.id or 0, sha256=film, role="video")] if film else []
    session.add_all(uses)
    post.content_hash = post.approved_hash = content_hash(post, uses)
    keep(session, post, by="Lan", now=BEGIN)
    for action, actor in (("created", "Lan"), ("submitted", "Lan"), ("approved", "Minh")):
        session.add(Review(post_id=post.id or 0, at=BEGIN, action=action, actor=actor, content_hash=post.content_hash))
    return post


def _year(session: Session, posts: list[Post], channels: list[int], count: int, rng: random.Random) -> None:
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {
        Publication: [], PublicationEvent: [], Attempt: [], Reading: [],
    }  # fmt: skip
    for n in range(count):
        at, post, channel = BEGIN + (NOW - BEGIN) * n / count, posts[n % POSTS], channels[n % len(channels)]
        rows[Publication].append(
            Publication(
                id=n + 1, post_id=post.id or 0, channel_id=channel, due_at=at, state=State.PUBLISHED, saved={},
                sent_at=at, prepared_hash=post.content_hash, published_at=at + timedelta(seconds=20), created_at=at,
                permalink=f"https://example.com/{n}",
            ).model_dump()
        )  # fmt: skip
        for event in ("queued", "claimed", "prepared", "claimed", "succeeded"):
            told = PublicationEvent(publication_id=n + 1, at=at, event=event, state_before="scheduled",
                                    state_after="published", fence=1)  # fmt: skip
            rows[PublicationEvent].append(told.model_dump(exclude={"id"}))
        for action in ("prepare", "publish"):
            told_try = Attempt(
                publication_id=n + 1, fence=1, action=action, started_at=at, finished_at=at, outcome="ok"
            )
            rows[Attempt].append(told_try.model_dump(exclude={"id"}))
        for days in (1, 3, 7, 30):
            for metric in METRICS:
                value = Reading(channel_id=channel, publication_id=n + 1, metric=metric, value=rng.randint(1, 9_000),
                                name=f"post_{metric}", version="v25.0", taken_at=at + timedelta(days=days))  # fmt: skip
                rows[Reading].append(value.model_dump(exclude={"id"}))
    for table, some in rows.items():
        for start in range(0, len(some), 5_000):
            session.connection().execute(insert(table), some[start : start + 5_000])


def one_run(folder: Path, target: Path, films: bool) -> None:
    """In a process of its own: make the file and tell what it took."""
    engine = open_engine(f"sqlite:///{folder / 'cchc.sqlite3'}")
    asked = asked_for(date(2026, 1, 1), date(2026, 12, 31), NOW, NOW, videos=films)
    begun, worked = time.perf_counter(), time.process_time()
    made = make(engine, folder / "assets", documents_in(folder), asked, target)
    took, cpu = time.perf_counter() - begun, time.process_time() - worked
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024  # ru_maxrss would be that of whoever started us
    told = {"seconds": took, "cpu": cpu, "peak": peak, "size": made.size, "hash": made.manifest_sha256}
    sys.stdout.write(json.dumps({**told, "publications": made.counts.publications}))


def measure(folder: Path, runs: int, films: bool) -> dict[str, Any]:
    """The medians of some runs, and whether they gave the same bytes."""
    told = []
    for _ in range(runs):
        target = folder / "ra" / "ho-so.zip"
        target.unlink(missing_ok=True)
        command = [sys.executable, __file__, "--run", str(folder), str(target), str(int(films))]
        out = subprocess.run(command, check=True, capture_output=True, text=True)
        told.append({**json.loads(out.stdout), "bytes": _sha256(target)})
    medians = {name: statistics.median(one[name] for one in told) for name in ("seconds", "cpu", "peak", "size")}
    return {**medians, "same": len({one["bytes"] for one in told}) == 1, "publications": told[0]["publications"]}


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def main() -> int:
    """Fill, measure, tell; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--publications", type=int, default=5_000)
    parser.add_argument("--films", type=int, default=4)
    parser.add_argument("--film-megabytes", type=int, default=256)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.run:
        one_run(Path(told.run[0]), Path(told.run[1]), told.run[2] == "1")
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, told.publications, told.films, told.film_megabytes)
        plain = measure(folder, told.runs, films=False)
        whole = measure(folder, told.runs, films=True)
        begun = time.perf_counter()
        verified = verify(folder / "ra" / "ho-so.zip").ok
        checked = time.perf_counter() - begun
    files = f"{POSTS} posts, {PICTURES} pictures, {told.films} films of {told.film_megabytes} MB"
    lines = [f"{plain['publications']} publications, {files}"]
    for words, one in (("without films", plain), ("with films", whole)):
        facts = f"{one['seconds']:.1f} s ({one['cpu']:.1f} s of work), peak {one['peak']:.0f} MB"
        lines.append(f"{words}: {facts}, file {one['size'] / 1024**2:.0f} MB, same bytes: {one['same']}")
    lines.append(f"verify: {checked:.1f} s, whole: {verified}")
    sys.stdout.write("\n".join(lines) + "\n")
    met = plain["seconds"] < SECONDS and plain["peak"] < MEGABYTES and whole["peak"] - plain["peak"] < MORE
    return 0 if met and verified and plain["same"] and whole["same"] else 1


if __name__ == "__main__":
    sys.exit(main())
