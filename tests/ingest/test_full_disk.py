"""A disk that fills up: a clear message, and what was there keeps answering."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.interrupted import ingest_plainly, look
from tests.ingest.processes import in_another_process
from tests.knowledge_base.records import PROCEDURE, procedure, put, put_small_content
