"""Every index of every package, gathered for `prepare` and for the test that guards them."""

import catalogue.store
import feedback.store
import handlers.store
import payments.fiscal.store
import payments.reconciliation.store
import payments.store
import payments.trust.store
import people.store
import tracking.store
from base import alarms, audit, files, once
from base.store import Index

from .console import store as console_store
from .wechat import store as wechat_store
from .wechat.valves import store as valves_store

ALL: tuple[Index, ...] = (
    *alarms.INDEXES,
    *audit.INDEXES,
    *files.INDEXES,
    *once.INDEXES,
    *people.store.INDEXES,
    *catalogue.store.INDEXES,
    *tracking.store.INDEXES,
    *payments.store.INDEXES,
    *payments.reconciliation.store.INDEXES,
    *payments.fiscal.store.INDEXES,
    *payments.trust.store.INDEXES,
    *feedback.store.INDEXES,
    *handlers.store.INDEXES,
    *wechat_store.INDEXES,
    *valves_store.INDEXES,
    *console_store.INDEXES,
)
