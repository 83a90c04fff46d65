"""For operators: is it alive, is it ready, what has it done."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.web.problems import Problem
from app.web.service import ServiceDep

router = APIRouter()


@router.get("/health/live", summary="Còn chạy")
def live() -> dict[str, str]:
    """Whether the process answers at all."""
    return {"status": "live"}


@router.get("/health/ready", summary="Sẵn sàng trả lời")
def ready(service: ServiceDep) -> dict[str, str]:
    """Whether answers come from a whole index; 503 with the reason where not."""
    reason = service.knowledge.ready()
    if reason is not None:
        raise Problem(503, "not-ready", "Chưa sẵn sàng", reason)
    return {"status": "ready"}


@router.get("/metrics", summary="Số liệu cho Prometheus")
def metrics(service: ServiceDep) -> Response:
    """Answers by status, seconds, scans, answers being worked on."""
    return Response(service.metrics.page(), media_type=CONTENT_TYPE_LATEST)
