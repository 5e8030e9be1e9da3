"""Our own files: what is tracked by git, or would be."""

import io
import subprocess
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("cli", "web", "reports", "records", "scheduler", "portal", "connectors", "content")


def our_files() -> list[Path]:
    """Every file of the project that git keeps or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True, text=True, encoding="utf-8",
    ).stdout  # fmt: skip
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def python_files(*packages: str) -> list[Path]:
    """The Python files of these top-level packages."""
    return [path for path in our_files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in packages]


def short(path: Path) -> str:
    """The path as a person writes it."""
    return path.relative_to(ROOT).as_posix()


def words_of_code(path: Path) -> str:
    """A Python file's code without comments and docstrings, everything else as it is written."""
    kept: list[str] = []
    statement_begins = True
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            statement_begins = True
        elif token.type not in (tokenize.NL, tokenize.COMMENT, tokenize.ENCODING):
            if not (token.type == tokenize.STRING and statement_begins):
                kept.append(token.string)
            statement_begins = False
    return "\n".join(kept)
