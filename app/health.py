"""Whether we live, whether we can serve, and how much we do."""

import os
import time
from collections import Counter as CollectionCounter
from contextlib import suppress
from functools import lru_cache

import pymongo
import redis
from flask import Blueprint, Flask, Response, g, jsonify, make_response, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client import REGISTRY as ALONE
from pymongo.errors import PyMongoError

from base import alarms, outbox
from tracking import tallies

from . import jobs
from .runtime import here
from .wechat.valves import TOKEN

blueprint = Blueprint("health", __name__)

REQUESTS = Counter("banshitong_requests", "Requests answered", ["method", "route", "status"])
_OWED = "banshitong_promises"
_PATIENCE_SECONDS = 2
SECONDS = Histogram("banshitong_request_seconds", "Seconds to answer", ["route"])


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> Response:
    """The store and the queue answer too."""
    parts = {"store": _store_answers(), "queue": _queue_answers()}
    status = 200 if all(parts.values()) else 503
    words = {name: "ok" if up else "down" for name, up in parts.items()}
    return make_response(jsonify(status="ok" if status == 200 else "down", **words), status)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text: requests of all web processes, what waits, what is wrong, what is shut.

    While the store is away what is counted there is missing and the rest still comes.
    """
    registry = CollectorRegistry()
    if _many_processes():
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    own = b"" if _many_processes() else generate_latest(ALONE)
    _measure_valves(registry)
    with pymongo.timeout(_PATIENCE_SECONDS), suppress(PyMongoError):
        _measure_promises(registry)
        _measure_messages(registry)
        _measure_alarms(registry)
    return Response(own + generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _measure_promises(registry: CollectorRegistry) -> None:
    late = Gauge(f"{_OWED}_late_seconds", "Oldest due promise", ["collection"], registry=registry)
    stuck = Gauge(f"{_OWED}_stuck", "Stuck promises", ["collection"], registry=registry)
    for name in jobs.COLLECTIONS:
        late.labels(name).set(outbox.late_seconds(here().db[name]))
        stuck.labels(name).set(len(outbox.stuck(here().db[name])))


def _measure_messages(registry: CollectorRegistry) -> None:
    gauge = Gauge("banshitong_messages", "Messages by state", ["state"], registry=registry)
    for state, count in tallies.by_state(here().db).items():
        gauge.labels(state).set(count)


def _measure_alarms(registry: CollectorRegistry) -> None:
    gauge = Gauge("banshitong_alarms", "Open alarms", ["kind"], registry=registry)
    for kind, count in CollectionCounter(a["kind"] for a in alarms.standing(here().db)).items():
        gauge.labels(kind).set(count)


def _measure_valves(registry: CollectorRegistry) -> None:
    """Which endpoints of WeChat are not asked now; the token's breaker of both accounts."""
    names = ["account", "endpoint", "why"]
    gauge = Gauge("banshitong_valve_closed", "Endpoints not asked", names, registry=registry)
    breaker = Gauge("banshitong_token_breaker", "1 open, 0 closed", ["account"], registry=registry)
    wechat = here().wechat
    accounts = {wechat.oa.appid: "oa", wechat.mp.appid: "mp"}
    for account in accounts.values():
        breaker.labels(account).set(0)
    for valve in wechat.oa.valves.standing():
        account = accounts.get(valve.appid, "other")
        if valve.endpoint == TOKEN:
            breaker.labels(account).set(1)
        else:
            gauge.labels(account, valve.endpoint, valve.why).set(1)


def register(app: Flask) -> None:
    """Count and time every request by route."""
    app.register_blueprint(blueprint)

    @app.after_request
    def counted(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        count(request.method, route, response.status_code, seconds)
        return response


def count(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request that has been answered."""
    counter, histogram = _counters(method, route, status)
    counter.inc()
    histogram.observe(seconds)


@lru_cache(maxsize=4000)
def _counters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Finding them by their labels costs twice as much as counting."""
    return REQUESTS.labels(method, route, status), SECONDS.labels(route)


def _many_processes() -> bool:
    return "PROMETHEUS_MULTIPROC_DIR" in os.environ


def _store_answers() -> bool:
    try:
        with pymongo.timeout(_PATIENCE_SECONDS):
            here().db.command("ping")
    except PyMongoError:
        return False
    return True


def _queue_answers() -> bool:
    try:
        return bool(here().redis.ping())
    except redis.RedisError:
        return False
