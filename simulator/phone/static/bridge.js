// What WeChat puts into every page of its web view: WeixinJSBridge and a small wx.
// Payments go to the phone page around this one; in a window of its own a plain sheet asks, as it
// does for leave to send notices (the tag wx-open-subscribe).
(() => {
  const phone = document.currentScript.dataset.phone;
  const framed = window.parent !== window;
  const waiting = new Map();
  let count = 0;

  function tell(message) {
    if (framed) window.parent.postMessage({ from: "web-view", ...message }, phone);
  }

  function ask(kind, told, answered) {
    count += 1;
    waiting.set(count, answered);
    tell({ kind, id: count, ...told });
  }

  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.origin !== phone) return;
    const { kind, id, result } = event.data;
    if (kind === "answer" && waiting.has(id)) {
      waiting.get(id)(result);
      waiting.delete(id);
    }
    if (kind === "back") window.history.back();
    if (kind === "reload") window.location.reload();
  });

  function pay(params, answered) {
    if (framed) ask("pay", { params }, answered);
    else sheet("pay", PAY, (yes) => yes ? settle(params) : "cancel").then(answered);
  }

  function element(tag, text, styles) {
    const made = document.createElement(tag);
    made.textContent = text;
    Object.assign(made.style, styles);
    return made;
  }

  const PAY = { title: "微信支付", asks: "微信支付（模拟）：确认支付这笔费用？", yes: "支付",
    no: "取消" };
  const LEAVE = { title: "订阅通知", asks: "服务号（模拟）：允许向您发送这些通知？", yes: "允许",
    no: "拒绝" };

  async function sheet(name, words, act) {
    const button = { font: "inherit", padding: "12px 24px", margin: "8px 12px 0 0", border: "0",
      borderRadius: "6px", color: "#fff", background: "#06753c" };
    const box = element("div", "", { position: "fixed", inset: "auto 0 0 0", zIndex: "2147483647",
      padding: "20px 24px 28px", background: "#fff", color: "#191919", font: "16px sans-serif",
      boxShadow: "0 -4px 24px rgba(0,0,0,.35)" });
    const said = element("p", words.asks, { margin: "0 0 8px" });
    const yes = element("button", words.yes, button);
    const no = element("button", words.no, { ...button, color: "#191919", background: "#e4e4e4" });
    box.id = `phone-${name}-sheet`;
    box.setAttribute("role", "dialog");
    box.setAttribute("aria-label", words.title);
    yes.id = `phone-${name}-yes`;
    no.id = `phone-${name}-no`;
    box.append(said, yes, no);
    document.body.append(box);
    yes.focus();
    const chosen = await new Promise((choose) => {
      yes.addEventListener("click", () => choose(true));
      no.addEventListener("click", () => choose(false));
    });
    yes.disabled = no.disabled = true;
    const result = await act(chosen);
    box.remove();
    return result;
  }

  function post(path, told) {
    const headers = { "Content-Type": "application/json" };
    const body = JSON.stringify(told);
    return fetch(path, { method: "POST", headers, body }).catch(() => null);
  }

  async function settle(params) {
    const prepay = params.package.replace("prepay_id=", "");
    const answer = await post("/_phone/pay", { params, prepay_id: prepay });
    return answer && answer.ok ? "ok" : "fail";
  }

  // The tag shows what its template holds, out of reach of the page's styles, and asks on a click.
  class OpenSubscribe extends HTMLElement {
    connectedCallback() {
      const held = this.querySelector("script[type='text/wxtag-template'], template");
      const inside = new DOMParser().parseFromString(held.textContent || held.innerHTML, "text/html");
      const styles = [...inside.querySelectorAll("style")];
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(styles.map((each) => each.textContent).join("\n"));
      styles.forEach((each) => each.remove());
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet];
      root.append(...inside.body.childNodes);
      this.addEventListener("click", () => consent(this));
    }
  }

  async function consent(tag) {
    const ids = tag.getAttribute("template").split(",").map((each) => each.trim());
    const [name, detail] = await sheet("subscribe", LEAVE, async (accept) => {
      const answer = await post("/_phone/subscribe", { template_ids: ids, accept });
      const failed = { errCode: 10003, errMsg: "Request subscribe fail" };
      if (!answer || !answer.ok) return ["error", answer ? await answer.json() : failed];
      const status = JSON.stringify({ status: accept ? "accept" : "reject" });
      const told = Object.fromEntries(ids.map((each) => [each, status]));
      return ["success", { errMsg: "subscribe:ok", subscribeDetails: JSON.stringify(told) }];
    });
    tag.dispatchEvent(new CustomEvent(name, { detail }));
  }

  function close() {
    if (framed) tell({ kind: "close" });
    else window.close();
  }

  function invoke(name, params, answered = () => {}) {
    if (name === "getBrandWCPayRequest") {
      pay(params, (result) => answered({ err_msg: `get_brand_wcpay_request:${result}` }));
    } else if (name === "closeWindow") {
      close();
      answered({ err_msg: "close_window:ok" });
    } else if (name === "getNetworkType") {
      answered({ err_msg: "network_type:wifi" });
    } else {
      answered({ err_msg: "system:function_not_exist" });
    }
  }

  window.WeixinJSBridge = {
    invoke,
    call: (name) => invoke(name, {}),
    on: () => {},
  };
  window.__wxjs_environment = "browser";

  function chooseWXPay(options) {
    const { timestamp, ...rest } = options;
    pay({ timeStamp: String(timestamp), ...rest }, (result) => {
      const told = { errMsg: `chooseWXPay:${result}` };
      const then = { ok: options.success, cancel: options.cancel }[result] || options.fail;
      if (then) then(told);
      if (options.complete) options.complete(told);
    });
  }

  const signed = { ready: [], error: [] };
  const TAG = "wx-open-subscribe";

  async function config({ appId, timestamp, nonceStr, signature, openTagList = [] }) {
    const page = window.location.pathname + window.location.search;
    const told = new URLSearchParams({ appId, timestamp, nonceStr, signature, page });
    const answer = await fetch(`/_phone/jssdk?${told}`).catch(() => null);
    const good = Boolean(answer && answer.ok);
    const errMsg = good ? "config:ok" : "config:invalid signature";
    if (good && openTagList.includes(TAG) && !customElements.get(TAG)) {
      customElements.define(TAG, OpenSubscribe);
    }
    (good ? signed.ready : signed.error).forEach((act) => act({ errMsg }));
  }

  function getLocation({ success = () => {}, complete = () => {} }) {
    const place = { latitude: 31.1284, longitude: 119.1846, accuracy: 30, speed: 0 };
    success({ ...place, errMsg: "getLocation:ok" });
    complete({ ...place, errMsg: "getLocation:ok" });
  }

  window.wx = {
    config,
    ready: (act) => signed.ready.push(act),
    error: (act) => signed.error.push(act),
    getLocation,
    checkJsApi: ({ jsApiList = [], success = () => {} }) => success({
      errMsg: "checkJsApi:ok",
      checkResult: Object.fromEntries(jsApiList.map((name) => [name, name in window.wx])),
    }),
    chooseWXPay,
    closeWindow: close,
    miniProgram: { getEnv: (act) => act({ miniprogram: false }) },
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.dispatchEvent(new Event("WeixinJSBridgeReady"));
  });
  function here() {
    tell({ kind: "at", path: window.location.pathname + window.location.search,
      title: document.title });
  }
  window.addEventListener("pageshow", here);
})();
