// The bench's tabs, the faults to order, the platforms' clock, a mini-program's consent.
import { attempt, byId, get, keep, post, remove, toast } from "./api.js";
import { own } from "./state.js";

const FAULTS = {
  "duplicate-push": { endpoint: "push/*", kind: "duplicate" },
  "wrong-signature": { endpoint: "push/*", kind: "wrong_signature" },
  "drop-pay-notice": { endpoint: "notify/*", kind: "drop" },
  "forge-pay-notice": { endpoint: "notify/*", kind: "forged" },
  "platform-busy": { endpoint: "/cgi-bin/message/template/send", kind: "errcode", errcode: -1, errmsg: "system error" },
};
const MOMENT = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", dateStyle: "medium",
  timeStyle: "medium", hour12: false });
let ahead = 0;

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
  const words = faults.map((fault) => `${fault.kind} × ${fault.times}`).join("，");
  byId("faults-waiting").textContent = words ? `待发生：${words}` : "没有待发生的故障";
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
  document.querySelectorAll("[data-fault]").forEach((button) => button.addEventListener("click", async () => {
    await attempt("安排故障", () => post("/faults", FAULTS[button.dataset.fault]));
    await waiting();
  }));
  byId("faults-clear").addEventListener("click", () => attempt("取消", () => remove("/faults").then(waiting)));
  document.querySelectorAll("[data-advance]").forEach((button) => button.addEventListener("click",
    () => setClock({ advance_seconds: Number(button.dataset.advance) })));
  byId("clock-reset").addEventListener("click", () => setClock({ offset_seconds: 0 }));
  byId("subscribe")?.addEventListener("submit", consent);
  setInterval(tick, 1000);
  keep(5, async () => { ahead = (await get("/clock")).offset_seconds; tick(); });
  keep(2, waiting);
}
