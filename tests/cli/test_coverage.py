"""`cchc coverage`: the matrix on the screen and the same table as a file."""

from tests.cli.conftest import Cchc


def test_the_matrix_is_printed_and_written_as_it_is(fanpage: Cchc) -> None:
    told = fanpage.ok("coverage", "--from", "01/11/2026", "--to", "30/11/2026", "--out", "phu.csv", COLUMNS="200")
    assert "Hoàn thành kế hoạch: 0,0% (0/56 lượt đăng)" in told
    assert "Một cửa, một cửa liên thông" in told and "Còn thiếu" in told and "Cộng" in told
    lines = (fanpage.folder / "phu.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[-1].startswith(",Cộng,0,56,56,")
    fanpage.ok("coverage", "--by", "thang", "--out", "phu.xlsx")
    assert (fanpage.folder / "phu.xlsx").read_bytes().startswith(b"PK")


def test_what_is_asked_wrongly_is_said_in_one_sentence(fanpage: Cchc) -> None:
    for arguments, says in (
        (("--from", "01/11/2026"), "cả --from và --to"),
        (("--from", "01/12/2026", "--to", "01/11/2026"), "Ngày cuối phải sau"),
        (("--channel", "khong-co"), "khong-co"),
        (("--agency", "khong-co"), "--agency"),
        (("--out", "phu.docx"), ".xlsx"),
    ):
        told = fanpage("coverage", *arguments)
        assert told.code == 1 and says in told.err and told.out == "", arguments
