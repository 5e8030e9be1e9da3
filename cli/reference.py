"""Every command on one page, as the program itself describes them: `python -m cli.reference > docs/commands.md`."""

import sys
from collections.abc import Iterator
from typing import Any

import typer.main

from cli.program import program

HEAD = """# Các lệnh

Trang này do chương trình tự viết (`python -m cli.reference`); một kiểm thử giữ cho nó đúng. Viết `cchc` thay cho
`uv run cchc` hoặc `.venv/bin/cchc`. Lệnh nào cũng có `--help`. Mã thoát 0: xong; 1: có điều cần người xử lý, nói trong
một câu; 2: gõ chưa đúng.
"""


def commands_markdown() -> str:
    """The page: each command with what it does, what must be given and what may be."""
    parts = [HEAD]
    for words, command in _commands(typer.main.get_command(program(whole=True)), ("cchc",)):
        parts.append(f"## `{' '.join(words)}`" if len(words) == 2 else f"### `{' '.join(words)}`")
        parts.append(_sentence(command.help))
        lines = [_line(one) for one in command.params if one.name != "help" and not getattr(one, "hidden", False)]
        if lines:
            parts.append("\n".join(("| | |", "| --- | --- |", *lines)))
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in sorted(command.commands):
        below = command.commands[name]
        yield (*words, name), below
        if hasattr(below, "commands"):
            yield from _commands(below, (*words, name))


def _line(parameter: Any) -> str:
    """One argument or option: how it is written, and what it means."""
    given = " ".join(f"`{one}`" for one in (*parameter.opts, *parameter.secondary_opts) if one.startswith("-"))
    name = given or f"`{(parameter.metavar or parameter.name).upper()}`"
    must = " Bắt buộc." if parameter.required else ""
    many = " Lặp lại được." if getattr(parameter, "multiple", False) or parameter.nargs == -1 else ""
    return f"| {name} | {_sentence(parameter.help)}{must}{many} |".replace("  ", " ")


def _sentence(words: str | None) -> str:
    text = " ".join((words or "").split()).replace("|", "\\|")
    return text if not text or text.endswith((".", "?", "…", ")")) else f"{text}."


if __name__ == "__main__":
    sys.stdout.buffer.write(commands_markdown().encode())
