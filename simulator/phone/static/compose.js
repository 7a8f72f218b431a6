// What the resident sends: text, image, location, voice, scan, and taps on the account's menu.
import { attempt, byId, cover, get, h, keep, post, toast } from "./api.js";
import { ordered } from "./bench.js";
import { hurry } from "./chat.js";
import { refresh } from "./people.js";
import { holder, own, watch } from "./state.js";

let menuText = "";

async function deliver(what, path, body) {
  const push = ordered();
  const done = await attempt(what, () => post(own(path), push ? { ...body, push } : body));
  const failed = (done?.deliveries || []).every((one) => !one.status || one.status >= 400);
  if (done?.deliveries?.length && failed) toast("系统没有收下这条消息，见右侧报文");
  hurry();
  return done;
}

const sendText = (content, more = {}) => deliver("发送", "/text", { content, ...more });

/** Tap a choice of a menu message: WeChat sends its words, and its id beside them. */
export const choose = (id, content) => sendText(content, { bizmsgmenuid: id });

const base64 = (file) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(String(reader.result).split(",")[1]);
  reader.onerror = () => failed(new Error("读不出文件"));
  reader.readAsDataURL(file);
});

const SENDERS = {
  async image() {
    const [file] = byId("image-file").files;
    await deliver("发送图片", "/image", { data: await base64(file), content_type: file.type });
  },
  location: () => deliver("发送位置", "/location", {
    latitude: Number(byId("latitude").value),
    longitude: Number(byId("longitude").value),
    label: byId("spot").value,
  }),
  voice: () => deliver("发送语音", "/voice", { recognition: byId("recognition").value }),
  async scan() {
    await deliver("扫码", "/scan", { scene: byId("scene").value });
    await refresh();
  },
};

function wireDrawers() {
  document.querySelectorAll("[data-extra]").forEach((button) => button.addEventListener("click", () => {
    cover(byId(`extra-${button.dataset.extra}`), true);
    byId(`extra-${button.dataset.extra}`).querySelector("input, select").focus();
  }));
  document.querySelectorAll(".drawer").forEach((drawer) => {
    const leave = () => { cover(drawer, false); byId("more").focus(); };
    drawer.querySelector("[data-close]").addEventListener("click", leave);
    drawer.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });
    drawer.querySelector("form").addEventListener("submit", async (event) => {
      const form = event.target;
      leave();
      byId("extras").hidden = true;
      byId("more").setAttribute("aria-expanded", "false");
      await SENDERS[form.dataset.send]();
      form.reset();
    });
  });
  byId("spot").addEventListener("change", () => {
    const { latitude, longitude } = byId("spot").selectedOptions[0].dataset;
    byId("latitude").value = latitude;
    byId("longitude").value = longitude;
  });
}

function press(button, open) {
  const kinds = { view: () => open(button.url), miniprogram: () => open(button.url) };
  deliver("点菜单", "/menu", button.key ? { key: button.key } : { url: button.url });
  (kinds[button.type] || (() => {}))();
}

function group(button, index, open) {
  const list = h("ul", { id: `menu-${index}`, hidden: true }, ...button.sub_button.map((sub) => h("li", {},
    h("button", { type: "button", "data-menu": sub.name, onclick: () => { fold(); press(sub, open); } }, sub.name))));
  const top = h("button", { type: "button", "data-menu": button.name, "aria-expanded": "false",
    "aria-controls": `menu-${index}` }, button.name);
  top.addEventListener("click", () => {
    const closed = list.hidden;
    fold();
    list.hidden = !closed;
    top.setAttribute("aria-expanded", String(closed));
  });
  return h("div", {}, top, list);
}

function fold() {
  byId("menu").querySelectorAll("ul").forEach((list) => { list.hidden = true; });
  byId("menu").querySelectorAll("[aria-expanded]").forEach((top) => top.setAttribute("aria-expanded", "false"));
}

function drawMenu(buttons, open) {
  const text = JSON.stringify(buttons);
  if (text === menuText) return;
  menuText = text;
  byId("menu").replaceChildren(...buttons.map((button, index) => (button.sub_button?.length
    ? group(button, index, open)
    : h("div", {}, h("button", { type: "button", "data-menu": button.name,
      onclick: () => press(button, open) }, button.name)))));
}

/** Wire the dock; `open(url)` shows a page in the other phone. */
export function start(open) {
  byId("compose").addEventListener("submit", (event) => {
    event.preventDefault();
    const content = byId("message").value.trim();
    byId("message").value = "";
    if (content) sendText(content);
  });
  byId("more").addEventListener("click", () => {
    byId("extras").hidden = !byId("extras").hidden;
    byId("more").setAttribute("aria-expanded", String(!byId("extras").hidden));
  });
  document.addEventListener("click", (event) => { if (!byId("menu").contains(event.target)) fold(); });
  byId("menu").addEventListener("keydown", (event) => { if (event.key === "Escape") fold(); });
  wireDrawers();
  watch((person, other) => {
    fold();
    if (other) document.querySelectorAll(".drawer[open]").forEach((drawer) => cover(drawer, false));
  });
  keep(3, async () => {
    if (!holder.person) return;
    const told = await get("/menu");
    drawMenu(told.button, open);
    byId("scenes").replaceChildren(...told.scenes.map((scene) => h("option", { value: scene })));
  });
}
