"""A bare Flask view that does what any settling must: verify, open, find, insert, update, commit.

Each of its threads has one prepared document, so that no two wait for one another.
"""

import base64
import itertools
import os
import threading
import uuid
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, request
from pymongo.client_session import ClientSession

from base import store

app = Flask(__name__)
db = store.connect(os.environ["MONGODB_URI"])
key = serialization.load_pem_public_key(os.environ["PUBLIC_KEY"].encode())
cipher = AESGCM(os.environ["APIV3_KEY"].encode())
mine = threading.local()
numbers = itertools.count()
scheme, digest = padding.PKCS1v15(), hashes.SHA256()


@app.post("/notices/wechat-pay")
def settle() -> tuple[str, int]:
    """Check, open, write, say yes."""
    given, body = request.headers, request.get_data()
    head = f"{given['Wechatpay-Timestamp']}\n{given['Wechatpay-Nonce']}\n".encode()
    assert isinstance(key, RSAPublicKey)
    signature = base64.b64decode(given["Wechatpay-Signature"])
    key.verify(signature, head + body + b"\n", scheme, digest)
    resource: dict[str, Any] = request.get_json()["resource"]
    cipher.decrypt(
        resource["nonce"].encode(),
        base64.b64decode(resource["ciphertext"]),
        resource["associated_data"].encode(),
    )
    if not hasattr(mine, "id"):
        mine.id = f"prepared-{next(numbers)}"
    row = db["prepared"].find_one({"_id": mine.id})
    assert row is not None
    with db.client.start_session() as session:
        session.with_transaction(lambda held: book(row, held), write_concern=db.write_concern)
    return "", 204


def book(row: dict[str, Any], session: ClientSession) -> None:
    """Insert a row and update the prepared document, guarded by its version."""
    db["prepared_facts"].insert_one({"_id": uuid.uuid4().hex, "of": row["_id"]}, session=session)
    guard = {"_id": row["_id"], "version": row["version"]}
    change = {"$set": {"state": "paid"}, "$inc": {"version": 1}}
    moved = db["prepared"].update_one(guard, change, session=session)
    assert moved.modified_count == 1
