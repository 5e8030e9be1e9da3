"""The examples of the templates: one of each, drawn once by whoever comes first, drawn anew when something changes."""

import io
import threading
from pathlib import Path

import pytest
from PIL import Image

import content.infographic.samples
from content.brand import Brand
from content.infographic import TEMPLATES
from content.infographic.samples import USES, WIDTH, Sample, find_sample, picture_of, samples
from content.postfile import PROJECT

SPECS, BRAND = PROJECT / "assets" / "infographics", Brand(name="UBND tỉnh Ví Dụ")


def one(palette: str = "tim_hue", brand: Brand = BRAND) -> Sample:
    found = find_sample(SPECS, "quote", palette, brand)
    assert found is not None
    return found


def test_every_template_has_an_example_and_words_for_what_it_is_for() -> None:
    assert {sample.template for sample in samples(SPECS, "tim_hue", BRAND)} == set(TEMPLATES) == set(USES)


def test_the_address_of_a_picture_changes_with_everything_it_is_made_of() -> None:
    marks = {one().mark, one("cung_dinh").mark, one(brand=Brand(name="Sở Nội vụ")).mark}
    assert len(marks) == 3 and one().mark == one().mark


@pytest.mark.parametrize(("template", "palette"), [("x", "tim_hue"), ("quote", "x"), ("../quote", "tim_hue"), ("", "")])
def test_what_there_is_no_example_of_is_none(template: str, palette: str) -> None:
    assert find_sample(SPECS, template, palette, BRAND) is None


def test_many_who_ask_at_once_get_the_picture_that_one_of_them_drew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    draw = content.infographic.samples._drawn

    def counted(sample: Sample) -> bytes:
        drawn.append(sample.template)
        return draw(sample)

    monkeypatch.setattr(content.infographic.samples, "_drawn", counted)
    found: list[Path | None] = []
    threads = [threading.Thread(target=lambda: found.append(picture_of(one(), tmp_path))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == ["quote"] and len(set(found)) == 1 and found[0] is not None
    assert Image.open(io.BytesIO(found[0].read_bytes())).size == (WIDTH, WIDTH * 5 // 4)


def test_a_folder_that_cannot_be_written_shows_no_picture(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    assert picture_of(one(), file) is None
