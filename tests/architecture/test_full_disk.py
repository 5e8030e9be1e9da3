"""Every place where the product writes a file is known, and a test fills the disk under it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from cli.settings import ROOT

FLOORS = ("cli", "web", "reports", "records", "scheduler", "portal", "postbox", "connectors", "content")
WRITES = frozenset((
    "write_text", "write_bytes", "copyfile", "copyfileobj", "copytree", "copy2", "copy", "mkstemp", "mkdtemp",
    "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "TemporaryDirectory", "Workbook",
    "backup", "make_archive", "write_whole", "write_new", "write_keys", "save",
))  # fmt: skip
"""Calls by which a file comes to be, of Python's own library, of the libraries in use, and of our own."""
OPENS = frozenset(("open", "fdopen", "ZipFile", "TarFile"))
"""… and such, when they are opened to be written."""

COMMANDS = "tests/cli/test_full_disk.py::test_a_full_disk_ends_every_command_with_one_sentence_and_the_old_state"
DESK = "tests/web/test_full_disk.py::test_a_full_disk_ends_every_act_with_one_sentence_and_the_old_state"
PICTURES = "tests/web/test_full_disk.py::test_what_is_drawn_only_to_be_quicker_next_time_costs_no_page_on_a_full_disk"
STORE = "tests/content/test_store.py::test_a_full_disk_is_told_in_words_and_leaves_nothing_behind"
FILMS = "tests/content/test_store_films.py::test_a_full_disk_while_a_film_is_copied_leaves_nothing_behind"
CLIPS = "tests/content/test_clips_video.py::test_a_full_disk_is_told"
PUBLIC = "tests/connectors/test_media.py::test_a_full_disk_leaves_nothing_and_may_be_tried_again"
LOG = "tests/cli/test_records.py::test_a_line_that_finds_no_room_is_let_go_and_stands_on_the_screen"
MEMORY = "made in memory"
ROWS = "rows of the database: the commands and the desk's acts fill the disk under those"
OURS = "written by its developers, not by an office"

KNOWN = {
    "cli/activities.py export": COMMANDS,
    "cli/backup.py _written": COMMANDS,
    "cli/backup.py _bring": COMMANDS,
    "cli/connect.py connect": ROWS,
    "cli/coverage.py show": COMMANDS,
    "cli/demo.py set_up": ROWS,
    "cli/exchange.py import_table": COMMANDS,
    "cli/keys.py bring_in": COMMANDS,
    "cli/keys.py rotate_keys": COMMANDS,
    "cli/keys.py _set_aside": COMMANDS,
    "cli/keys.py _write_new": COMMANDS,
    "cli/logfile.py write": LOG,
    "cli/manifest.py write": COMMANDS,
    "cli/restore.py restore": COMMANDS,
    "cli/restore.py _drilled": COMMANDS,
    "cli/restoring.py unpack": COMMANDS,
    "cli/restoring.py _bring": COMMANDS,
    "cli/sealing.py seal_file": COMMANDS,
    "cli/staff.py export_data": COMMANDS,
    "connectors/facebook/proof.py _picture": MEMORY,
    "connectors/media.py _put": PUBLIC,
    "connectors/media_folder.py put_file": PUBLIC,
    "content/clips/encoder.py encode": CLIPS,
    "content/clips/render.py render": STORE,
    "content/documents.py put": DESK,
    "content/exchange/shelf.py copy_files": COMMANDS,
    "content/exchange/shelf.py whole_folder": COMMANDS,
    "content/exchange/shelf.py write_files": COMMANDS,
    "content/exchange/tablefile.py new_book": MEMORY,
    "content/exchange/tablefile.py write": COMMANDS,
    "content/exchange/template.py write_template": COMMANDS,
    "content/infographic/gallery.py write_gallery": STORE,
    "content/infographic/gallery.py _write_sheet": STORE,
    "content/infographic/samples.py picture_of": PICTURES,
    "content/infographic/samples.py _drawn": MEMORY,
    "content/logo.py _read": MEMORY,
    "content/media/pictures.py _turned": MEMORY,
    "content/store.py _as_jpeg": MEMORY,
    "content/store.py _give_name": STORE,
    "content/store.py _part_of": FILMS,
    "content/takeup.py take": ROWS,
    "content/takeup.py _place": STORE,
    "content/thumbnails.py of": PICTURES,
    "content/thumbnails.py _small": MEMORY,
    "records/export.py export": COMMANDS,
    "reports/coverage_files.py as_xlsx": MEMORY,
    "reports/evidence/making.py make": COMMANDS,
    "reports/evidence/making.py publications": COMMANDS,
    "reports/evidence/pack.py add_pieces": COMMANDS,
    "reports/evidence/pack.py packing": COMMANDS,
    "reports/evidence/shelf.py _keep": DESK,
    "reports/evidence/shelf.py _write": DESK,
    "reports/evidence/tables.py __init__": COMMANDS,
    "reports/month_sheet.py month_sheet": MEMORY,
    "reports/monthly.py write_month": COMMANDS,
    "reports/official/docx.py docx": MEMORY,
    "reports/open_data/docs.py main": OURS,
    "reports/open_data/export.py _write_csv": COMMANDS,
    "reports/open_data/export.py export": COMMANDS,
    "reports/papers/pictures.py panel_png": MEMORY,
    "reports/papers/workbook.py __init__": MEMORY,
    "reports/typesetting.py pdf": DESK,
    "reports/weekly.py written": COMMANDS,
    "scheduler/db.py _readonly": MEMORY,
    "scheduler/recovery.py _keep_number": COMMANDS,
    "scheduler/vault.py at": COMMANDS,
    "scheduler/vault.py write_keys": COMMANDS,
    "web/api/posts.py change_post": ROWS,
    "web/api/posts.py do": ROWS,
    "web/kept_tables.py _copy": DESK,
    "web/messages.py ": OURS,
    "web/office_lists.py change": ROWS,
    "web/rooms/assets/upload.py take_stream": DESK,
    "web/rooms/channels/connect.py save": ROWS,
    "web/rooms/compose/drawing_put.py sample_of": MEMORY,
    "web/rooms/compose/write.py _write": ROWS,
    "web/rooms/figures/week_acts.py _keep": ROWS,
    "web/rooms/history/chain.py hand_out": DESK,
    "web/rooms/library/exporting.py _table": DESK,
    "web/rooms/library/exporting.py template": DESK,
    "web/rooms/library/importing.py _tried": DESK,
    "web/rooms/library/post.py _copied": ROWS,
    "web/rooms/records/data.py table": DESK,
    "web/rooms/settings/brands.py _drawn": MEMORY,
    "web/statics.py _font": MEMORY,
    "web/totp.py picture": MEMORY,
}
"""Module and function -> the test that fills the disk there, or why none has to."""


def sites() -> set[str]:
    """Where a file is written, or may be, as the source tells."""
    found = set()
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if any(f"{name}(" in text for name in WRITES | OPENS):  # to read them all as trees takes seconds
                found |= {f"{path.relative_to(ROOT).as_posix()} {name}" for name in _writing(ast.parse(text), "")}
    return found


def _writing(node: ast.AST, within: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        is_named = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        name = child.name if is_named else within
        if isinstance(child, ast.Call) and _writes(child):
            yield within
        yield from _writing(child, name)


def _writes(call: ast.Call) -> bool:
    called = call.func
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    if name in OPENS:
        given = [*call.args, *(one.value for one in call.keywords)]
        modes = [one.value for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        return any(re.fullmatch(r"[rwaxbt+]{1,4}", mode) and set(mode) & set("wax+") for mode in modes)
    return name in WRITES


def test_every_place_that_writes_a_file_is_known_and_a_test_fills_the_disk_there() -> None:
    there = sites()
    assert sorted(there - set(KNOWN)) == [], "new: which test fills the disk there?"
    assert sorted(set(KNOWN) - there) == [], "gone"
    for where in sorted({one for one in KNOWN.values() if "::" in one}):
        file, _, test = where.partition("::")
        assert f"def {test}(" in Path(ROOT / file).read_text(encoding="utf-8"), where
