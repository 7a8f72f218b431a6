// Draws one line of a chat as WeChat shows it: bubbles for people, cards for templates and news.
import { h } from "./api.js";

const LINK = /<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>([\s\S]*?)<\/a>|(https?:\/\/[^\s<>"，。；）]+)/gi;
const CHOICE = /^weixin:\/\/bizmsgmenu\?/i;
const SVG = "http://www.w3.org/2000/svg";

/** Text with the links WeChat knows: <a href> and bare addresses; the rest stays plain. */
function linked(text, act) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    const [all, href, label, bare] = found;
    parts.push(text.slice(from, found.index), link(href || bare, label || bare, act));
    from = found.index + all.length;
  }
  return [...parts, text.slice(from)];
}

function link(href, label, act) {
  const open = (event) => {
    event.preventDefault();
    if (!CHOICE.test(href)) return act.open(href);
    const told = new URLSearchParams(href.slice(href.indexOf("?")));
    return act.choose(told.get("msgmenuid"), told.get("msgmenucontent"));
  };
  return h("a", { href, onclick: open }, label);
}

function map() {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 224 84");
  drawing.setAttribute("aria-hidden", "true");
  const shapes = [["rect", { width: 224, height: 84, fill: "#e4efe2" }],
    ["path", { d: "M0 24 224 66M96 0V84M0 60H224", stroke: "#fff", "stroke-width": 8, fill: "none" }],
    ["path", { d: "M112 54c-9-13-13-17-13-24a13 13 0 0 1 26 0c0 7-4 11-13 24z", fill: "#b3261e" }],
    ["circle", { cx: 112, cy: 30, r: 5, fill: "#fff" }]];
  for (const [tag, attributes] of shapes) {
    const shape = document.createElementNS(SVG, tag);
    Object.entries(attributes).forEach(([name, value]) => shape.setAttribute(name, value));
    drawing.append(shape);
  }
  return drawing;
}

function place(line) {
  const where = `${line.latitude}，${line.longitude}`;
  return h("div", { class: "place" }, h("strong", {}, line.label || "位置"), h("small", {}, where), map());
}

function picture(line) {
  const shown = line.url ? h("img", { src: line.url, alt: "图片" }) : h("span", {}, "［图片］");
  return h("div", { class: "bubble picture" }, shown);
}

function voice(line) {
  const heard = line.text ? h("small", { class: "fine" }, `识别：${line.text}`) : null;
  return h("div", { class: "bubble" }, "◖)) 语音 ", heard);
}

function choices(line, act) {
  const buttons = line.choices.map((choice) => h("button", { type: "button", class: "choice",
    "data-choice": choice.id, onclick: () => act.choose(choice.id, choice.content) }, choice.content));
  return h("div", { class: "bubble" }, line.head || "", ...buttons, line.tail || "");
}

const BUBBLES = {
  text: (line, act) => h("div", { class: "bubble" }, ...linked(line.text || "", act)),
  image: picture,
  voice,
  location: place,
  menu: choices,
};

function go(words, open) {
  return h("button", { type: "button", class: "go", onclick: open }, words);
}

function opens(line, act) {
  if (line.url) return go("查看详情", () => act.open(line.url));
  if (line.miniprogram) return go("进入小程序查看", () => act.program(line.miniprogram.pagepath));
  return null;
}

function notice(line, act, names) {
  const rows = line.fields.flatMap((field) => [h("dt", {}, field.label || field.key), h("dd", {}, field.value)]);
  const from = line.kind === "subscription" ? h("span", { class: "from" }, names[line.account]) : null;
  return h("article", { class: "paper" }, from, h("h3", {}, line.title), h("dl", {}, ...rows), opens(line, act));
}

function news(line, act) {
  const papers = line.articles.map((article) => h("article", { class: "paper" },
    article.picture ? h("img", { src: article.picture, alt: "" }) : null,
    h("h3", {}, article.title), h("p", {}, article.description || ""),
    article.url ? go("阅读全文", () => act.open(article.url)) : null));
  return h("div", {}, ...papers);
}

const CARDS = {
  template: notice,
  subscription: notice,
  news,
  miniprogram: (line, act) => h("article", { class: "paper" }, h("h3", {}, line.title),
    go("进入小程序", () => act.program(line.pagepath))),
};

/** Return a line as an element; `act` has open(url), choose(id, content), program(path). */
export function draw(line, act, names) {
  const marks = { "data-line": line.n, "data-kind": line.kind, "data-side": line.side };
  if (line.kind in CARDS) {
    return h("div", { ...marks, class: "line card" }, CARDS[line.kind](line, act, names));
  }
  if (line.kind in BUBBLES && line.side !== "note") {
    const mine = line.side === "resident";
    const face = h("div", { class: mine ? "avatar" : "avatar account", "aria-hidden": true }, mine ? "我" : "政");
    const who = h("span", { class: "unseen" }, mine ? "我说：" : `${names[line.account] || "短信"}说：`);
    return h("div", { ...marks, class: `line ${line.side}` }, face, who, BUBBLES[line.kind](line, act));
  }
  return h("p", { ...marks, class: "note" }, line.text || `［${line.kind}］`);
}

/** Return what the list of chats shows of a line. */
export function brief(line) {
  const words = { image: "［图片］", voice: "［语音］", location: "［位置］", news: "［图文］" };
  return (words[line.kind] || line.text || line.title || line.head || "").replace(/<[^>]*>/g, "");
}
