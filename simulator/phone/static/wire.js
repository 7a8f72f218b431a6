// The log of what crossed the wire, newest first; a line opens to show both bodies.
import { byId, get, h, keep } from "./api.js";

const KEPT = 300;
// What the resident's own browser asked of the platforms: sign-in pages and cashiers.
const BROWSED = /^\/connect\/|^\/(alipay\/cashier|unionpay\/pay|gateway\/api\/front)|method=alipay\.trade\.(wap|page)\.pay/;
const WAYS = { out: ["▶", "平台推送"], in: ["◀", "系统调用"], browser: ["◆", "手机浏览"] };
let last = 0;

function pretty(text) {
  if (text.startsWith("<xml>")) return text.replace(/(^<xml>|<\/\w+>)(?=<)/g, "$1\n");
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function body(title, text) {
  return text ? [h("h4", {}, title), h("pre", { tabindex: "0" }, pretty(text))] : [];
}

function line(one) {
  const way = BROWSED.test(one.path) ? "browser" : one.way;
  const [arrow, meaning] = WAYS[way];
  const bad = one.status === null || one.status >= 400;
  const { pathname: path } = new URL(one.path, document.baseURI);
  const remark = one.note ? h("span", { class: "remark" }, one.note) : null;
  return h("li", { class: way, "data-wire": one.n, "data-way": way, "data-path": one.path },
    h("details", {},
      h("summary", {},
        h("span", { class: "arrow", role: "img", "aria-label": meaning }, arrow),
        h("span", { class: "method" }, one.method), h("span", { class: "path" }, path),
        h("span", { class: bad ? "status bad" : "status" }, one.status ?? "无应答"),
        h("span", { class: "ms" }, `${one.ms} ms`), remark),
      ...body("地址", one.path === path ? "" : one.path), ...body("请求", one.request),
      ...body("应答", one.answer)));
}

function sift() {
  const wanted = byId("wire-filter").value.trim();
  [...byId("wire").children].forEach((item) => {
    item.hidden = Boolean(wanted) && !item.dataset.path.includes(wanted);
  });
}

async function poll() {
  const { lines } = await get(`/log?since=${last}`).catch(() => {
    last = 0; // a simulator that starts again counts from one
    return { lines: [] };
  });
  if (!lines.length) return;
  last = lines[lines.length - 1].n;
  byId("wire").querySelector(".none")?.remove();
  byId("wire").prepend(...lines.map(line).reverse());
  while (byId("wire").children.length > KEPT) byId("wire").lastElementChild.remove();
  sift();
}

function clear() {
  const words = "还没有新的报文。在手机上发一条消息，这里就能看到它怎样走。";
  byId("wire").replaceChildren(h("li", { class: "none", "data-path": "" }, words));
}

export function start() {
  clear();
  byId("wire-clear").addEventListener("click", clear);
  byId("wire-filter").addEventListener("input", sift);
  keep(1, poll);
}
