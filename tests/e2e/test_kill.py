"""kill -9 between any two steps: afterwards the public pages show every post and its comment exactly once."""

import json
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from scheduler.db import reading
from scheduler.lifecycle import State
from scheduler.tables import Channel, Publication
from tests.conftest import NOW, Sandbox
from tests.scheduler.house import Running

ROOT = Path(__file__).resolve().parents[2]
KILLS = 36
COUNTS = {"facebook": 30, "zalo": 18, "youtube": 12}
"""Sixty publications on the three platforms."""


def furnish(house: Running) -> None:
    """Sixty approved posts, each queued on one channel, a few minutes apart."""
    for platform, count in COUNTS.items():
        channel = house.connect(platform)
        for number in range(count):
            mark = f"{platform} số {number}"
            variants = {"zalo": {"summary": f"Tóm tắt {mark}."}, "facebook": {"first_comment": f"Hỏi đáp {mark}."}}
            post = house.post(title=f"Bài {mark}", body=f"Nội dung {mark}.", late_rule="any_time", variants=variants)
            if platform == "youtube":
                house.video(post, number)
            elif platform == "zalo" or number % 3 == 0:
                house.picture(post, "teal")
            house.queue(post, channel, NOW + timedelta(minutes=20 + 5 * number))


@pytest.mark.skipif(sys.platform != "linux", reason="lives are forked and watched through pidfd")
def test_after_kill_9_at_random_places_every_post_is_public_exactly_once(
    engine: Engine, sandbox: Sandbox, tmp_path: Path, media_host: str
) -> None:
    house = Running(engine, sandbox, tmp_path, media_host)
    furnish(house)
    house.close()
    # Without its check for twins the sandbox would not hide a text that is sent a second time.
    sandbox.fault("facebook", "no_twin_check", times=100_000)
    plan = {
        "database": engine.url.render_as_string(hide_password=False),
        "sandbox": {"addresses": sandbox.addresses, "settings": sandbox.settings},
        "folder": str(tmp_path),
        "media": media_host,
        "until": (NOW + timedelta(hours=11)).isoformat(),
        "seed": 20261122,
        "kills": KILLS,
    }
    told = subprocess.run(
        [sys.executable, "-m", "tests.e2e.lives"], input=json.dumps(plan), capture_output=True, text=True, cwd=ROOT
    )
    assert told.returncode == 0, told.stderr[-3000:]
    for platform, count in COUNTS.items():
        seen = Counter((item["title"], item["text"]) for item in sandbox.public(platform))
        assert len(seen) == count, f"{platform}: lost posts; {states(engine)}"
        assert set(seen.values()) == {1}, f"{platform}: doubled posts"
    comments = Counter(one["text"] for one in sandbox.comments())
    assert len(comments) == COUNTS["facebook"], "lost first comments"
    assert set(comments.values()) == {1}, "doubled first comments"
    killed = json.loads(told.stdout)["killed"]
    assert killed >= 25, f"only {killed} kills"
    assert states(engine) == {"published": sum(COUNTS.values()) + COUNTS["facebook"]}


def states(engine: Engine) -> dict[str, int]:
    """How many publications stand where, and why those that are not public do."""
    with reading(engine) as session:
        rows = session.exec(select(Publication, Channel).where(Publication.channel_id == Channel.id)).all()
    return dict(Counter(_told(row, channel) for row, channel in rows))


def _told(row: Publication, channel: Channel) -> str:
    if row.state == State.PUBLISHED:
        return "published"
    return f"{channel.key} ({channel.state}: {channel.state_words}) {row.state} {row.problem}"
