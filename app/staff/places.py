"""Posted codes: where they hang, how often they are scanned, and their posters."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response

from app.records.audit import AuditEntry
from app.records.files import FilesFullError
from app.records.jobs import JobFailedError, JobProgress, JobResult, JobsFullError
from app.records.place_book import UnknownPlaceError, Wanted, WrongPlaceError
from app.records.places import Place
from app.records.posters import poster_of, stem_of, write_zip
from app.staff.access import Permission
from app.staff.desk import allowed
from app.staff.jobs import disposition
from app.staff.posting import to
from app.staff.service import Desk, StaffDep, StaffService
from app.staff.view import render
from knowledge_base.commune import Commune
from qr.code import LinkTooLongError
from qr.link import InvalidBaseUrlError, checked_base_url, place_link
from qr.poster import TextTooLongError, UnprintableTextError
from qr.prints import MEDIA_TYPES, Kind, Size, file_name, printed

router = APIRouter()

PlacesDesk = Annotated[Desk, Depends(allowed(Permission.PLACES))]
Text = Annotated[str, Form()]

_A_PAGE = 100
_IN_MEMORY = 8 << 20
_STATES = {"": "Tất cả", "used": "Đang dùng", "redirected": "Chuyển hướng", "retired": "Thôi dùng"}
_SIZES = {
    Size.A4: "Áp phích A4",
    Size.A5: "Áp phích A5",
    Size.STICKERS: "Tờ 6 tem (A4)",
}
_KINDS = {Kind.PDF: "PDF", Kind.PNG: "PNG (300 dpi)", Kind.SVG: "SVG"}
_SAID = {
    "renamed": "Đã đổi tên nơi dán. Mã giữ nguyên; áp phích đã in vẫn dùng được.",
    "retired": "Mã đã thôi dùng. Ai quét mã cũ vẫn được dẫn tới trang của xã.",
    "back": "Mã đã dùng lại.",
    "redirected": "Đã chuyển hướng. Lượt quét vẫn tính cho mã này.",
    "home": "Mã lại dẫn về chính xã của mình.",
}
_UNPRINTABLE = (
    InvalidBaseUrlError,
    LinkTooLongError,
    TextTooLongError,
    UnprintableTextError,
)


@router.get("/staff/{area}/places")
def list_places(
    request: Request,
    desk: PlacesDesk,
    service: StaffDep,
    q: Annotated[str, Query(max_length=80)] = "",
    state: str = "",
    commune: str = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    added: int | None = None,
) -> Response:
    """The codes of an area with their scans, by filters in the address."""
    said = f"Đã thêm {added} mã; nơi đã có mã thì giữ mã cũ." if added is not None else ""
    return _list(request, service, desk, q=q, state=state, commune=commune, page=page, said=said)


@router.post("/staff/{area}/places")
def add_places(
    request: Request,
    desk: PlacesDesk,
    service: StaffDep,
    commune: Text = "",
    labels: Text = "",
) -> Response:
    """Make a code for each line of a list."""
    wanted = commune or (desk.area.commune.id if desk.area.commune else "")
    if wanted not in desk.area.commune_ids:
        return _list(
            request,
            service,
            desk,
            error="Chọn xã, phường của những nơi dán này.",
            labels=labels,
        )
    try:
        made = service.local.places.add(wanted, labels.splitlines(), desk.officer.username)
    except WrongPlaceError as error:
        return _list(request, service, desk, error=str(error), labels=labels, chosen_commune=wanted)
    return to(request, desk, f"/places?{urlencode({'commune': wanted, 'added': len(made)})}")


@router.post("/staff/{area}/places/posters")
def print_many(
    request: Request,
    desk: PlacesDesk,
    service: StaffDep,
    commune: Text = "",
    size: Annotated[Size, Form()] = Size.A4,
    kind: Annotated[Kind, Form()] = Kind.PDF,
    codes: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Have a ZIP made of the codes that were ticked, or of all that are in use."""
    book, communes = service.local.places, _chosen(desk, commune)
    ids = [one.id for one in communes]
    places = book.some(codes, desk.area.commune_ids) if codes else book.in_use(ids)
    most = service.local.posters_at_once
    if not places:
        return _list(request, service, desk, error="Chưa có mã nào đang dùng để in.", status=422)
    if len(places) > most:
        error = f"Có {len(places)} mã, một lần in nhiều nhất {most}. Chọn từng xã, hoặc từng mã."
        return _list(request, service, desk, error=error, status=422)
    try:
        base = base_url(request, service)
        job_id = service.jobs.start(
            "posters",
            desk.area.scope,
            desk.officer.username,
            f"In {len(places)} mã: {_SIZES[size]}, {_KINDS[kind]}",
            _printing(service, desk, places, base, size, kind),
            needs=Permission.PLACES,
        )
    except (JobsFullError, InvalidBaseUrlError) as error:
        return _list(request, service, desk, error=str(error), status=503)
    service.audit.write(
        AuditEntry(
            desk.officer.username,
            "posters.made",
            desk.area.scope,
            f"job:{job_id}",
            {"codes": len(places), "size": size, "kind": kind},
        )
    )
    return to(request, desk, f"/jobs/{job_id}")


def _printing(
    service: StaffService, desk: Desk, places: tuple[Place, ...], base: str, size: Size, kind: Kind
) -> Callable[[JobProgress], JobResult]:
    communes = {one.id: one for one in desk.area.communes}
    name = f"{file_name('ma-qr', desk.area.scope, size, kind)}.zip"
    scope, by = desk.area.scope, desk.officer.username

    def work(progress: JobProgress) -> JobResult:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
            try:
                count = write_zip(file, places, communes, base, size, kind, progress)
                file.seek(0)
                file_id = service.files.add(
                    name, "application/zip", file, scope, by, needs=Permission.PLACES
                )
            except (*_UNPRINTABLE, FilesFullError) as error:
                raise JobFailedError(str(error)) from error
        return JobResult(f"Đã in {count} mã. Tệp ZIP có danh sách kèm theo.", file_id=file_id)

    return work


@router.get("/staff/{area}/places/{code}")
def show_place(
    request: Request,
    code: str,
    desk: PlacesDesk,
    service: StaffDep,
    size: Size = Size.A4,
    said: str = "",
) -> Response:
    """One code: its poster, its name and where it leads."""
    return _one(request, service, desk, code, size=size, said=_SAID.get(said, ""))


@router.get("/staff/{area}/places/{code}/poster")
def fetch_poster(
    request: Request,
    code: str,
    desk: PlacesDesk,
    service: StaffDep,
    size: Size = Size.A4,
    kind: Kind = Kind.PDF,
    show: bool = False,
) -> Response:
    """A poster or a sheet of stickers as a file; a picture of it for the page."""
    place = _found(service, desk, code)
    commune = _commune(service, place)
    try:
        poster = poster_of(place, commune, base_url(request, service))
        [made] = printed([poster], size, kind)
    except _UNPRINTABLE as error:
        raise HTTPException(422, str(error)) from error
    return Response(
        made.data,
        media_type=MEDIA_TYPES[kind],
        headers={
            "Content-Disposition": disposition(
                f"{stem_of(place)}-{size}{made.ending}", inline=show
            ),
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


@router.post("/staff/{area}/places/{code}/rename")
def rename_place(
    request: Request, code: str, desk: PlacesDesk, service: StaffDep, label: Text = ""
) -> Response:
    """Give a place another name."""
    book, by = service.local.places, desk.officer.username
    return _change(
        request,
        service,
        desk,
        code,
        lambda: book.rename(code, label, desk.area.commune_ids, by),
        "renamed",
    )


@router.post("/staff/{area}/places/{code}/retire")
def retire_place(request: Request, code: str, desk: PlacesDesk, service: StaffDep) -> Response:
    """Stop using a code."""
    book, by = service.local.places, desk.officer.username
    return _change(
        request,
        service,
        desk,
        code,
        lambda: book.retire(code, desk.area.commune_ids, by),
        "retired",
    )


@router.post("/staff/{area}/places/{code}/bring-back")
def bring_place_back(request: Request, code: str, desk: PlacesDesk, service: StaffDep) -> Response:
    """Use a retired code again."""
    book, by = service.local.places, desk.officer.username
    return _change(
        request,
        service,
        desk,
        code,
        lambda: book.bring_back(code, desk.area.commune_ids, by),
        "back",
    )


@router.post("/staff/{area}/places/{code}/redirect")
def redirect_place(
    request: Request,
    code: str,
    desk: PlacesDesk,
    service: StaffDep,
    to_code: Text = "",
    to_commune: Text = "",
) -> Response:
    """Let a code lead to another place, or to another commune."""
    book, by, own = service.local.places, desk.officer.username, desk.area.commune_ids
    reachable = [one.id for one in service.communes.communes()]
    target = to_code.strip().lower().rpartition("/")[2]

    def change() -> Place:
        if target:
            return book.redirect_to_place(code, target, own, reachable, by)
        return book.redirect_to_commune(code, to_commune, own, reachable, by)

    return _change(request, service, desk, code, change, "redirected")


@router.post("/staff/{area}/places/{code}/lead-home")
def lead_place_home(request: Request, code: str, desk: PlacesDesk, service: StaffDep) -> Response:
    """Undo a redirect."""
    book, by = service.local.places, desk.officer.username
    return _change(
        request,
        service,
        desk,
        code,
        lambda: book.lead_home(code, desk.area.commune_ids, by),
        "home",
    )


def base_url(request: Request, service: StaffService) -> str:
    """What the links in codes begin with; raises ``InvalidBaseUrlError``."""
    return checked_base_url(service.public_url or str(request.base_url))


def _change(
    request: Request,
    service: StaffService,
    desk: Desk,
    code: str,
    change: Callable[[], Place],
    said: str,
) -> Response:
    _found(service, desk, code)
    try:
        change()
    except UnknownPlaceError as error:
        raise HTTPException(404, str(error)) from error
    except WrongPlaceError as error:
        return _one(request, service, desk, code, error=str(error))
    return to(request, desk, f"/places/{code}?said={said}")


def _found(service: StaffService, desk: Desk, code: str) -> Place:
    try:
        return service.local.places.find(code, desk.area.commune_ids)
    except UnknownPlaceError as error:
        raise HTTPException(404, str(error)) from error


def _commune(service: StaffService, place: Place) -> Commune:
    commune = service.communes.commune(place.commune_id)
    if commune is None:  # switched off since the request began
        raise HTTPException(404, "Xã, phường này không còn dùng Hỏi Xã ở đây.")
    return commune


def _chosen(desk: Desk, commune: str) -> tuple[Commune, ...]:
    """The commune that the filter names, or all of the area."""
    return tuple(one for one in desk.area.communes if commune in ("", one.id))


def _list(
    request: Request,
    service: StaffService,
    desk: Desk,
    *,
    q: str = "",
    state: str = "",
    commune: str = "",
    page: int = 1,
    said: str = "",
    error: str = "",
    labels: str = "",
    chosen_commune: str = "",
    status: int = 0,
) -> Response:
    state = state if state in _STATES else ""
    ids = [one.id for one in _chosen(desk, commune)]
    wanted = Wanted(ids, q.strip(), state)
    day, book = service.now().date(), service.local.places
    totals = book.totals(wanted, day)
    uses = book.listed(wanted, day, (page - 1) * _A_PAGE, _A_PAGE)
    base, wrong = _base_or_why(request, service)
    return render(
        request,
        "places.html",
        desk=desk,
        status=status or (422 if error else 200),
        uses=uses,
        totals=totals,
        most=max((use.month for use in uses), default=0),
        names={one.id: one.full_name for one in service.communes.communes()},
        links={use.place.code: place_link(base, use.place.code) for use in uses} if base else {},
        q=q,
        state=state,
        states=_STATES,
        commune=commune,
        page=page,
        pages=-(-totals.places // _A_PAGE),
        query=lambda **more: urlencode(
            {"q": q, "state": state, "commune": commune, "page": page, **more}
        ),
        said=said,
        error=error or wrong,
        labels=labels,
        chosen_commune=chosen_commune or commune,
        sizes=_SIZES,
        kinds=_KINDS,
        base_url=base,
        public=bool(service.public_url),
    )


def _one(
    request: Request,
    service: StaffService,
    desk: Desk,
    code: str,
    *,
    size: Size = Size.A4,
    said: str = "",
    error: str = "",
) -> Response:
    place = _found(service, desk, code)
    day, book = service.now().date(), service.local.places
    [use] = book.listed(Wanted([place.commune_id], place.code), day, 0, 1) or [None]
    base, wrong = _base_or_why(request, service)
    return render(
        request,
        "place.html",
        desk=desk,
        status=422 if error else 200,
        place=place,
        use=use,
        commune=_commune(service, place),
        link=place_link(base, place.code) if base else "",
        names={one.id: one.full_name for one in service.communes.communes()},
        others=[one for one in service.communes.communes() if one.id != place.commune_id],
        size=size,
        sizes=_SIZES,
        kinds=_KINDS,
        said=said,
        error=error or wrong,
        public=bool(service.public_url),
    )


def _base_or_why(request: Request, service: StaffService) -> tuple[str, str]:
    try:
        return base_url(request, service), ""
    except InvalidBaseUrlError as error:
        return "", f"{error} Hỏi kỹ thuật viên: đặt PUBLIC_URL."
