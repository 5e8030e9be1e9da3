"""One picture of every template, pixel by pixel: in this process, in another one, on every machine."""

import hashlib
import subprocess
import sys
from pathlib import Path

import PIL
import pytest

from content.infographic import TEMPLATES, paint, parse_spec, read_spec
from content.infographic.spec import Spec

ASSETS = Path(__file__).parents[2] / "assets" / "infographics"
SCENE = {"template": "scene", "title": "Nộp hồ sơ", "text": "Khai đúng theo giấy tờ", "icon": "file-check"}

GOLDEN = {
    ("sau-noi-dung-cchc", "portrait"): "0361eaf155a0d787930e479572e832574773e76e9ac79cbe71ab34a0e8918a16",
    ("xem-ho-so", "portrait"): "ba2c8b845300bef09135f47538ab4596c853bf9827c8d2be6b4b37c26a0412d6",
    ("canh-bao-mua-lu", "wide"): "025998f507b9035f96e3f4eaadcc3b782290664cf14b189e3617d6efe4e68054",
    ("hai-long-la-thuoc-do", "story"): "06a40a7647252b8a7c3f2e1e098618da5ed48f2a5a67e71abf8537bebc92929b",
    ("chinh-quyen-hai-cap", "square"): "dbdae7e4601ed2f69e1b99531f179740ecd146f178280833985873f66b841cd6",
    ("muc-tieu-nhom-10", "square"): "cfb51f3aaba41f4b988c89aa3eabebd8fddf410d14560e44420c1aa62707ec61",
    ("moc-cai-cach-hanh-chinh", "portrait"): "f0bdac018244b3f4c8a2002330eacfb41259791d163428b80f6d50ae19f512a3",
    ("don-vi-cap-xa", "portrait"): "97af35cd05149a00eb872ddb83fb2906626654112ac091b66fc403bd24a5216a",
    ("dang-dung-o-dau", "wide"): "eaff9fa2956e6b8c551cbe006009b494962a5e00f4d2acc8ca311c78a83a4c8d",
    ("hoi-dap-chinh-quyen-so", "square"): "90350323de1e692262b9a23423df3f250f0ab0498aa228e72ca9f7d4c2fe9eaa",
    ("thong-bao-ma-otp", "square"): "c5817ef30d1274f38f89fef47fb8fdb50313f1b78c83391dea88af20a50ce42f",
    ("thong-bao-noi-nop-ho-so", "wide"): "07c0303cabfac9baf958d286f66ada9fb3c3f44df566ccdd0747319e6bcd5fc7",
    ("ngay-phap-luat", "portrait"): "354e85bf77554915675f373444d8e55f6c5fe7902cd9d33fe9998ddf85fec8d6",
    ("ngay-chuyen-doi-so", "story"): "9d55dc31f7a251cca6d75550cccd691b01fc65e6f39ef0a9c4ec549e238b9e54",
    ("scene", "wide"): "aade942c4b2f26288a503d4aa88560c932c0768610dbfd5cf7da910309338971",
}
"""SHA-256 of the raw pixels. Update them when the design changes on purpose, after looking at the picture."""

same_pillow = pytest.mark.skipif(
    PIL.__version__ != "13.0.0", reason="another Pillow brings another FreeType with its own shading"
)


def spec_of(name: str) -> Spec:
    return parse_spec(SCENE, name) if name == "scene" else read_spec(ASSETS / f"{name}.yml")


def digest(name: str, size: str) -> str:
    return hashlib.sha256(paint(spec_of(name), size).tobytes()).hexdigest()


def test_every_template_has_a_golden_picture() -> None:
    assert {spec_of(name).template for name, _ in GOLDEN} == set(TEMPLATES)


@same_pillow
@pytest.mark.parametrize(("name", "size"), GOLDEN)
def test_the_golden_pictures_have_not_moved(name: str, size: str) -> None:
    assert digest(name, size) == GOLDEN[name, size]


def test_another_process_draws_the_same_pixels() -> None:
    """Whatever was drawn before, in whatever order: nothing that is kept changes a picture."""
    script = f"from {__name__} import GOLDEN, digest; print(*(digest(*key) for key in sorted(GOLDEN)))"
    told = [
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        ).stdout.split()
        for seed in ("1", "2")
    ]
    assert told[0] == told[1] == [digest(*key) for key in sorted(GOLDEN)]
