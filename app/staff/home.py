"""The first page of an officer: the areas, and what waits in one."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from app.records.asked import Chosen
from app.records.outcome import Outcome
from app.staff.access import Permission
from app.staff.desk import SignedInDep, allowed, areas_of, may_in
from app.staff.service import Desk, StaffDep
from app.staff.tables import share, value_words
from app.staff.view import render
from app.staff.waiting import WEEK, standing, waiting_for

router = APIRouter()


@router.get("/staff")
def choose_area(request: Request, signed: SignedInDep, service: StaffDep) -> Response:
    """To the officer's one area, or a list to choose from."""
    areas = areas_of(service, signed.officer)
    if len(areas) == 1:
        base = request.scope.get("root_path", "")
        return RedirectResponse(f"{base}/staff/{areas[0].scope}", 303)
    return render(request, "areas.html", signed_in=signed)


@router.get("/staff/{area}")
def area_home(
    request: Request,
    desk: Annotated[Desk, Depends(allowed(Permission.SEE))],
    service: StaffDep,
) -> Response:
    """What waits in an area, what residents see now, and the last week in a line."""

    def may(permission: Permission) -> bool:
        return may_in(service, desk.officer, permission, desk.area.scope)

    today = service.now().date()
    chosen = Chosen(desk.area.commune_ids, today - timedelta(days=WEEK - 1), today)
    week = service.insights.asked(chosen).totals()
    answered = week.outcomes.get(Outcome.ANSWERED, 0)
    return render(
        request,
        "home.html",
        desk=desk,
        waiting=waiting_for(service, desk, may),
        standing=[(scope, words) for scope, words in standing(service, desk)],
        days=WEEK,
        questions=week.questions,
        answered=value_words(share(answered, week.questions)),
        scans=service.insights.scans(chosen),
    )
