// The bench's tabs, the faults to order, the platforms' clock, a mini-program's consent.
import { attempt, byId, get, keep, post, remove, toast } from "./api.js";
import { own } from "./state.js";

const FAULTS = {
  "drop-pay-notice": { endpoint: "notify/*", kind: "drop" },
  "forge-pay-notice": { endpoint: "notify/*", kind: "forged" },
  "platform-busy": { endpoint: "/cgi-bin/message/template/send", kind: "errcode", errcode: -1, errmsg: "system error" },
};
// These spoil the next push of this phone only; they travel with what the resident does next.
const PUSHES = { "duplicate-push": { duplicates: 1 }, "wrong-signature": { forge: "signature" } };
const WORDS = { duplicates: "重复推送", forge: "错误签名", drop: "丢失支付通知", forged: "伪造支付通知", errcode: "平台繁忙" };
const MOMENT = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", dateStyle: "medium",
  timeStyle: "medium", hour12: false });
let ahead = 0;
let spoiled = {};

/** Return how the next push is to misbehave, once; null for a healthy one. */
export function ordered() {
  const taken = spoiled;
  spoiled = {};
  waiting();
  return Object.keys(taken).length ? taken : null;
}

function show(tab) {
  document.querySelectorAll("[role=tab]").forEach((one) => {
    one.setAttribute("aria-selected", String(one === tab));
    one.tabIndex = one === tab ? 0 : -1;
    byId(one.getAttribute("aria-controls")).hidden = one !== tab;
  });
  tab.focus();
}

function tabs() {
  const all = [...document.querySelectorAll("[role=tab]")];
  all.forEach((tab, index) => {
    tab.addEventListener("click", () => show(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) show(all[(index + step + all.length) % all.length]);
    });
  });
}

async function waiting() {
  const { faults } = await get("/faults");
  const named = [...Object.keys(spoiled), ...faults.map((fault) => fault.kind)];
  const words = named.map((kind) => WORDS[kind] || kind).join("，");
  byId("faults-waiting").textContent = words ? `待发生：${words}` : "没有待发生的故障";
}

async function order(name) {
  if (name in PUSHES) spoiled = { ...spoiled, ...PUSHES[name] };
  else await post("/faults", FAULTS[name]);
  await waiting();
}

async function setClock(told) {
  const clock = await attempt("拨钟", () => post("/clock", told));
  if (clock) ahead = clock.offset_seconds;
}

function tick() {
  byId("clock").textContent = MOMENT.format(new Date(Date.now() + ahead * 1000));
}

async function consent(event) {
  event.preventDefault();
  const accept = event.submitter.dataset.accept === "true";
  const template = byId("subscribe-template").value;
  const done = await attempt("授权", () => post(own("/subscribe"), { template_ids: [template], accept }));
  if (done) toast(accept ? "已允许一次" : "已拒绝");
}

export function start() {
  tabs();
  document.querySelectorAll("[data-fault]").forEach((button) => button.addEventListener("click",
    () => attempt("安排故障", () => order(button.dataset.fault))));
  byId("faults-clear").addEventListener("click", () => attempt("取消", async () => {
    spoiled = {};
    await remove("/faults");
    await waiting();
  }));
  document.querySelectorAll("[data-advance]").forEach((button) => button.addEventListener("click",
    () => setClock({ advance_seconds: Number(button.dataset.advance) })));
  byId("clock-reset").addEventListener("click", () => setClock({ offset_seconds: 0 }));
  byId("subscribe")?.addEventListener("submit", consent);
  setInterval(tick, 1000);
  keep(5, async () => { ahead = (await get("/clock")).offset_seconds; tick(); });
  keep(2, waiting);
}
