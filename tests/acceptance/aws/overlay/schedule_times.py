"""When schedules invoke their targets: to the second, and in their time zones.

ministack looks every ten seconds, knows UTC alone, and invokes by an `at` that was past when the
schedule was made. Here a schedule's time has come when it lies between this look and the one
before, or the last change of the schedule.
"""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

from ministack.core import responses
from ministack.services import eventbridge as ministack_events
from ministack.services import scheduler as ministack_scheduler

Key = tuple[str, str, str]

# The last look at each schedule.
_looked: dict[Key, float] = {}


def install() -> None:
    ministack_scheduler._SCHEDULE_TICK_INTERVAL = 1
    ministack_scheduler._tick_schedules = _look


def _look() -> None:
    now = time.time()
    for key, schedule in list(ministack_scheduler._schedules._data.items()):
        since = max(_looked.get(key, 0), schedule["LastModificationDate"])
        _looked[key] = now
        if schedule["State"] != "ENABLED" or not _within(schedule, now):
            continue
        if is_due(schedule, since, now):
            _invoke(key, schedule, now)


def is_due(schedule: dict[str, Any], since: float, now: float) -> bool:
    """Whether a time of the schedule is after `since`, and not after `now`."""
    expression = schedule["ScheduleExpression"]
    zone = ZoneInfo(schedule["ScheduleExpressionTimezone"])
    if expression.startswith("at("):
        at = datetime.strptime(expression, "at(%Y-%m-%dT%H:%M:%S)").replace(tzinfo=zone)
        return since < at.timestamp() <= now
    seconds = ministack_events._parse_rate_seconds(expression)
    if seconds is not None:
        first = ministack_scheduler._to_epoch(schedule.get("StartDate")) or schedule["CreationDate"]
        return int((now - first) // seconds) > max(int((since - first) // seconds), 0)
    # The fields of `cron` are what a clock on the wall shows.
    fields = ministack_events._parse_cron_fields(expression)
    wall = datetime.fromtimestamp(since, zone).replace(tzinfo=timezone.utc)
    following = ministack_events._cron_next_fire(fields, wall)
    return following is not None and following.replace(tzinfo=zone).timestamp() <= now


def _within(schedule: dict[str, Any], now: float) -> bool:
    start, end = (ministack_scheduler._to_epoch(schedule.get(n)) for n in ("StartDate", "EndDate"))
    return (start is None or start <= now) and (end is None or now <= end)


def _invoke(key: Key, schedule: dict[str, Any], now: float) -> None:
    account, region, _ = key
    responses.set_request_account_id(account)
    responses.set_request_region(region)
    event = {
        "EventId": responses.new_uuid(),
        "Source": "aws.scheduler",
        "DetailType": "Scheduled Event",
        "Detail": "{}",
        "Time": now,
        "Resources": [schedule["Arn"]],
        "Account": account,
        "Region": region,
    }
    ministack_events._invoke_target(schedule["Target"], event, schedule)
    is_once = schedule["ScheduleExpression"].startswith("at(")
    if is_once and schedule.get("ActionAfterCompletion") == "DELETE":
        ministack_scheduler._schedules._data.pop(key, None)
