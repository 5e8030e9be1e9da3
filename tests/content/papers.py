"""Documents for tests: plain ones, and ones that somebody ill-meaning would hand in."""

import io
import zipfile
from collections.abc import Callable, Mapping

import pikepdf
import xlsxwriter
from docx import Document
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, Stream
from PIL import Image

NAMES = Mapping[str, bytes]


def a_pdf(change: Callable[[Pdf], None] = lambda _: None, *, packed: bool = False, **options: object) -> bytes:
    """One empty page, after `change`; `packed`: its objects stand in object streams."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        change(pdf)
        mode = ObjectStreamMode.generate if packed else ObjectStreamMode.disable
        pdf.save(out, object_stream_mode=mode, **options)  # type: ignore[arg-type]  # handed on as they come
    return out.getvalue()


def with_script(pdf: Pdf) -> None:
    """It runs something when it is opened."""
    pdf.Root.OpenAction = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS="app.alert(1)"))


def with_program(pdf: Pdf) -> None:
    """It starts a program."""
    pdf.Root.OpenAction = pdf.make_indirect(Dictionary(S=Name.Launch, F="cmd.exe"))


def with_file(pdf: Pdf) -> None:
    """It carries another file."""
    pdf.attachments["a.exe"] = b"MZ"


def with_form(pdf: Pdf) -> None:
    """A dynamic form, which may hold scripts."""
    xfa = Array(["template", pdf.make_indirect(Stream(pdf, b"<template/>"))])
    pdf.Root.AcroForm = pdf.make_indirect(Dictionary(Fields=Array(), XFA=xfa))


def a_docx(words: str = "Báo cáo") -> bytes:
    """One paragraph."""
    out, made = io.BytesIO(), Document()
    made.add_paragraph(words)
    made.save(out)
    return out.getvalue()


def an_xlsx() -> bytes:
    """One cell."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write("A1", "Danh sách")
    return out.getvalue()


def changed(package: bytes, parts: NAMES, *, replaced: Mapping[bytes, bytes] | None = None) -> bytes:
    """The package with other or more parts, and bytes of the others replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            for before, after in (replaced or {}).items():
                data = data.replace(before, after)
            if name not in parts:
                new.writestr(name, data)
        for name, data in parts.items():
            new.writestr(name, data)
    return out.getvalue()


def a_photo(form: str = "JPEG", *, place: bool = True) -> bytes:
    """A small photo that tells where it was taken."""
    out, picture = io.BytesIO(), Image.new("RGB", (64, 48), "#7a4")
    exif = Image.Exif()
    if place:
        exif.get_ifd(0x8825)[1] = "N"
        exif[0x0110] = "Máy ảnh của Lan"
    picture.save(out, form, exif=exif)
    return out.getvalue()
