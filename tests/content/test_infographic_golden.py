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
    ("hai-long-la-thuoc-do", "story"): "007f5c44481a41a7cd465b9325cff08633e0a1675a9ea9b151a6ec6797240ff2",
    ("chinh-quyen-hai-cap", "square"): "dbdae7e4601ed2f69e1b99531f179740ecd146f178280833985873f66b841cd6",
    ("muc-tieu-nhom-10", "square"): "43eb7bd709d5aa2bbe4ce52729b0ea850ef7ed8c56b710e3575b5f93af3b29ba",
    ("moc-cai-cach-hanh-chinh", "portrait"): "f0bdac018244b3f4c8a2002330eacfb41259791d163428b80f6d50ae19f512a3",
    ("don-vi-cap-xa", "portrait"): "b9b2bf206fa037eee5fb15eec65045e6997d2a1a2c5ab21338496937b4d259e2",
    ("dang-dung-o-dau", "wide"): "eaff9fa2956e6b8c551cbe006009b494962a5e00f4d2acc8ca311c78a83a4c8d",
    ("hoi-dap-chinh-quyen-so", "square"): "8c2dc4db163a9c062b10c3038d131e190c1e58de8f8e83e1072037814aaad7c0",
    ("thong-bao-ma-otp", "square"): "6ded7bab686beee2a23c58f4bd2973126a64b0ff86db3cf49e0f581c3dcd3ada",
    ("thong-bao-noi-nop-ho-so", "wide"): "ec6e66626465dde43ae4a2af86e8192310495a365db43dccbd32ca55690fdbaa",
    ("ngay-phap-luat", "portrait"): "0bd2ee97e240d0da3689185f2c00fe00e485714a25c7206ab487604f944a7593",
    ("ngay-chuyen-doi-so", "story"): "41dda4587c681caa1583f04ca9577db1c0c64f1a08380885ffe9e6a6dc7ee9fa",
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
