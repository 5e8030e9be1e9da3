"""All checks of one post against sixty days of posts, and of a whole library, in one run.

    python benchmarks/checks.py

Prints medians of three rounds, each with nothing remembered from the round before. Goals: the first post against
1,000 others with three texts each costs at most twice what folding those texts once costs, each post of the same
desk after it at most a quarter of folding them; a shipped post takes at most 50 ms by itself.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from content.checks import Earlier, check
from content.library import read_library
from content.plan import read_plan
from content.vietnamese import fold

ROOT = Path(__file__).resolve().parents[1]
DAYS, OTHERS, TEXTS, SYLLABLES, ROUNDS = 60, 1_000, 3, 250, 3
TIMES_FOLDING, NEXT_TIMES_FOLDING, SECONDS_A_POST = 2.0, 0.25, 0.05
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)


def main() -> None:
    """Measure and hold the medians against the goals; status 1 when one is missed."""
    plan = read_plan(ROOT / "content" / "plans" / "thua-thien-hue-2023")
    posts = read_library(ROOT / "content" / "library", plan)
    words = " ".join(post.body for post in posts).split()
    rng = random.Random(1)
    earlier = [
        Earlier(f"bai-{one}", f"Bài {one}", _texts(rng, words), NOW - timedelta(days=DAYS * one / OTHERS), "fanpage")
        for one in range(OTHERS)
    ]
    post = posts[0]

    def against(others: list[Earlier]) -> None:
        check(post, post.places(), plan, drawn=post.drawn(), earlier=others, today=NOW.date())

    def first() -> None:
        against([replace(one) for one in earlier])  # a copy has compared nothing yet

    def following() -> None:
        against(earlier)

    def folded() -> None:
        for other in earlier:
            for text in other.texts:
                fold(text)

    def library() -> None:
        for one in posts:
            one.findings(plan, today=NOW.date())

    against(earlier)
    one_post, next_post, folding, whole = (_median(way) for way in (first, following, folded, library))
    sys.stdout.write(
        f"first post against {OTHERS * TEXTS} texts: {one_post * 1000:.0f} ms"
        f" ({one_post / folding:.2f} x folding the texts)\n"
        f"each post after it: {next_post * 1000:.0f} ms ({next_post / folding:.2f} x)\n"
        f"{len(posts)} posts by themselves: {whole * 1000:.0f} ms ({whole / len(posts) * 1000:.1f} ms each)\n"
    )
    sys.exit(
        one_post > TIMES_FOLDING * folding
        or next_post > NEXT_TIMES_FOLDING * folding
        or whole / len(posts) > SECONDS_A_POST
    )


def _texts(rng: random.Random, words: list[str]) -> tuple[str, ...]:
    return tuple(" ".join(rng.choices(words, k=SYLLABLES)) for _ in range(TEXTS))


def _median(way: Callable[[], None]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        way()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


if __name__ == "__main__":
    main()
