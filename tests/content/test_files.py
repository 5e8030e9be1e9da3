"""What people wrote in YAML: a file that is built to hurt is refused with the way out."""

import pytest

from content.errors import ContentError
from content.files import parse_yaml


def test_lines_that_stand_for_gigabytes_are_refused_by_their_line() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(ContentError, match=r"bom\.yml: dòng 2: .*trỏ tới chỗ khác"):
        parse_yaml(bomb, "bom.yml")


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_lists_without_end_are_refused(opening: str) -> None:
    with pytest.raises(ContentError, match=r"sau\.yml: "):
        parse_yaml(opening * 20_000, "sau.yml")
