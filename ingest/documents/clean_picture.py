"""Makes a photographed or scanned page upright, straight and evenly lit, and finds its rules."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter, ImageOps

from ingest.documents.ocr import quarter_turns

_LONGEST = 3_600
"""Points of the longer side, an A4 page at 300 dpi; more is slower and reads no better."""
_SHORTEST = 2_300
"""Points of the longer side, 200 dpi; a smaller picture is enlarged to it."""
_STEEPEST = 15.0
"""Degrees a page may lie askew."""
_PROFILE = 700
"""Points of the longer side when the lean is measured."""
_NOISE = 6.0
"""Mean difference from the median around each point, beyond which the picture is smoothed."""
_INK = 150
"""Of 255, on evenly lit paper."""

_RULE = 0.15
"""Of the page's width: a shorter line across is no rule of a table."""
_COARSE = 16
"""Points to a side of the squares by which the sheet is told from the desk around it."""
_DESK = 150
"""Of 255: letters leave a square lighter than this, a desk or its shadow does not."""
_SIDE = 0.5
"""Of the height or width: a dark stretch so long is the edge of the sheet."""

Ink = npt.NDArray[np.bool_]


def cleaned(picture: Image.Image) -> Image.Image:
    """The page in grey, right side up, level, black on white."""
    grey = _sized(ImageOps.exif_transpose(picture).convert("L"))
    grey = _quiet(_evenly_lit(grey))
    turns = quarter_turns(grey)
    if turns:
        grey = grey.rotate(90 * turns, expand=True, fillcolor=255)
    lean = _lean(grey)
    if abs(lean) >= 0.1:
        grey = grey.rotate(lean, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    return _sheet(grey)


def _sheet(grey: Image.Image) -> Image.Image:
    """The page without what lies around it, whose edges would pass for rules of a table."""
    dark = np.asarray(grey.reduce(_COARSE)) < _DESK
    height, width = dark.shape
    left, right = _around_the_middle(dark.mean(axis=0) > _SIDE)
    top, bottom = _around_the_middle(dark[:, left:right].mean(axis=1) > _SIDE)
    if (right - left) * 2 < width or (bottom - top) * 2 < height:
        return grey  # a dark picture in the middle, not a sheet on a desk
    box = (left * _COARSE, top * _COARSE, right * _COARSE, bottom * _COARSE)
    return grey.crop((box[0], box[1], min(box[2], grey.width), min(box[3], grey.height)))


def _around_the_middle(edges: Ink) -> tuple[int, int]:
    """The stretch around the middle that holds no edge, a square away from any."""
    middle = len(edges) // 2
    before, after = np.flatnonzero(edges[:middle]), np.flatnonzero(edges[middle:])
    first = int(before[-1]) + 2 if before.size else 0
    last = middle + int(after[0]) - 1 if after.size else len(edges)
    return first, last


def _sized(grey: Image.Image) -> Image.Image:
    longer = max(grey.size)
    wanted = min(max(longer, _SHORTEST), _LONGEST)
    if wanted == longer:
        return grey
    scale = wanted / longer
    size = (max(round(grey.width * scale), 1), max(round(grey.height * scale), 1))
    return grey.resize(size, Image.Resampling.LANCZOS)


def _evenly_lit(grey: Image.Image) -> Image.Image:
    """The paper's own brightness, taken from around the letters, made white everywhere."""
    small = grey.reduce(8)
    paper = small.filter(ImageFilter.MaxFilter(7)).filter(ImageFilter.GaussianBlur(8))
    light = np.asarray(paper.resize(grey.size, Image.Resampling.BILINEAR), dtype=np.float32)
    level = np.asarray(grey, dtype=np.float32) / np.maximum(light, 1) * 255
    # paper is never the brightest point of its surroundings
    return Image.fromarray(np.clip(level * 1.08, 0, 255).astype(np.uint8))


def _quiet(grey: Image.Image) -> Image.Image:
    smooth = grey.filter(ImageFilter.MedianFilter(3))
    rough = np.abs(np.asarray(grey, dtype=np.int16) - np.asarray(smooth, dtype=np.int16))
    return smooth if float(rough.mean()) > _NOISE else grey


def _lean(grey: Image.Image) -> float:
    """The turn in degrees, counter-clockwise, after which the lines of text are level."""
    scale = max(grey.size) / _PROFILE
    small = ImageOps.invert(
        grey.resize((max(round(grey.width / scale), 1), max(round(grey.height / scale), 1)))
    )

    def level(angle: float) -> float:
        turned = np.asarray(
            small.rotate(angle, resample=Image.Resampling.BILINEAR), dtype=np.float64
        )
        return float((np.diff(turned.sum(axis=1)) ** 2).sum())

    coarse = max(np.arange(-_STEEPEST, _STEEPEST + 0.1, 1.0), key=lambda angle: level(float(angle)))
    fine = max(np.arange(coarse - 1, coarse + 1.01, 0.1), key=lambda angle: level(float(angle)))
    return float(fine)


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table: the edges of its rows from top to bottom and of each row's cells."""

    rows: tuple[tuple[int, int], ...]
    columns: tuple[int, ...]

    @property
    def top(self) -> int:
        """The upper edge."""
        return self.rows[0][0]

    @property
    def bottom(self) -> int:
        """The lower edge."""
        return self.rows[-1][1]


def ruled(grey: Image.Image) -> tuple[list[Grid], Image.Image]:
    """The ruled tables of a clean page, and the page without their rules."""
    ink = np.asarray(grey) < _INK
    across = _long_runs(_thick(ink, axis=0), grey.width // 14, axis=1)
    down = _long_runs(_thick(ink, axis=1), max(grey.height // 45, 40), axis=0)
    grids = _grids(across, down)
    if not grids:
        return [], grey
    rules = _thick(_thick(across | down, axis=0), axis=1)
    return grids, Image.fromarray(np.where(rules, 255, np.asarray(grey)).astype(np.uint8))


def _thick(ink: Ink, axis: int) -> Ink:
    """The ink one point wider to both sides, since no rule is perfectly level."""
    grown = ink.copy()
    for step in (-1, 1):
        grown |= np.roll(ink, step, axis=axis)
    return grown


def _long_runs(ink: Ink, length: int, axis: int) -> Ink:
    """Where ink goes on for ``length`` points along an axis, small breaks allowed."""
    ink = ink if axis == 1 else ink.T
    sums = np.cumsum(np.pad(ink, ((0, 0), (1, 0))), axis=1, dtype=np.int32)
    full = sums[:, length:] - sums[:, :-length] >= 0.96 * length
    marks = np.zeros((ink.shape[0], ink.shape[1] + 1), dtype=np.int32)
    marks[:, : full.shape[1]] += full
    marks[:, length : length + full.shape[1]] -= full
    covered = (np.cumsum(marks, axis=1)[:, :-1] > 0) & ink
    return covered if axis == 1 else covered.T


def _grids(across: Ink, down: Ink) -> list[Grid]:
    levels = _places(across.sum(axis=1) > _RULE * across.shape[1])
    grids: list[Grid] = []
    rows: list[tuple[int, int]] = []
    columns: tuple[int, ...] = ()
    for top, bottom in pairwise(levels):
        height = bottom - top
        here = (
            _places(down[top + 3 : bottom - 3].sum(axis=0) > 0.7 * (height - 6))
            if height > 12
            else []
        )
        if len(here) < 3:
            _end(grids, rows, columns)
            rows, columns = [], ()
            continue
        if rows and len(here) != len(columns):
            _end(grids, rows, columns)
            rows = []
        columns = columns if rows else tuple(here)
        rows.append((top, bottom))
    _end(grids, rows, columns)
    return grids


def _end(grids: list[Grid], rows: list[tuple[int, int]], columns: tuple[int, ...]) -> None:
    if rows:
        grids.append(Grid(tuple(rows), columns))


def _places(marked: Ink) -> list[int]:
    """The middles of runs of marks; marks nearer than a letter's width are one."""
    spots = np.flatnonzero(marked)
    if not spots.size:
        return []
    groups = np.split(spots, np.flatnonzero(np.diff(spots) > 8) + 1)
    return [int(group.mean()) for group in groups]
