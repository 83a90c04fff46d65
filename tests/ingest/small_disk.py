"""A disk small enough to be filled."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_SIZE = 48_000_000


class SmallDisk:
    """A disk of 48 MB; where none may be mounted, a limit on the size of files stands for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.limited = False
        """Whether files may not grow now."""
        mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)]
        tried = subprocess.run(mount, capture_output=True, check=False)
        self.mounted = tried.returncode == 0

    def fill(self, left: int) -> None:
        """Leave so many bytes."""
        if self.mounted:
            free = shutil.disk_usage(self.folder).free
            (self.folder / "filler").write_bytes(bytes(max(0, free - left)))
        self.limited = not self.mounted

    def clear(self) -> None:
        """Make room again."""
        (self.folder / "filler").unlink(missing_ok=True)
        self.limited = False

    def close(self) -> None:
        """Take the disk away."""
        if self.mounted:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def says_so(self, words: str) -> bool:
        """Whether a message names the full disk, and the mend."""
        if not self.mounted:
            return "DATA_DIR" in words
        return "Dọn chỗ" in words or "dọn chỗ" in words
