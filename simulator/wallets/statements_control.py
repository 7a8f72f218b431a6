"""The control API of statements: seed faults into a day, list them, take them back."""

from flask import Blueprint

from ..control import body
from ..world import here
from . import statements
from .control import Answer, Unknown, lacking, post_of, unknown

blueprint = Blueprint("statements_control", __name__, url_prefix="/control/v1")
blueprint.register_error_handler(Unknown, unknown)
blueprint.register_error_handler(KeyError, lacking)

PATH = "/wallets/<wallet>/statement-faults"


@blueprint.post(PATH)
def seed(wallet: str) -> Answer:
    """Seed a fault: {kind, day?, of?, number?, count?, fen?}; `day` is today unless told.

    Kinds of rows, `of` "payment" or "refund": missing, extra, amount (by `fen`), duplicate, shifted
    (to the next day); of the file: hash, summary, creating, absent; of WeChat's fund-flow bill:
    funds (`fen` short), funds_summary, withdrawn (`fen` left for the bank, no fault).
    `number` is an order's or a refund's; without one the first `count` rows are struck.
    """
    post_of(wallet)
    told = body()
    if told["kind"] not in (*statements.ROW_KINDS, *statements.FILE_KINDS):
        raise Unknown(told["kind"])
    id, made = statements.seed(here(), wallet, told)
    return {"ok": True, "id": id} | made, 201


@blueprint.get(PATH)
def list_seeded(wallet: str) -> Answer:
    """List the faults seeded at a wallet, by id."""
    post_of(wallet)
    with here().lock:
        kept = statements.seeds(here()).items()
        return {"faults": {id: one for id, one in kept if one["wallet"] == wallet}}


@blueprint.delete(PATH)
def clear(wallet: str) -> Answer:
    """Take every fault of a wallet back."""
    post_of(wallet)
    world = here()
    with world.lock:
        kept = statements.seeds(world)
        gone = [id for id, one in kept.items() if one["wallet"] == wallet]
        for id in gone:
            del kept[id]
    world.changed("statement_faults")
    return {"ok": True, "cleared": len(gone)}
