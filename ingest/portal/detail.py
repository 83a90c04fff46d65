"""Reads the portal's own detail answer: typed cases, methods and fees."""

from __future__ import annotations

import math
from typing import Any

from ingest.portal.record import (
    CitedText,
    Duration,
    Form,
    Group,
    Level,
    Method,
    Money,
    Paper,
    PortalRecord,
)
from ingest.portal.topics import topic_of
from ingest.portal.wording import (
    legal_number,
    line,
    members,
    milliseconds_day,
    names,
    one_duration,
    paragraphs,
    whole,
)
from knowledge_base.procedure import TimeUnit
from knowledge_base.record import Channel

PORTAL = "https://dichvucong.gov.vn"

_CHANNELS = {
    "DIRECT": Channel.IN_PERSON,
    "POSTAL": Channel.POST,
    "ONLINE": Channel.ONLINE,
}
_UNITS = {
    "WORKING_DAY": TimeUnit.WORKING_DAY,
    "DAY": TimeUnit.DAY,
    "HOUR": TimeUnit.HOUR,
    "MONTH": TimeUnit.MONTH,
}
_LEVELS = {
    "isMinistry": Level.MINISTRY,
    "isProvince": Level.PROVINCE,
    "isWard": Level.COMMUNE,
    "isOtherAgency": Level.OTHER,
}


def is_detail(data: dict[str, Any]) -> bool:
    """Whether the object is a detail record, without the ``code``/``data`` around it."""
    return "executionMethods" in data or "executionCases" in data


def read_detail(data: dict[str, Any]) -> PortalRecord:
    """The record of one detail object; fields of an unexpected shape count as empty."""
    field = ", ".join(names(data.get("categoriesDetails")))
    issued_by = line(data.get("departmentPromulgateName"))
    remarks = [*paragraphs(data.get("note")), *paragraphs(data.get("description"))]
    conditions = "\n".join(paragraphs(data.get("requirementsAndConditions")))
    identifier = line(data.get("id"))
    proposal = data.get("procedureProposal")
    decision = line(data.get("decisionNo"))
    if not decision and isinstance(proposal, dict):
        decision = line(proposal.get("proposalNumber"))
    return PortalRecord(
        code=line(data.get("code")),
        name=line(data.get("name")),
        form=Form.DETAIL,
        topic=topic_of(field),
        field=field,
        levels=frozenset(level for key, level in _LEVELS.items() if data.get(key) is True),
        national=not issued_by.lower().startswith(("ubnd", "ủy ban nhân dân", "uỷ ban nhân dân")),
        issued_by=issued_by,
        decision=decision,
        methods=tuple(_methods(data.get("executionMethods"))),
        groups=tuple(
            Group(line(case.get("name")), _papers(case.get("profileComponents")))
            for case in members(data.get("executionCases"))
        ),
        results=names(data.get("resultsDetails")),
        legal=tuple(
            dict.fromkeys(
                CitedText(legal_number(line(text.get("code"))), line(text.get("name")))
                for text in members(data.get("legalBasisesDetails"))
                if line(text.get("code"))
            )
        ),
        subjects=names(data.get("subjectTypesDetails")),
        agencies=tuple(
            dict.fromkeys(
                (
                    *names(data.get("departmentsExecuting")),
                    *names(data.get("unitGroupsExecuting")),
                    *names(data.get("departmentsAuthority")),
                    *names(data.get("unitGroupsAuthority")),
                )
            )
        ),
        receiving=line(data.get("dossierReceivingAddresses")),
        steps=tuple(
            step
            for item in members(data.get("executionSteps"))
            for step in (*paragraphs(item.get("name")), *paragraphs(item.get("description")))
        ),
        conditions=conditions,
        remarks="\n".join(part for part in remarks if part not in conditions),
        created_on=milliseconds_day(data.get("createdAt")),
        updated_on=milliseconds_day(data.get("updatedAt")),
        address=f"{PORTAL}/thu-tuc-hanh-chinh/{identifier}" if identifier else PORTAL,
    )


def _methods(value: object) -> list[Method]:
    found = []
    for item in members(value):
        channel = _CHANNELS.get(line(item.get("submissionMethod")))
        if channel is not None:
            fees = tuple(dict.fromkeys(_money(fee) for fee in members(item.get("fees"))))
            found.append(Method(channel, _time(item), fees))
    return found


def _time(item: dict[str, Any]) -> Duration | None:
    given, words = item.get("processingTime"), line(item.get("description"))
    if isinstance(given, str) and whole(given) is None:
        spoken = line(given)
        words = " ".join(part for part in (spoken, words) if part)
        amount, unit = one_duration(spoken) or (None, None)
        return Duration(amount, unit, words) if words else None
    amount = _number(given)
    if amount is None and not words:
        return None
    return Duration(amount, _UNITS.get(line(item.get("processingTimeUnit"))), words)


def _number(given: object) -> float | None:
    if isinstance(given, float):
        return given if math.isfinite(given) else None
    number = whole(given)
    return None if number is None else float(number)


def _money(item: dict[str, Any]) -> Money:
    return Money(
        whole(item.get("value")), line(item.get("currencyName")), line(item.get("description"))
    )


def _papers(value: object) -> tuple[Paper, ...]:
    return tuple(
        Paper(
            name,
            max(whole(item.get("originalQty")) or 0, 0),
            max(whole(item.get("copyQty")) or 0, 0),
            item.get("required") is True,
            tuple(
                file
                for attached in members(item.get("attachments"))
                if (file := line(attached.get("fileName")))
            ),
        )
        for item in members(value)
        if (name := line(item.get("name")))
    )
