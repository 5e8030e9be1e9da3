"""Places to put pictures, all real and on this machine: an SFTP server, an S3 API, and a line that can be cut."""

import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import paramiko

SECRET = "mat-khau-that-bi-mat"
"""What must never be read in an error."""


def picture(folder: Path, size: int = 5000, ending: str = ".jpg") -> tuple[Path, str]:
    """A file of that many bytes, and the name under which it is offered."""
    data = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    name = hashlib.sha256(data).hexdigest() + ending
    file = folder / name
    file.write_bytes(data)
    return file, name


def seen(folder: Path) -> set[str]:
    """The names in a folder that a web server would show; unfinished files are hidden."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


class Relay:
    """Passes connections on to a port; with `cut_after` it breaks each one after that many bytes from the client."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.cut_after: int | None = None
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> "Relay":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._socket.accept()[0]
                self.connections += 1
                server = socket.create_connection(("127.0.0.1", self.target))
                for source, sink, limit in ((client, server, self.cut_after), (server, client, None)):
                    threading.Thread(target=_pump, args=(source, sink, limit), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket, limit: int | None) -> None:
    left = limit
    with suppress(OSError):
        while data := source.recv(4096 if left is None else min(4096, left)):
            sink.sendall(data)
            if left is not None:
                left -= len(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        # the other direction may still wait in recv(); it ends by the shutdown and closes again, which does no harm
        end.close()


class SftpServer(paramiko.ServerInterface):
    """A real SFTP server over one folder, with one user and what may go wrong with a server."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.password = SECRET
        self.user_key: paramiko.PKey | None = None
        self.key = paramiko.ECDSAKey.generate()
        self.room: int | None = None
        """Bytes that fit on its disk."""
        self.renames_over = True
        """Whether it knows OpenSSH's rename over a file that is there."""
        self.judging = threading.Event()
        """Logins are judged while this is set."""
        self.judging.set()
        self.uploads: list[str] = []
        self._transports: list[paramiko.Transport] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> "SftpServer":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.judging.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for transport in self._transports:
            transport.close()

    def known_as(self, port: int | None = None) -> str:
        """The line of a known_hosts file for this server."""
        return f"[127.0.0.1]:{port or self.port} {self.key.get_name()} {self.key.get_base64()}\n"

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                transport = paramiko.Transport(self._socket.accept()[0])
                self._transports.append(transport)
                transport.add_server_key(self.key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Disk)
                with suppress(paramiko.SSHException, EOFError):
                    transport.start_server(event=threading.Event(), server=self)

    # What paramiko asks

    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"

    def check_auth_password(self, username: str, password: str) -> int:
        self.judging.wait(30)
        good = username == "anh" and password == self.password
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        good = username == "anh" and key == self.user_key
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Disk(paramiko.SFTPServerInterface):
    def __init__(self, server: SftpServer, *args: Any, **kwargs: Any) -> None:
        super().__init__(server, *args, **kwargs)
        self.server = server

    def _real(self, path: str) -> Path:
        return Path(f"{self.server.root}/{path.lstrip('/')}")

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> Any:
        if flags & os.O_CREAT:
            self.server.uploads.append(path)
        try:
            file = os.fdopen(os.open(self._real(path), flags, 0o600), "wb" if flags & os.O_WRONLY else "rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return _Handle(file, self.server)

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(self._real(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def _done(self, work: Any) -> int:
        try:
            work()
        except OSError as error:
            return int(paramiko.SFTPServer.convert_errno(error.errno))
        return paramiko.SFTP_OK

    def remove(self, path: str) -> int:
        return self._done(self._real(path).unlink)

    def rename(self, oldpath: str, newpath: str) -> int:
        if self._real(newpath).exists():
            return paramiko.SFTP_FAILURE
        return self._done(lambda: self._real(oldpath).rename(self._real(newpath)))

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        if not self.server.renames_over:
            return paramiko.SFTP_OP_UNSUPPORTED
        return self._done(lambda: self._real(oldpath).replace(self._real(newpath)))

    def chattr(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        return self._done(lambda: self._real(path).chmod(attr.st_mode or 0))


class _Handle(paramiko.SFTPHandle):
    def __init__(self, file: Any, server: SftpServer) -> None:
        super().__init__()
        self.file, self.server = file, server

    def read(self, offset: int, length: int) -> Any:
        self.file.seek(offset)
        return self.file.read(length)

    def write(self, offset: int, data: bytes) -> int:
        if self.server.room is not None and offset + len(data) > self.server.room:
            return paramiko.SFTP_FAILURE
        self.file.seek(offset)
        self.file.write(data)
        self.file.flush()
        return paramiko.SFTP_OK

    def close(self) -> None:
        self.file.close()


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of something that takes connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield listening.getsockname()[1]
