"""A PDF of ours is tagged, speaks Vietnamese, and takes texts as texts."""

import io

import pikepdf
import pypdfium2

from reports import typesetting
from tests.conftest import NOW

HOSTILE = "Đề án #sys.inputs *đậm* $x$ <nhãn> @ai “Ẵ ễ ữ ợ”"


def test_a_pdf_is_tagged_and_vietnamese_and_what_looks_like_code_in_a_title_stays_text() -> None:
    facts = {"title": HOSTILE, "lines": [HOSTILE]}
    made = typesetting.pdf("plain.typ", facts, made_at=NOW)
    assert typesetting.pdf("plain.typ", facts, made_at=NOW) == made
    with pikepdf.open(io.BytesIO(made)) as file:
        assert str(file.Root.Lang) == "vi"
        assert file.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in file.Root
    text = pypdfium2.PdfDocument(made)[0].get_textpage().get_text_range()
    assert text.count(HOSTILE) == 2
