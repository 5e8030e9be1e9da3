"""Groups of posts that say nearly the same: the same answer as comparing all pairs, in much less time."""

import random
import unicodedata
from collections.abc import Collection
from threading import Thread

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
        known.among(list(texts)[start : start + 7], lambda missing: {name: texts[name] for name in missing})
    assert known.among(texts, nothing_more) == alike(texts) != {}


def nothing_more(missing: Collection[str]) -> dict[str, tuple[str, ...]]:
    raise AssertionError(f"known already: {missing}")


def test_what_nobody_asks_for_is_forgotten_when_there_is_too_much() -> None:
    texts = {name: (f"{RAIN} Lời {name}.",) for name in "abcd"}
    known, asked = Alikes(most=3), list[str]()

    def read(missing: Collection[str]) -> dict[str, tuple[str, ...]]:
        asked.append("".join(sorted(missing)))
        return {name: texts[name] for name in missing}

    known.among("abc", read)
    assert known.among("ad", read) == {"a": {"d"}, "d": {"a"}}
    known.among("abcd", read)
    assert asked == ["abc", "d", "bc"]


def test_what_another_thread_asks_for_meanwhile_takes_nothing_from_the_answer() -> None:
    texts = {name: (f"{RAIN} Lời {name}.",) for name in "abcde"}
    known, others = Alikes(most=3), list[Thread]()

    def read(missing: Collection[str]) -> dict[str, tuple[str, ...]]:
        return {name: texts[name] for name in missing}

    def read_slowly(missing: Collection[str]) -> dict[str, tuple[str, ...]]:
        others.append(Thread(target=known.among, args=("cde", read)))
        others[0].start()
        others[0].join(0.05)  # long enough to forget "a", if it were let
        return read(missing)

    known.among("a", read)
    assert known.among("ab", read_slowly) == {"a": {"b"}, "b": {"a"}}
    others[0].join()
    assert known.among("cde", nothing_more).keys() == set("cde")
