"""A command line that is wrong is told in one Vietnamese sentence that names what is wrong and the way out."""

import pytest

from tests.cli.conftest import Cchc


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("queue jump", "Không có lệnh “jump”; xem cách dùng bằng --help."),
        ("queue add", "Thiếu “post” trên dòng lệnh; xem cách dùng bằng --help."),
        ("queue cancel 3", "Thiếu --by trên dòng lệnh; xem cách dùng bằng --help."),
        ("queue list --limi 3", "Không có lựa chọn --limi; có phải là --limit?"),
        ("queue list --limit", "Lựa chọn --limit cần một giá trị đi kèm; xem cách dùng bằng --help."),
        ("queue list --limit abc", "--limit: phải là số nguyên; xem cách dùng bằng --help."),
        ("queue list --limit 0", "--limit: nhỏ nhất là 1; xem cách dùng bằng --help."),
        ("days abc", "“year”: phải là số nguyên; xem cách dùng bằng --help."),
        ("queue list extra", "Thừa “extra” trên dòng lệnh; chữ có dấu cách phải đặt trong dấu nháy kép."),
        (
            "pause begin foo --by Lan",
            "“reason”: không có “foo”; chỉ nhận quoc_tang, thien_tai, su_co_bao_mat, chi_dao; "
            "xem cách dùng bằng --help.",
        ),
    ],
)
def test_a_wrong_command_line_is_one_vietnamese_sentence(cchc: Cchc, line: str, says: str) -> None:
    told = cchc(*line.split(), COLUMNS="300")
    assert (told.code, told.out, told.err.strip()) == (2, "", says)


def test_a_group_without_a_command_shows_what_it_can_do(cchc: Cchc) -> None:
    told = cchc("queue")
    assert told.code == 2 and "conflicts" in told.out + told.err
    assert cchc("--help").code == 0
