"""A scenario plays by the platform's clock, says what is wrong with it, and tells what struck and what never did."""

import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

import sandbox as package
from sandbox.scenario import ScenarioError, kinds_of, read_scenario
from sandbox.world import LOCAL, PLATFORMS
from tests.conftest import Sandbox, start_sandbox

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "sandbox" / "scenarios").glob("*.yml"))
MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=LOCAL)

OUTAGE = """
- at: "07:30"
  until: "08:10"
  platform: zalo
  kind: status
  values: {status: 503}
  say: Zalo không trả lời.
"""


def load(sandbox: Sandbox, platform: str, text: str) -> requests.Response:
    return sandbox.http.post(f"{sandbox.url(platform)}/_sandbox/scenario", data=text.encode(), timeout=5)


def ask(sandbox: Sandbox, platform: str) -> int:
    """The status of a call that needs no access."""
    path = {"facebook": "/v26.0/me", "zalo": "/v2.0/oa/getoa", "youtube": "/youtube/v3/channels"}[platform]
    return sandbox.http.get(f"{sandbox.url(platform)}{path}", timeout=5).status_code


def faults(sandbox: Sandbox, platform: str) -> list[dict[str, Any]]:
    return list(sandbox._ask("GET", platform, "faults"))


# By the clock --------------------------------------------------------------------------------------------


def test_a_fault_lasts_from_its_hour_until_its_hour_on_a_clock_that_is_set(sandbox: Sandbox) -> None:
    sandbox.at(MORNING)
    assert load(sandbox, "zalo", OUTAGE).json() == {"events": 1}
    told = []
    for minutes in (0, 89, 90, 91, 129, 130, 24 * 60 + 95):
        sandbox.at(MORNING + timedelta(minutes=minutes))
        told.append(ask(sandbox, "zalo"))
    assert told == [200, 200, 503, 503, 503, 200, 200]


def test_a_fault_without_an_end_strikes_as_often_as_it_says(sandbox: Sandbox) -> None:
    sandbox.at(MORNING)
    load(sandbox, "facebook", '- {at: "07:30", platform: facebook, kind: status, times: 2}')
    sandbox.at(MORNING + timedelta(hours=3))
    assert [ask(sandbox, "facebook") for _ in range(3)] == [502, 502, 400]


def test_an_hour_that_the_clock_leaps_over_together_with_its_end_strikes_nothing(sandbox: Sandbox) -> None:
    sandbox.at(MORNING)
    load(sandbox, "zalo", OUTAGE)
    sandbox.at(MORNING + timedelta(hours=6))
    assert ask(sandbox, "zalo") == 200
    assert [(one["state"], one["struck"]) for one in faults(sandbox, "zalo")] == [("over", [])]


def test_an_hour_that_has_passed_means_the_next_day(sandbox: Sandbox) -> None:
    sandbox.at(MORNING + timedelta(hours=3))
    load(sandbox, "zalo", OUTAGE)
    assert ask(sandbox, "zalo") == 200
    sandbox.at(MORNING + timedelta(days=1, hours=2))
    assert ask(sandbox, "zalo") == 503


def test_an_end_after_midnight_is_on_the_next_day(sandbox: Sandbox) -> None:
    sandbox.at(MORNING)
    load(sandbox, "zalo", '- {at: "22:00", until: "01:00", platform: zalo, kind: html, values: {status: 500}}')
    sandbox.at(MORNING + timedelta(hours=18, minutes=30))
    assert ask(sandbox, "zalo") == 500
    sandbox.at(MORNING + timedelta(hours=19))
    assert ask(sandbox, "zalo") == 200


def test_a_fault_begins_after_so_many_requests_of_its_platform(sandbox: Sandbox) -> None:
    ask(sandbox, "youtube")
    load(sandbox, "youtube", "- {after: 3, platform: youtube, kind: status, times: 2}")
    ask(sandbox, "zalo")
    assert [ask(sandbox, "youtube") for _ in range(6)] == [401, 401, 401, 502, 502, 401]


def test_a_platform_takes_only_its_own_events(sandbox: Sandbox) -> None:
    text = "\n".join(f"- {{after: 0, platform: {platform}, kind: status}}" for platform in PLATFORMS)
    assert load(sandbox, "zalo", text).json() == {"events": 1}
    assert [ask(sandbox, platform) for platform in PLATFORMS] == [400, 502, 401]


def test_it_plays_on_the_computers_clock_too(sandbox: Sandbox) -> None:
    sandbox._ask("POST", "zalo", "clock", {"now": None})
    now = datetime.fromisoformat(sandbox._ask("GET", "zalo", "clock")["now"]).astimezone(LOCAL)
    soon, later = (f"{now + timedelta(minutes=minutes):%H:%M}" for minutes in (5, 10))
    fault = "platform: zalo, kind: status"
    load(sandbox, "zalo", f"- {{after: 0, until: '{later}', {fault}}}\n- {{at: '{soon}', {fault}}}")
    assert ask(sandbox, "zalo") == 502
    assert [one["state"] for one in faults(sandbox, "zalo")] == ["armed", "coming"]


def test_a_scenario_given_at_the_start_plays_on_the_day_that_is_set_and_again_after_a_reset(tmp_path: Path) -> None:
    file = tmp_path / "day.yml"
    file.write_text(OUTAGE, encoding="utf-8")
    process, told = start_sandbox("--only", "zalo", "--scenario", str(file))
    try:
        alone = Sandbox(told)
        for _ in range(2):
            alone.reset()
            alone.at(MORNING)
            assert ask(alone, "zalo") == 200
            alone.at(MORNING + timedelta(minutes=100))
            assert ask(alone, "zalo") == 503
        alone.http.close()
    finally:
        process.terminate()
        process.wait(timeout=10)
        assert process.stdout is not None
        process.stdout.close()


# What is told --------------------------------------------------------------------------------------------


def test_the_list_tells_what_is_coming_what_struck_when_and_what_never_struck(sandbox: Sandbox) -> None:
    sandbox.at(MORNING)
    sandbox.fault("zalo", "html", method="DELETE")
    sandbox.fault("zalo", "status", times=2)
    load(sandbox, "zalo", OUTAGE)
    sandbox.at(MORNING + timedelta(minutes=5))
    ask(sandbox, "zalo")
    never, once, coming = faults(sandbox, "zalo")
    assert (never["kind"], never["state"], never["struck"]) == ("html", "armed", [])
    assert (once["kind"], once["state"], once["times_left"]) == ("status", "armed", 1)
    struck = once["struck"][0]
    assert (struck["method"], struck["path"]) == ("GET", "/v2.0/oa/getoa")
    assert datetime.fromisoformat(struck["at"]) == MORNING + timedelta(minutes=5)
    assert (coming["state"], coming["say"], coming["struck"]) == ("coming", "Zalo không trả lời.", [])
    assert datetime.fromisoformat(coming["due"]) == MORNING + timedelta(minutes=90)
    ask(sandbox, "zalo")
    assert [one["state"] for one in faults(sandbox, "zalo")] == ["armed", "over", "coming"]


def test_what_is_coming_is_forgotten_with_the_faults(sandbox: Sandbox) -> None:
    sandbox.at(MORNING)
    load(sandbox, "zalo", OUTAGE)
    sandbox.http.delete(f"{sandbox.url('zalo')}/_sandbox/faults", timeout=5)
    sandbox.at(MORNING + timedelta(minutes=100))
    assert ask(sandbox, "zalo") == 200
    assert faults(sandbox, "zalo") == []


# What is refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "field", "words"),
    [
        ("platform: zalo\n  kind: html", "at", "either “at”, a time of day, or “after”"),
        ('at: "07:30"\n  after: 2\n  platform: zalo\n  kind: html', "at", "either"),
        ("at: 7h30\n  platform: zalo\n  kind: html", "at", "“7h30” is no time of day; write it as 07:30"),
        ("at: 25:00\n  platform: zalo\n  kind: html", "at", "“25:00” is no time of day"),
        ('at: "07:30"\n  until: "07:30"\n  platform: zalo\n  kind: html', "until", "it ends when it begins"),
        ("after: -1\n  platform: zalo\n  kind: html", "after", "greater than or equal to 0"),
        ("after: 0\n  platform: tiktok\n  kind: html", "platform", "there are facebook, zalo, youtube"),
        ("after: 0\n  kind: html", "platform", "it is missing"),
        ("after: 0\n  platform: zalo", "kind", "it is missing"),
        ("after: 0\n  platform: zalo\n  kind: html\n  tmes: 2", "tmes", "there is no such field; there are kind, path"),
        ("after: 0\n  platform: zalo\n  kind: html\n  times: 0", "times", "greater than or equal to 1"),
        ("after: 0\n  platform: zalo\n  kind: html\n  times: oft", "times", "valid integer"),
        ("after: 0\n  platform: zalo\n  kind: html\n  path: '('", "path", "“(” is no regular expression"),
        ("after: 0\n  platform: zalo\n  kind: html\n  kind: html", "kind", "it stands there twice"),
        (
            "after: 0\n  platform: zalo\n  kind: delay\n  values: {second: 3}",
            "values",
            "takes no second; it takes secon",
        ),
    ],
)
def test_a_mistake_is_told_in_one_sentence_that_names_line_event_and_field(event: str, field: str, words: str) -> None:
    good = "- {after: 0, platform: zalo, kind: html}\n"
    with pytest.raises(ScenarioError) as raised:
        read_scenario(f"{good}- {event}\n", "day.yml")
    (sentence,) = raised.value.sentences
    said = re.fullmatch(rf"day\.yml, line (\d+), event 2, field “{field}”: (.+)\.", sentence)
    assert said, sentence
    assert words in said[2]
    lines = [number for number, line in enumerate(event.splitlines(), 2) if line.strip().startswith(f"{field}:")]
    assert int(said[1]) in (lines or [2])


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ScenarioError) as raised:
        read_scenario("- {after: 0, platform: zalo}\n- {after: x, platform: zalo, kind: html, effect: 3}\n")
    assert len(raised.value.sentences) == 3


@pytest.mark.parametrize("text", ["", "at: 07:30", "- only words", "- {at: [", "[]"])
def test_what_is_no_list_of_events_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"day\.yml, line \d+"):
        read_scenario(text, "day.yml")


def test_twelve_oclock_needs_no_quotes() -> None:
    (event,) = read_scenario("- {at: 12:00, until: 13:30, platform: zalo, kind: html}")["zalo"]
    assert f"{event.at:%H:%M} {event.until:%H:%M}" == "12:00 13:30"


def test_a_kind_that_nobody_knows_is_refused_with_those_that_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.facebook.KINDS", {"page_asleep": "the Page sleeps"}, raising=False)
    with pytest.raises(
        ScenarioError, match=r"field “kind”: facebook knows no fault “page_awake”; it knows .*hang_up.*"
    ):
        read_scenario("- {after: 0, platform: facebook, kind: page_awake}")
    assert read_scenario("- {after: 0, platform: facebook, kind: page_asleep}")["facebook"]


def test_a_mistake_in_a_scenario_that_is_sent_arms_nothing(sandbox: Sandbox) -> None:
    answer = load(sandbox, "zalo", "- {after: 0, platform: zalo, kind: status}\n- {platform: zalo, kind: html}")
    assert answer.status_code == 422
    assert answer.json()["detail"][0].startswith("scenario, line 2, event 2, field “at”:")
    assert ask(sandbox, "zalo") == 200


def test_a_mistake_in_a_file_stops_the_start_with_its_sentence(tmp_path: Path) -> None:
    file = tmp_path / "day.yml"
    file.write_text("- {after: 0, platform: zalo}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "--scenario", str(file)], capture_output=True, text=True, cwd=ROOT, timeout=30
    )
    assert done.returncode == 1
    assert done.stderr == "day.yml, line 1, event 1, field “kind”: it is missing.\n"


def test_a_fault_with_a_field_that_nobody_knows_is_refused(sandbox: Sandbox) -> None:
    order = {"kind": "rate_limit", "minutes": 3}
    answer = sandbox.http.post(f"{sandbox.url('facebook')}/_sandbox/faults", json=order, timeout=5)
    assert answer.status_code == 422


# What is shipped -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_a_shipped_scenario_is_right_and_speaks_to_a_person(file: Path) -> None:
    events = read_scenario(file.read_text(encoding="utf-8"), file.name)
    assert sum(map(len, events.values())) > 3
    assert all(event.fault.say for own in events.values() for event in own)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_that_declares_its_faults_declares_every_one_it_carries_out(platform: str) -> None:
    folder = Path(package.__path__[0])
    source = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"{platform}*.py")))
    asked = set(re.findall(r"strikes\(\s*\"(\w+)\"", source))
    assert asked
    declared = set(kinds_of(platform))
    assert not declared or asked - declared == set()
