// WeChat Pay's sheet: what is to be paid, six digits, the result; then the page hears of it.
import { byId, cover, post, yuan } from "./api.js";
import { holder, own, watch } from "./state.js";

const DIGITS = 6;
let typed = 0;
let asked = null;

function dots() {
  [...byId("wallet-dots").children].forEach((dot, index) => dot.classList.toggle("full", index < typed));
  byId("wallet-dots").setAttribute("aria-label", `已输入 ${typed} 位`);
}

function leave(result) {
  const { answer } = asked;
  asked = null;
  cover(byId("wallet"), false);
  answer(result);
}

function told(good, amount, why) {
  byId("wallet-ask").hidden = true;
  byId("wallet-done").hidden = false;
  byId("wallet-mark").textContent = good ? "✓" : "!";
  byId("wallet-mark").classList.toggle("bad", !good);
  byId("wallet-result").textContent = good ? "支付成功" : "支付没有成功";
  byId("wallet-paid").textContent = good ? amount : "";
  byId("wallet-why").textContent = why;
  byId("wallet-close").onclick = () => leave(good ? "ok" : "fail");
  byId("wallet-close").focus();
}

async function settle() {
  try {
    await post(own("/pay"), { wallet: "wechat", prepay_id: asked.sheet.prepay_id, params: asked.params });
    told(true, yuan(asked.sheet.amount), asked.sheet.mch);
  } catch (trouble) {
    told(false, "", trouble.message);
  }
}

function press(key) {
  if (!asked?.sheet || typed === DIGITS || byId("wallet-ask").hidden) return;
  typed = key === "Backspace" ? Math.max(0, typed - 1) : typed + 1;
  dots();
  if (typed === DIGITS) settle();
}

/** Ask for a payment by the parameters of getBrandWCPayRequest; `answer` gets ok, cancel or fail. */
export async function pay(params, answer) {
  if (asked) return answer("fail");
  asked = { params, answer, sheet: null };
  typed = 0;
  dots();
  byId("wallet-ask").hidden = false;
  byId("wallet-done").hidden = true;
  byId("wallet-amount").textContent = "…";
  cover(byId("wallet"), true);
  byId("wallet-cancel").focus();
  const mine = asked;
  try {
    mine.sheet = await post("/wallets/wechat/sheet", { person: holder.person.id, params });
    if (asked !== mine) return undefined;
    byId("wallet-to").textContent = `向 ${asked.sheet.mch} 付款`;
    byId("wallet-amount").textContent = yuan(asked.sheet.amount);
    byId("wallet-goods").textContent = asked.sheet.description;
    byId("wallet-keys").querySelector("button").focus();
  } catch (trouble) {
    if (asked === mine) told(false, "", trouble.message);
  }
  return undefined;
}

export function start() {
  watch((person, other) => { if (other && asked) leave("cancel"); });
  byId("wallet-cancel").addEventListener("click", () => leave("cancel"));
  byId("wallet-keys").addEventListener("click", (event) => {
    const { key } = event.target.dataset;
    if (key) press(key);
  });
  byId("wallet").addEventListener("keydown", (event) => {
    if (/^\d$/.test(event.key) || event.key === "Backspace") press(event.key);
    if (event.key === "Escape" && asked && !byId("wallet-ask").hidden) leave("cancel");
  });
}
