"""What the processes of one run of the tests share."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from pathlib import Path

_NAME = "HOIXA_TEST_RUN"
_BEGUN_HERE = _NAME not in os.environ
_RUN = os.environ.setdefault(_NAME, uuid.uuid4().hex)
"""Inherited by the processes that this one starts."""


def run_folder() -> Path:
    """A folder of this run alone, the same one in each of its processes."""
    folder = _place()
    folder.mkdir(exist_ok=True)
    return folder


def remove_run_folder() -> None:
    """Take the folder away, in the process that began the run."""
    if _BEGUN_HERE:
        shutil.rmtree(_place(), ignore_errors=True)


def _place() -> Path:
    return Path(tempfile.gettempdir()) / f"hoixa-tests-{_RUN}"
