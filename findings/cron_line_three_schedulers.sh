#!/usr/bin/env bash
# croniter 7.0.0, cronsim 2.8 and APScheduler 3.11.3: one crontab line, three schedules.
#
# Expected: libraries that read crontab lines agree when a line is due; a line with one fixed hour is due once a day, also
# on the day that daylight saving ends (that is what cron itself does).
# Seen: "30 2 * * *" in Europe/Berlin is due twice on 25 October 2026 in croniter and APScheduler, once in cronsim.
# "0 6 */2 * 1" is due on 1, 2, 3, 5, 7 and 9 March 2026 in croniter (every second day or Monday), on 9 and 23 March in
# cronsim (every second day and Monday), and on Tuesdays 3, 17 and 31 March in APScheduler, where weekday 1 is Tuesday.
# Why it matters: a nightly retraining or scoring run happens twice a year's autumn night, and moving a schedule from one
# tool to another moves its days. None of the three says anything.
# Source: the manual page crontab(5) for the "or" of days and its "*" exception; APScheduler's CronTrigger documentation.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "croniter==7.0.0" "cronsim==2.8" "apscheduler==3.11.3" "tzdata==2026.6"

venv/bin/python - <<'PY'
import sys
from datetime import datetime
from importlib.metadata import version
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from croniter import croniter
from cronsim import CronSim

BERLIN = ZoneInfo("Europe/Berlin")


def by_croniter(line: str, start: datetime, count: int) -> list[datetime]:
    ticks = croniter(line, start)
    return [ticks.get_next(datetime) for _ in range(count)]


def by_cronsim(line: str, start: datetime, count: int) -> list[datetime]:
    ticks = CronSim(line, start)
    return [next(ticks) for _ in range(count)]


def by_apscheduler(line: str, start: datetime, count: int) -> list[datetime]:
    trigger, found, now = CronTrigger.from_crontab(line, timezone=BERLIN), [], start
    for _ in range(count):
        now = trigger.get_next_fire_time(found[-1] if found else None, now)
        found.append(now)
    return found


def seen(line: str, start: datetime, count: int, shape: str) -> dict[str, list[str]]:
    readers = {"croniter": by_croniter, "cronsim": by_cronsim, "apscheduler": by_apscheduler}
    table = {name: [tick.strftime(shape) for tick in reader(line, start, count)] for name, reader in readers.items()}
    print(line)
    for name, ticks in table.items():
        print("  ", name, version(name), ticks)
    return table


autumn = seen("30 2 * * *", datetime(2026, 10, 24, 12, tzinfo=BERLIN), 2, "%d %b %H:%M %z")
days = seen("0 6 */2 * 1", datetime(2026, 3, 1, tzinfo=BERLIN), 6, "%d %b")
twice = ["25 Oct 02:30 +0200", "25 Oct 02:30 +0100"]
if autumn != {"croniter": twice, "cronsim": ["25 Oct 02:30 +0200", "26 Oct 02:30 +0100"], "apscheduler": twice}:
    sys.exit(f"The behaviour at the end of daylight saving changed: {autumn}")
wanted = {
    "croniter": ["01 Mar", "02 Mar", "03 Mar", "05 Mar", "07 Mar", "09 Mar"],
    "cronsim": ["09 Mar", "23 Mar", "13 Apr", "27 Apr", "11 May", "25 May"],
    "apscheduler": ["03 Mar", "17 Mar", "31 Mar", "07 Apr", "21 Apr", "05 May"],
}
if days != wanted:
    sys.exit(f"The behaviour with a day of month and a weekday changed: {days}")
PY
echo "Seen: the nightly line is due twice in two of three libraries, and no two agree on days with a weekday."
