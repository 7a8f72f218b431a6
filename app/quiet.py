"""Hours in which nobody is disturbed: what falls due then waits for the morning."""

from datetime import datetime, time, timedelta

from base import clock


def until(hours: str, moment: datetime) -> datetime | None:
    """When the quiet hours that this moment lies in end, by Shanghai's clock; None outside.

    `hours` is "21:00-08:00" as the settings check it, or "off".
    """
    begin, dash, end = hours.partition("-")
    if not dash:
        return None
    here = moment.astimezone(clock.SHANGHAI)
    begins, ends = time.fromisoformat(begin), time.fromisoformat(end)
    now = here.time().replace(tzinfo=None)
    over_night = begins > ends
    inside = (now >= begins or now < ends) if over_night else begins <= now < ends
    if not inside:
        return None
    day = here.date() + timedelta(days=int(over_night and now >= begins))
    return datetime.combine(day, ends, clock.SHANGHAI).astimezone(moment.tzinfo)
