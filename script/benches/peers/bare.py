"""A bare Flask with wechatpy that says back what it hears, in safe mode and nothing more."""

import os

from flask import Flask, request
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto

app = Flask(__name__)
crypto = WeChatCrypto(os.environ["TOKEN"], os.environ["AES_KEY"], os.environ["APPID"])


@app.post("/wechat/oa")
def echo() -> str:
    """Check, open, say back, seal."""
    given = request.args
    opened = crypto.decrypt_message(
        request.data, given["msg_signature"], given["timestamp"], given["nonce"]
    )
    message = parse_message(opened)
    said = create_reply(message.content, message).render()
    return str(crypto.encrypt_message(said, given["nonce"], given["timestamp"]))
