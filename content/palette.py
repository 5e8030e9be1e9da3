"""The three palettes of the desk and of the pictures, and the contrast between two colours.

Colours are `#rrggbb`. Text colours reach 4.5:1 on paper (WCAG 2 AA); `second` is for marks and large figures (3:1).
"""

from dataclasses import dataclass

DEFAULT = "tim_hue"


@dataclass(frozen=True)
class Palette:
    """Ten colours with one task each."""

    name: str
    """What staff read in a list."""
    ink: str
    """Text."""
    paper: str
    """The ground, and text on the accent."""
    accent: str
    """The one loud colour."""
    accent_soft: str
    """A quiet ground for icons and columns; also small text on the accent."""
    second: str
    """Short bars and marks, never small text."""
    line: str
    """Hairlines."""
    good: str
    warn: str
    bad: str

    @property
    def muted(self) -> str:
        """Ink thinned with paper, for source lines and details."""
        return mix(self.ink, self.paper, 0.24)


PALETTES = {
    "tim_hue": Palette(
        name="Tím Huế",
        ink="#261a36",
        paper="#fcf9f4",
        accent="#5a2a82",
        accent_soft="#eee6f4",
        second="#b1883a",
        line="#ddd5e2",
        good="#1e6b45",
        warn="#855600",
        bad="#a3242b",
    ),
    "song_huong": Palette(
        name="Sông Hương",
        ink="#10282e",
        paper="#f7fafa",
        accent="#0b5a6b",
        accent_soft="#ddeef0",
        second="#b08647",
        line="#cbdcde",
        good="#1c6b3f",
        warn="#805300",
        bad="#a02b2b",
    ),
    "cung_dinh": Palette(
        name="Cung đình",
        ink="#2c1714",
        paper="#fdf8ee",
        accent="#9a1c1f",
        accent_soft="#f8e6dd",
        second="#aa7f22",
        line="#e4d6c6",
        good="#2a6a3a",
        warn="#80520a",
        bad="#8a1538",
    ),
}


def rgb(colour: str) -> tuple[int, int, int]:
    """`#rrggbb` as three numbers from 0 to 255."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def mix(colour: str, other: str, share: float) -> str:
    """`colour` with `share` (0 to 1) of `other` in it."""
    parts = (round(a + (b - a) * share) for a, b in zip(rgb(colour), rgb(other), strict=True))
    return "#" + "".join(f"{part:02x}" for part in parts)


def contrast(colour: str, other: str) -> float:
    """The WCAG 2 contrast ratio, from 1 to 21."""
    light, dark = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (value / 255 for value in rgb(colour))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
