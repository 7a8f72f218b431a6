// The control API, small DOM helpers, and the short message at the bottom of the page.
const CONTROL = "/control/v1";

async function call(method, path, body) {
  const told = { method, headers: {} };
  if (body !== undefined) {
    told.body = JSON.stringify(body);
    told.headers["Content-Type"] = "application/json";
  }
  const answer = await fetch(CONTROL + path, told);
  const read = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(read.message || read.error || `HTTP ${answer.status}`);
  return read;
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);
export const remove = (path) => call("DELETE", path);

export const byId = (id) => document.getElementById(id);

/** Make an element: attributes (on… are listeners, null and false are left out), then children. */
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

let hiding = 0;
export function toast(text) {
  byId("toast").textContent = text;
  clearTimeout(hiding);
  hiding = setTimeout(() => { byId("toast").textContent = ""; }, 4000);
}

/** Do something that may fail; a failure is told in a toast. */
export async function attempt(what, act) {
  try {
    return await act();
  } catch (trouble) {
    toast(`${what}没有成功：${trouble.message}`);
    return null;
  }
}

/** Run `act` again and again, `seconds` apart; rest while the page is not seen. */
export async function keep(seconds, act) {
  for (;;) {
    if (!document.hidden) await act().catch(() => {});
    await new Promise((wake) => { setTimeout(wake, seconds * 1000); });
  }
}

/** Open or close a sheet of a phone; what lies beneath cannot be reached meanwhile. */
export function cover(sheet, open) {
  for (const other of sheet.parentElement.children) {
    if (other !== sheet && other.tagName !== "DIALOG") other.inert = open;
  }
  if (open) sheet.show();
  else sheet.close();
}

const MINUTE = new Intl.DateTimeFormat("zh-CN", { timeZone: "Asia/Shanghai", month: "numeric",
  day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
export const minute = (seconds) => MINUTE.format(new Date(seconds * 1000));

export const yuan = (fen) => `¥${(fen / 100).toFixed(2)}`;
