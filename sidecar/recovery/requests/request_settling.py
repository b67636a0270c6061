"""What became of requests for a call: the time is given to a task that was held, and what the queue ended is ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from sidecar.calls.requests.finding import stands, was_reached
from sidecar.calls.requests.request import CallRequest
from sidecar.calls.task import CallTask
from sidecar.db import session
from sidecar.recovery.requests import request_cart, requesting
from sidecar.settings import settings_of

_BATCH = 200


def settle(*, now: datetime) -> int:
    """Brings open requests to where their tasks stand: how many ended. A request whose task was held when it came gets
    its place in the queue as soon as nobody holds it."""
    overtaken = or_(CallTask.callback_at.is_(None), CallTask.callback_at > CallRequest.at)
    moved = or_(CallTask.state == "done", CallRequest.placed_at.is_(None), CallRequest.at <= now, overtaken)
    query = (
        select(CallRequest)
        .join(CallTask, CallTask.id == CallRequest.task_id)
        .where(CallRequest.state == "open", moved)
        .order_by(CallRequest.id)
        .limit(_BATCH)
        .execution_options(populate_existing=True)
    )
    ended = 0
    for request in session().scalars(query).all():
        task = request.task
        if task is None or task.is_held:
            continue
        settings = settings_of(request.store_id)
        if _waits(request, task, now) and request_cart.place_again(request, settings=settings, now=now):
            continue
        became = stands(request, now=now)
        if became not in ("open", "tried"):
            requesting.end(request, became, task.done_reason or "", now=now)
            ended += 1
    return ended


def _waits(request: CallRequest, task: CallTask, now: datetime) -> bool:
    """Whether the task has yet to learn the request's time: a rep held it when it was asked for, or a call came between
    in which nobody was reached."""
    if request.at is None or was_reached(request):
        return False
    if request.placed_at is None:
        return True
    return request.at > now and task.state != "done" and (task.callback_at is None or task.callback_at > request.at)
