"""A tiny stand-in for the service, and a world with its two ports served."""

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from flask import Flask, Response, redirect, request
from werkzeug.serving import make_server

from simulator.world import World

KEY = "A" * 43
BILL = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>缴费</title>
<script src="/h5/bill.js" defer></script></head>
<body><h1>缴费</h1><button id="pay" disabled>微信支付</button><p id="said"></p></body></html>"""
BILL_SCRIPT = """
const button = document.getElementById("pay");
button.addEventListener("click", async () => {
  const params = await (await fetch("/h5/params")).json();
  WeixinJSBridge.invoke("getBrandWCPayRequest", params, (told) => {
    document.getElementById("said").textContent = told.err_msg;
  });
});
button.disabled = false;"""
POLICY = "default-src 'none'; script-src 'none'; frame-ancestors 'none'; form-action {app}"


def config(**told):
    """Return a world.json with invented accounts and no wallets' keys."""
    keys = {"secret": "s", "token": "t", "aes_key": KEY}
    oa = keys | {"appid": "wx_oa", "original_id": "gh_oa", "name": "郎溪办事通"}
    mp = keys | {"appid": "wx_mp", "original_id": "gh_mp", "name": "郎溪办事通小程序"}
    return {"public_url": "http://127.0.0.1:9", "simulator_url": "http://127.0.0.1:9",
            "oa": oa, "mp": mp, "templates": [], "state_dir": None} | told  # fmt: skip


@contextmanager
def served(app) -> Iterator[str]:
    """Serve a WSGI app on a free loopback port; give its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def service() -> Flask:
    """Return the stand-in: pages that set cookies, redirect, upload, frame and pay."""
    app = Flask("standin")
    app.seen, app.pushes, app.notices, app.params, app.reply = [], [], [], {}, news
    app.before_request(lambda: app.seen.append(dict(request.headers)))

    @app.after_request
    def strict(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY.format(app=app.url))
        response.headers["X-Frame-Options"] = "DENY"
        return response

    @app.get("/h5/")
    def home():
        visits = int(request.cookies.get("visits", "0")) + 1
        answer = Response(f"<!doctype html><html><head lang=zh><title>首页</title></head>"
                          f"<p id=n>{visits}</p><a href='{app.url}/h5/next?a=1'>下一页</a>"
                          f"<input value='{app.url}/h5/pay/1'>", mimetype="text/html")  # fmt: skip
        answer.set_cookie("visits", str(visits), httponly=True)
        return answer

    @app.get("/h5/leave")
    def leave():
        return redirect(request.args["to"])

    @app.post("/h5/upload")
    def upload():
        return {"bytes": len(request.get_data()), "type": request.content_type}

    return app


def add_bill(app: Flask) -> None:
    """Add a page that pays through WeChat, with its script and the parameters a test set."""

    @app.get("/h5/bill")
    def bill():
        return Response(BILL, mimetype="text/html")

    @app.get("/h5/bill.js")
    def script():
        return Response(BILL_SCRIPT, mimetype="text/javascript")

    @app.get("/h5/params")
    def params():
        return app.params

    @app.post("/notices/<wallet>")
    def notice(wallet):
        app.notices.append(wallet)
        return Response("success" if wallet == "alipay" else "")


def add_pushes(app: Flask) -> None:
    """Take WeChat's pushes and answer what `app.reply` makes of them."""

    @app.post("/wechat/<account>")
    def push(account):
        app.pushes.append(request.get_data(as_text=True))
        return Response(app.reply(app.pushes[-1]), mimetype="text/xml")


def news(push: str) -> str:
    """Answer a push with one article that opens the stand-in's bill."""
    openid = re.search(r"<FromUserName><!\[CDATA\[(.*?)\]\]", push)[1]
    return (f"<xml><ToUserName>{openid}</ToUserName><FromUserName>gh_oa</FromUserName>"
            "<CreateTime>1</CreateTime><MsgType>news</MsgType><ArticleCount>1</ArticleCount>"
            "<Articles><item><Title>缴费单</Title><Description>证书工本费</Description>"
            "<PicUrl></PicUrl><Url>/h5/bill</Url></item></Articles></xml>")  # fmt: skip


@contextmanager
def street(simulator_app, browser_app, world: World) -> Iterator[tuple[Flask, str, str]]:
    """Serve service, simulator and browser; give the service and the addresses of the others."""
    app = service()
    add_bill(app)
    add_pushes(app)
    with ExitStack() as stack:
        app.url = stack.enter_context(served(app))
        world.config["public_url"] = app.url
        world.config["simulator_url"] = stack.enter_context(served(simulator_app))
        browser = stack.enter_context(served(browser_app))
        world.config["browser_url"] = browser
        yield app, world.config["simulator_url"], browser
