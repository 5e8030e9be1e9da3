"""What goes wrong in keeping records, as one sentence for people."""


class RecordsError(Exception):
    """Something that a person can mend; `field` of the form it concerns, if any."""

    def __init__(self, words: str, field: str = "") -> None:
        self.words, self.field = words, field
        super().__init__(words)
