"""`python -m reports.open_data.docs`: write docs/data.md from the views. A test holds it against them."""

from pathlib import Path

from reports.views import documentation

FILE = Path(__file__).resolve().parents[2] / "docs" / "data.md"
BEGIN = (
    "<!-- từ đây trở xuống do chương trình ghi; sửa ở reports/open_data/ rồi chạy: python -m reports.open_data.docs -->"
)


def main() -> None:
    """Write everything below the mark anew; what people wrote above it stays."""
    head, _, _ = FILE.read_text(encoding="utf-8").partition(BEGIN)
    FILE.write_text(f"{head.rstrip()}\n\n{BEGIN}\n\n{documentation()}", encoding="utf-8")


if __name__ == "__main__":
    main()
