// The left phone: list of chats, one chat, the official account's profile with follow and unfollow.
import { attempt, byId, get, h, keep, minute, post } from "./api.js";
import { brief, draw } from "./lines.js";
import { refresh } from "./people.js";
import { holder, own, watch } from "./state.js";

const NAMES = { oa: document.body.dataset.oa, mp: document.body.dataset.mp };
const THREADS = {
  oa: { title: NAMES.oa, face: "政", shade: "account" },
  notice: { title: "服务通知", face: "通", shade: "notice" },
  service: { title: `${NAMES.mp}客服`, face: "客", shade: "account" },
  sms: { title: "短信", face: "信", shade: "notice" },
};
const QUARTER_HOUR = 900;
let lines = [];
let seen = {};
let shown = "list";
let act = {};

function threadOf(line) {
  if (line.account === "sms") return "sms";
  if (line.account !== "mp") return "oa";
  return ["subscription", "note"].includes(line.kind) ? "notice" : "service";
}

const unread = (key) => lines.filter((line) => threadOf(line) === key && line.side === "account"
  && line.n > (seen[key] || 0)).length;

function row(key) {
  const { title, face, shade } = THREADS[key];
  const mine = lines.filter((line) => threadOf(line) === key);
  const count = unread(key);
  const last = mine.length ? brief(mine[mine.length - 1]) : "还没有消息";
  const badge = count ? h("span", { class: "count", "aria-label": `${count} 条未读` }, String(count)) : null;
  return h("li", {}, h("button", { type: "button", "data-thread": key, onclick: () => show(key) },
    h("span", { class: `avatar ${shade}`, "aria-hidden": true }, face), h("strong", {}, title),
    h("small", {}, last), badge));
}

function drawList() {
  const keys = Object.keys(THREADS).filter((key) => !["service", "sms"].includes(key)
    || lines.some((line) => threadOf(line) === "service"));
  const held = document.activeElement?.dataset?.thread;
  byId("threads").replaceChildren(...keys.map(row));
  if (held) byId("threads").querySelector(`[data-thread="${held}"]`)?.focus();
}

const bottom = () => { byId("chat").scrollTop = byId("chat").scrollHeight; };

function add(fresh) {
  const box = byId("chat");
  for (const line of fresh.filter((one) => threadOf(one) === shown)) {
    const last = Number(box.dataset.at || 0);
    if (line.at - last > QUARTER_HOUR) box.append(h("p", { class: "when" }, minute(line.at)));
    box.dataset.at = line.at;
    box.append(draw(line, act, NAMES));
    seen[shown] = line.n;
  }
  if (fresh.length) bottom();
}

/** Show "list", "profile", or the chat of a thread ("oa", "notice", "service"). */
export function show(where) {
  shown = where;
  const thread = THREADS[where];
  byId("chat-title").textContent = thread ? thread.title : { list: "微信", profile: "公众号" }[where];
  byId("threads").hidden = where !== "list";
  byId("profile").hidden = where !== "profile";
  byId("chat").hidden = !thread;
  byId("dock").hidden = where !== "oa" || !holder.person?.following;
  byId("chat-back").hidden = where === "list";
  byId("chat-more").hidden = where !== "oa";
  byId("chat-phone").dataset.screen = where;
  if (thread) {
    byId("chat").replaceChildren();
    byId("chat").dataset.at = 0;
    add(lines);
  } else drawList();
}

async function poll() {
  if (!holder.person) return;
  const { id } = holder.person;
  const last = lines.length ? lines[lines.length - 1].n : 0;
  const told = await get(own(`/chat?since=${last}`));
  const first = lines.length ? lines[lines.length - 1].n : 0;
  if (holder.person.id !== id || first !== last || !told.lines.length) return;
  lines.push(...told.lines);
  if (shown in THREADS) add(told.lines);
  else if (shown === "list") drawList();
}

/** Fetch new lines at once, after something was sent. */
export const hurry = () => poll().catch(() => {});

function describe(person, other) {
  byId("profile-name").textContent = NAMES.oa;
  byId("follow").hidden = person.following;
  byId("unfollow").hidden = !person.following;
  byId("open-chat").hidden = !person.following;
  if (other) {
    lines = [];
    seen = {};
    show(person.following ? "oa" : "profile");
    hurry();
  } else if (shown === "oa") byId("dock").hidden = !person.following;
}

async function follow(how) {
  const done = await attempt(how === "follow" ? "关注" : "取消关注", () => post(own(`/${how}`)));
  await refresh();
  if (done) show(how === "follow" ? "oa" : "profile");
  hurry();
}

/** Wire the phone; `acts` has open(url), choose(id, content), program(path). */
export function start(acts) {
  act = acts;
  watch(describe);
  byId("chat").addEventListener("load", bottom, true); // a picture has come and takes its room
  byId("chat-back").addEventListener("click", () => { show("list"); byId("chat-title").focus(); });
  byId("chat-more").addEventListener("click", () => show("profile"));
  byId("open-chat").addEventListener("click", () => show("oa"));
  byId("follow").addEventListener("click", () => follow("follow"));
  byId("unfollow").addEventListener("click", () => follow("unfollow"));
  keep(1, poll);
}
