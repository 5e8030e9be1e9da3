"""The palettes can be read by people who see little colour."""

import pytest

from content.palette import DEFAULT, PALETTES, Palette, contrast, mix

EACH = pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)


def test_contrast_follows_the_published_formula() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1


def test_mixing_goes_from_one_colour_to_the_other() -> None:
    assert mix("#000000", "#ffffff", 0) == "#000000"
    assert mix("#000000", "#ffffff", 1) == "#ffffff"
    assert mix("#00ff00", "#ff0000", 0.5) == "#808000"


@EACH
def test_every_text_colour_can_be_read_on_paper(palette: Palette) -> None:
    for colour in (palette.ink, palette.muted, palette.accent, palette.good, palette.warn, palette.bad):
        assert contrast(colour, palette.paper) >= 4.5, colour


@EACH
def test_text_can_be_read_on_soft_and_on_accent_grounds(palette: Palette) -> None:
    assert contrast(palette.ink, palette.accent_soft) >= 4.5
    assert contrast(palette.accent, palette.accent_soft) >= 4.5
    assert contrast(palette.paper, palette.accent) >= 4.5
    assert contrast(palette.accent_soft, palette.accent) >= 4.5


@EACH
def test_the_words_of_every_urgency_can_be_read_in_their_badge(palette: Palette) -> None:
    for colour in (palette.accent, palette.warn, palette.bad):
        assert contrast(palette.paper, colour) >= 4.5, colour


@EACH
def test_marks_stand_out_from_paper(palette: Palette) -> None:
    assert contrast(palette.second, palette.paper) >= 3
    assert contrast(palette.accent, palette.accent_soft) >= 3


def test_the_default_palette_exists() -> None:
    assert PALETTES[DEFAULT].name == "Tím Huế"
