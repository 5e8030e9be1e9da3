"""What a reader of files answers: why a file is refused, or what was taken out of it."""

PLACE = "đã bỏ vị trí (GPS) và thông tin máy ghi kèm trong tệp"
HIDDEN = "đã bỏ thông tin ghi kèm trong tệp (máy, người, phần mềm, chú thích, ảnh thu nhỏ)"
TAIL = "đã bỏ phần dữ liệu lạ gắn sau nội dung tệp"

BROKEN_PICTURE = "tệp ảnh hỏng hoặc thiếu dữ liệu; hãy xuất lại ảnh."
BROKEN_VIDEO = "tệp video hỏng hoặc bị cắt, thiếu dữ liệu; hãy chép lại hoặc xuất lại video (MP4, mã hóa H.264)."


class Unfit(Exception):
    """A file that is refused. `words` say why and the way out; who knows the file's name puts it before them."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class NoDisk(Unfit):
    """The disk, not the file, is at fault: it will not be better with the next file."""


def notes_of(*, place: bool = False, hidden: bool = False, tail: bool = False) -> tuple[str, ...]:
    """What was taken out, for staff; the place says enough for all that is hidden."""
    found = (PLACE, place), (HIDDEN, hidden and not place), (TAIL, tail)
    return tuple(words for words, is_so in found if is_so)
