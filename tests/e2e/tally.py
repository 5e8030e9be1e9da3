"""What the crash matrix came to: one cell for each struck call, and the sum of all."""

from dataclasses import dataclass, field

from scheduler.lifecycle import State


@dataclass(frozen=True)
class Cell:
    """Where the struck publication ended, in which words, and how often the people see the post."""

    name: str
    state: str
    words: str
    seen: int
    was_struck: bool

    @property
    def is_good(self) -> bool:
        """Published, and there exactly once."""
        return self.state == State.PUBLISHED and self.seen == 1

    @property
    def waits_for_a_person(self) -> bool:
        """Told in words to a person, and not doubled."""
        return self.state in (State.NEEDS_PERSON, State.FAILED) and bool(self.words) and self.seen <= 1

    def __str__(self) -> str:
        return f"{self.name}: {self.state}, seen {self.seen} times. {self.words}"


@dataclass
class Tally:
    """What all cells came to."""

    cells: list[Cell] = field(default_factory=list)

    def summary(self) -> str:
        """One line for the end of the test run."""
        doubled = sum(cell.seen > 1 for cell in self.cells)
        people = sum(cell.waits_for_a_person for cell in self.cells)
        good = sum(cell.is_good for cell in self.cells)
        lost = len(self.cells) - good - people - doubled
        return f"matrix: {len(self.cells)} cells, lost {lost}, doubled {doubled}, left to a person {people}"
