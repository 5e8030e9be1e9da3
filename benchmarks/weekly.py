"""The weekly summary over 1,000,000 readings: the product's query against plain SQL in the same run.

    python benchmarks/weekly.py

Prints medians of three rounds in turn. Goals: at most 1.5 times the best plain query, and the whole summary
(queries, chart, documents) under one second.
"""

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cli.database import upgrade
from reports.periods import week_named
from reports.queries import published_rows
from reports.seeks import COUNTERS
from reports.weekly import make_weekly
from scheduler.db import open_engine, reading

PRODUCT = "product's query"
POSTS, METRICS, READINGS, ROUNDS = 2_000, tuple(metric.value for metric in COUNTERS), 84, 3
WEEK = week_named("2026-W48")
NOW = datetime(2026, 11, 30, tzinfo=UTC)
FIRST = NOW - timedelta(days=READINGS)

FILL = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :readings - 1)
INSERT INTO reading (channel_id, publication_id, metric, value, name, version, definition, taken_at)
SELECT p.channel_id, p.id, m.value, (n.i + 1) * (p.id % 37 + 1), m.value || '_name', 'v26.0', '',
       strftime('%Y-%m-%d %H:%M:%S.000000', :first, '+' || n.i || ' days', '+' || (p.id % 1000) || ' seconds')
FROM n CROSS JOIN publication p CROSS JOIN json_each(:metrics) m
"""

SEEK = """
SELECT p.id, p.channel_id, o.topic, m.value,
  (SELECT r.value FROM reading r WHERE r.publication_id = p.id AND r.metric = m.value AND r.value IS NOT NULL
     AND r.taken_at >= :since AND r.taken_at < :until ORDER BY r.taken_at DESC LIMIT 1),
  (SELECT r.value FROM reading r WHERE r.publication_id = p.id AND r.metric = m.value AND r.value IS NOT NULL
     AND r.taken_at >= :before AND r.taken_at < :since ORDER BY r.taken_at DESC LIMIT 1),
  (SELECT r.value FROM reading r WHERE r.publication_id = p.id AND r.metric = m.value AND r.value IS NOT NULL
     AND r.taken_at < :before ORDER BY r.taken_at DESC LIMIT 1)
FROM publication p JOIN post o ON o.id = p.post_id CROSS JOIN json_each(:metrics) m
WHERE p.published_at < :until
"""

GROUP = """
SELECT p.id, p.channel_id, o.topic, r.metric,
  max(CASE WHEN r.taken_at >= :since THEN r.value END),
  max(CASE WHEN r.taken_at < :since AND r.taken_at >= :before THEN r.value END),
  max(CASE WHEN r.taken_at < :before THEN r.value END)
FROM reading r JOIN publication p ON p.id = r.publication_id JOIN post o ON o.id = p.post_id
WHERE r.taken_at < :until GROUP BY p.id, r.metric
"""


def main() -> None:
    """Fill a temporary database, run every way in turn, print the medians."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cchc.sqlite3"
        engine = open_engine(f"sqlite:///{path}")
        upgrade(engine)
        with sqlite3.connect(path) as plain:
            _fill(plain)
        plain = sqlite3.connect(path)

        def product() -> int:
            with reading(engine) as session:
                return len(published_rows(session, WEEK.since, WEEK.until))

        cutoffs = iter(NOW - timedelta(seconds=n) for n in range(1_000))
        ways: dict[str, Callable[[], object]] = {
            PRODUCT: product,
            "plain SQL, three seeks a series": lambda: len(_ask(plain, SEEK)),
            "plain SQL, one grouped scan": lambda: len(_ask(plain, GROUP)),
            "whole summary": lambda: make_weekly(engine, WEEK.period, NOW, Path(folder) / "out", next(cutoffs)),
        }
        seconds = _medians(ways)
        plain.close()
        engine.dispose()
    for name, took in seconds.items():
        sys.stdout.write(f"{name:34} {took:7.3f} s\n")
    best = min(took for name, took in seconds.items() if name.startswith("plain"))
    sys.stdout.write(f"ratio to the best plain query      {seconds[PRODUCT] / best:7.2f}\n")


def _fill(plain: sqlite3.Connection) -> None:
    first = FIRST.strftime("%Y-%m-%d %H:%M:%S.000000")
    for channel, platform in enumerate(("facebook", "zalo", "youtube"), 1):
        plain.execute(
            "INSERT INTO channel (id, key, platform, external_id, name, agency, state, state_words, options, "
            "created_at) VALUES (?, ?, ?, ?, ?, '', 'connected', '', '{}', ?)",
            (channel, platform, platform, platform, platform, first),
        )
    posts = [(n, f"bai-{n}", f"Bài số {n}", "abcdđeghikl"[n % 11], first, first) for n in range(1, POSTS + 1)]
    plain.executemany(
        "INSERT INTO post (id, key, title, topic, created_at, updated_at, body, form, audiences, source, source_url, "
        "legal_refs, hashtags, platforms, variants, sensitive, evergreen, allowed_in_pause, late_rule, late_minutes, "
        "state, content_hash, approved_hash, search_key, file) VALUES (?, ?, ?, ?, ?, ?, '', 'van_ban', '[]', '', '', "
        "'[]', '[]', '[]', '{}', 0, 1, 0, 'expire', 180, 'approved', '', '', '', '')",
        posts,
    )
    _insert_publications(plain, first)
    plain.execute(FILL, {"first": first, "metrics": _metrics(), "readings": READINGS})
    plain.commit()


def _insert_publications(plain: sqlite3.Connection, first: str) -> None:
    given = {"state": "published", "due_at": first, "published_at": first, "created_at": first, "saved": "{}", "details": "{}", "part": "post"}
    columns = [(row[1], row[2]) for row in plain.execute("PRAGMA table_info(publication)") if row[3] and row[1] != "id"]
    given |= {name: 0 if kind == "INTEGER" else "" for name, kind in columns if name not in given}
    names = sorted(given)
    marks = ", ".join(f":{name}" for name in ["id", *names])
    plain.executemany(
        f"INSERT INTO publication (id, {', '.join(names)}) VALUES ({marks})",  # noqa: S608  our own column names
        [{**given, "id": n, "post_id": n, "channel_id": n % 3 + 1} for n in range(1, POSTS + 1)],
    )


def _metrics() -> str:
    return '["' + '","'.join(METRICS) + '"]'


def _ask(plain: sqlite3.Connection, statement: str) -> list[tuple[object, ...]]:
    moments = {"since": WEEK.since, "until": WEEK.until, "before": WEEK.since - timedelta(days=7)}
    told = {name: at.strftime("%Y-%m-%d %H:%M:%S.000000") for name, at in moments.items()}
    if ":metrics" in statement:
        told["metrics"] = _metrics()
    return plain.execute(statement, told).fetchall()


def _medians(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """In turn, so that a busy machine slows all ways alike; the first round only warms up."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS + 1):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            took[name].append(time.perf_counter() - begun)
    return {name: statistics.median(rounds[1:]) for name, rounds in took.items()}


if __name__ == "__main__":
    main()
