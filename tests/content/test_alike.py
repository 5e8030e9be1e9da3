"""Groups of posts that say nearly the same: the same answer as comparing all pairs, in much less time."""

import random
import unicodedata

import pytest

import content.alike
from content.alike import Alikes, alike, texts_of_post
from content.checks.duplicates import ALIKE, share_of
from content.checks.runs import runs

WORDS = [f"tu{place}" for place in range(400)]
GREETING = "kính mời bà con theo dõi và chia sẻ thông tin chính thống của tỉnh nhà hôm nay"
RAIN = (
    "Mưa lớn kéo dài từ đêm nay, bà con vùng trũng hãy kê cao tài sản, sạc đầy điện thoại, không đi qua ngầm tràn "
    "và theo dõi thông báo của chính quyền xã trước khi ra khỏi nhà."
)


def _brute(texts: dict[int, tuple[str, ...]]) -> dict[int, frozenset[int]]:
    found = {
        one: frozenset(
            other
            for other, theirs in texts.items()
            if other != one and any(share_of(runs(a), runs(b)) >= ALIKE for a in ours for b in theirs)
        )
        for one, ours in texts.items()
    }
    return {one: others for one, others in found.items() if others}


def test_it_finds_exactly_the_posts_that_comparing_all_pairs_finds() -> None:
    rng = random.Random(6)
    for _ in range(20):
        texts: dict[int, tuple[str, ...]] = {}
        for post in range(40):
            told = [rng.choice(WORDS) for _ in range(rng.randrange(5, 60))]
            if texts and rng.random() < 0.5:
                whole = rng.choice(texts[rng.randrange(post)]).split()
                told = whole[: rng.randrange(len(whole) + 1)] + told[: rng.randrange(len(told))]
            texts[post] = (" ".join([*GREETING.split(), *told]), *([" ".join(told)] if rng.random() < 0.3 else []))
        found = alike(texts)
        assert found == _brute(texts)
        assert all(one in found[other] for one, others in found.items() for other in others)


def test_a_changed_greeting_other_marks_and_another_form_of_unicode_hide_nothing() -> None:
    texts = {
        7: (RAIN,),
        3: ("Kính gửi bà con! " + unicodedata.normalize("NFD", RAIN.upper()) + " #MuaLu https://hue.gov.vn/x",),
        5: ("Lịch tiếp công dân của xã trong tháng tới: sáng thứ Hai và chiều thứ Năm hằng tuần tại trụ sở.",),
    }
    assert alike(texts) == {7: frozenset({3}), 3: frozenset({7})}


def test_a_platforms_own_text_counts_as_the_posts_text() -> None:
    texts = {1: texts_of_post("Lời khác hẳn.", {"zalo": {"text": RAIN}, "x": {"title": "…"}}), 2: (RAIN,)}
    assert alike(texts) == {1: frozenset({2}), 2: frozenset({1})}


def test_short_texts_empty_texts_and_no_texts_are_like_nothing() -> None:
    assert alike({}) == {}
    assert alike({1: ("Mời bà con xem.",), 2: ("Mời bà con xem.",), 3: ("",), 4: ("",), 5: ()}) == {}


def test_a_post_is_never_like_itself_even_when_two_of_its_texts_are_the_same() -> None:
    assert alike({1: (RAIN, RAIN + " Xin cảm ơn.")}) == {}


def test_a_greeting_that_all_posts_have_is_not_compared_pair_by_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thousand posts: what is compared stays near what is alike, however much all of them share."""

    compared = 0

    def counting(ours: frozenset[int], theirs: frozenset[int]) -> float:
        nonlocal compared
        compared += 1
        return share_of(ours, theirs)

    monkeypatch.setattr(content.alike, "share_of", counting)
    rng = random.Random(1)
    texts = {
        post: (f"{GREETING} {' '.join(rng.choice(WORDS) + str(post) for _ in range(60))}",) for post in range(2000)
    }
    texts[2000] = (texts[11][0] + " thêm vài chữ",)
    assert alike(texts) == {11: frozenset({2000}), 2000: frozenset({11})}
    assert compared < 10


def test_what_is_learnt_bit_by_bit_is_what_is_learnt_at_once() -> None:
    rng = random.Random(3)
    texts: dict[str, tuple[str, ...]] = {}
    for number in range(80):
        told = " ".join(rng.choice(WORDS) for _ in range(40))
        texts[str(number)] = (told if number % 3 else texts[str(number - 1)][0] + " thêm lời" if number else told,)
    known = Alikes()
    for start in range(0, 80, 7):
        some = {name: texts[name] for name in known.missing(list(texts)[start : start + 7])}
        known.learn(some, some)
    assert known.missing(texts) == []
    assert {name: known.near(name) for name in texts if known.near(name)} == alike(texts) != {}


def test_what_nobody_asks_for_is_forgotten_when_there_is_too_much() -> None:
    known = Alikes(most=3)
    known.learn({"a": (RAIN,), "b": (RAIN + " Một.",), "c": (RAIN + " Hai.",)}, ["a", "b", "c"])
    known.learn({"d": (RAIN + " Ba.",)}, ["a", "d"])
    assert known.missing("abcd") == ["b", "c"]
    assert known.near("d") == {"a"} and known.near("a") == {"d"}
