"""Pictures in a folder of this machine that a web server shows: a web root, or one that is mounted here."""

import errno
import os
import shutil
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote

from fsspec.implementations.local import LocalFileSystem

from connectors.errors import ConnectorError, Misconfigured, Unavailable
from connectors.media import MediaSettings
from connectors.media_target import Target

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class _Files(LocalFileSystem):  # type: ignore[misc]  # fsspec ships no types
    """The local disk, where a file is on the disk before it gets its name, and the web server may read it."""

    def put_file(self, path1: str, path2: str, callback: Any = None, **kwargs: Any) -> None:
        with Path(path1).open("rb") as source, Path(path2).open("wb") as part:
            shutil.copyfileobj(source, part, 1 << 20)
            part.flush()
            os.fsync(part.fileno())
        Path(path2).chmod(0o644)  # the service runs with a umask that keeps its files to itself

    def mv(self, path1: str, path2: str, **kwargs: Any) -> None:
        Path(path1).replace(path2)


class Folder(Target):
    """`file:///srv/www/pictures`. The folder is never made: where it is missing, a mount is."""

    def __init__(self, url: SplitResult, settings: MediaSettings, proxy: str) -> None:
        super().__init__(unquote(url.path))

    def opened(self) -> AbstractContextManager[Any]:
        """The local disk."""
        return nullcontext(_Files(skip_instance_cache=True))

    def explain(self, error: Exception) -> ConnectorError | None:
        """By the system's error number."""
        if not isinstance(error, OSError):
            return None
        code = f"errno/{errno.errorcode.get(error.errno or 0, '')}"
        if error.errno in _ABSENT:
            return Misconfigured(
                f"Không thấy thư mục ảnh {self.root} (CCHC_MEDIA_TARGET); hãy gắn lại ổ đĩa hoặc tạo thư mục này.",
                code=code,
            )
        if error.errno in _REFUSED:
            return Misconfigured(
                f"Không được phép ghi vào thư mục ảnh {self.root} (CCHC_MEDIA_TARGET); "
                "hãy cấp quyền ghi cho người dùng chạy dịch vụ.",
                code=code,
            )
        if error.errno in _DISK_FULL:
            return Unavailable(
                f"Ổ đĩa của thư mục ảnh {self.root} (CCHC_MEDIA_TARGET) đã đầy; "
                "hãy giải phóng chỗ, hệ thống sẽ tự thử lại.",
                code=code,
            )
        return Unavailable(
            f"Chưa ghi được vào thư mục ảnh {self.root} (CCHC_MEDIA_TARGET); hệ thống sẽ tự thử lại.", code=code
        )
