"""What was odd about a reading, gathered so that a thousand articles without a date make one sentence."""

from collections.abc import Sequence

from content.vietnamese import number

_SHOWN = 12
"""Runs of places that are told; more are only counted."""


class Notes:
    """Warnings in Vietnamese, in the order they first came up; articles are counted from 1."""

    def __init__(self, told: Sequence[str] = ()) -> None:
        self._plain = list(told)
        self._places: dict[str, list[int]] = {}
        self._pairs: list[tuple[int, int, str]] = []
        self._first: list[str] = []

    def say(self, words: str) -> None:
        """A sentence about the whole feed."""
        self._plain.append(words)

    def first(self, words: str) -> None:
        """A sentence about the whole feed that explains those that follow."""
        self._first.append(words)

    def at(self, place: int, words: str) -> None:
        """Something about the article at `place` (from 0)."""
        self._places.setdefault(words, []).append(place + 1)

    def pair(self, older: int, newer: int, *, by_title: bool) -> None:
        """The article at `newer` is the one at `older`, renewed; told by its title where it has no address."""
        self._pairs.append((older + 1, newer + 1, "cùng tiêu đề" if by_title else "cùng một địa chỉ"))

    def told(self) -> list[str]:
        """Every warning as a sentence."""
        pairs = [
            f"Bài {newer} là bản cập nhật của bài {older} ({same}), không phải bài mới."
            for older, newer, same in self._pairs[:_SHOWN]
        ]
        if len(self._pairs) > _SHOWN:
            pairs.append(f"Còn {number(len(self._pairs) - _SHOWN)} bài khác trùng với bài trước.")
        return [
            *self._first,
            *self._plain,
            *pairs,
            *(f"Bài {_runs(places)}: {words}." for words, places in self._places.items()),
        ]


def _runs(places: Sequence[int]) -> str:
    """1, 2, 3, 5 as "1-3, 5"."""
    runs: list[list[int]] = []
    for place in sorted(places):
        if runs and place == runs[-1][1] + 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    shown = ", ".join(f"{low}" if low == high else f"{low}-{high}" for low, high in runs[:_SHOWN])
    rest = sum(high - low + 1 for low, high in runs[_SHOWN:])
    return f"{shown} và {number(rest)} bài khác" if rest else shown
