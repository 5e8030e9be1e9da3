"""Runs commands on a disk that takes no more: each in a fork of its own, so that everything is imported once.

Run by test_full_disk.py as a process of its own. A file cannot grow beyond the limit, which is what a full disk is to
a program: the write that does not fit is refused, what is there stays.
"""

import contextlib
import io
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from cli import app
from cli.program import program


def run(case: dict[str, Any]) -> None:
    """One command in this process; its exit code and its words go into a file that was there before."""
    os.chdir(case["folder"])
    os.environ.update(case["env"])
    sys.argv, sys.stdin = ["cchc", *case["command"]], io.StringIO(case["typed"])
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        if case["limit"] is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (case["limit"], resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
        try:
            app.main()
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException as error:  # what a person would see as a trace
            code = 99
            err.write(f"{type(error).__name__}: {error}")
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    Path(case["told"]).write_text(json.dumps({"code": code, "out": out.getvalue(), "err": err.getvalue()}))


def main() -> None:
    """Every case that stands on the input, one after the other."""
    program()  # every command's modules, once for all
    for case in json.loads(sys.stdin.read()):
        forked(case)


def forked(case: dict[str, Any]) -> None:
    """One command in a process of its own."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            run(case)
        os._exit(0)
    os.waitpid(child, 0)


if __name__ == "__main__":
    main()
