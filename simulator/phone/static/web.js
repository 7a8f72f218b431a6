// The right phone: the app's pages in WeChat's web view, and in the browser outside it.
import { byId, toast } from "./api.js";
import { pay } from "./wallet.js";
import { holder, watch } from "./state.js";

const { browser, outside, app, home } = document.body.dataset;
const ORIGINS = { inside: new URL(browser).origin, outside: new URL(outside).origin };
let at = home;

function face(where) {
  const out = where === "outside";
  byId("web-phone").classList.toggle("outside", out);
  byId("web-phone").dataset.screen = where;
  byId("web-empty").hidden = where !== "empty";
  byId("web").hidden = where !== "inside";
  byId("outside").hidden = !out;
  byId("address-bar").hidden = !out;
  byId("web-back").hidden = where !== "inside";
  byId("web-outside").hidden = where !== "inside";
  byId("web-inside").hidden = !out;
  byId("web-title").textContent = out ? "手机浏览器" : "网页";
}

const enter = (origin, to) => `${origin}/_phone/as/${holder.person.id}?to=${encodeURIComponent(to)}`;

/** Open an address in WeChat's web view. */
export function open(url) {
  if (!url || !holder.person) return;
  face("inside");
  byId("web").src = enter(ORIGINS.inside, url);
}

/** Open an address in the phone's own browser, outside WeChat. */
export function openOutside(url) {
  face("outside");
  byId("address").value = new URL(url, app).href;
  byId("outside").src = enter(ORIGINS.outside, url);
}

export const program = (path) => toast(`小程序页面 ${path}：模拟手机还不能运行小程序`);

function hear(event) {
  if (event.source !== byId("web").contentWindow || event.origin !== ORIGINS.inside) return;
  const { from, kind, id, params, path, title } = event.data;
  if (from !== "web-view") return;
  const answer = (result) => event.source.postMessage({ kind: "answer", id, result }, ORIGINS.inside);
  if (kind === "pay") pay(params, answer);
  if (kind === "close") face("empty");
  if (kind === "at") {
    at = path;
    byId("web-title").textContent = title || "网页";
    byId("web").dataset.path = path;
  }
}

const tell = (kind) => byId("web").contentWindow.postMessage({ kind }, ORIGINS.inside);

/** Wire the phone; another holder starts with an empty one. */
export function start() {
  window.addEventListener("message", hear);
  byId("web-open").addEventListener("click", () => open(home));
  byId("web-home").addEventListener("click", () => open(home));
  byId("web-back").addEventListener("click", () => tell("back"));
  byId("web-reload").addEventListener("click", () => (byId("outside").hidden ? tell("reload")
    : openOutside(byId("address").value)));
  byId("web-outside").addEventListener("click", () => openOutside(at));
  byId("web-inside").addEventListener("click", () => face(byId("web").src ? "inside" : "empty"));
  byId("web-actions").addEventListener("click", (event) => {
    if (event.target.tagName === "BUTTON") byId("web-actions").open = false;
  });
  byId("address-bar").addEventListener("submit", (event) => {
    event.preventDefault();
    openOutside(byId("address").value.trim());
  });
  watch((person, other) => { if (other) face("empty"); });
}
