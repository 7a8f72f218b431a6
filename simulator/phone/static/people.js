// Chooses and invents the phone's holder; the choice lasts over a reload.
import { attempt, byId, get, h, post } from "./api.js";
import { hold, holder, watch } from "./state.js";

const KEPT = "phone-person";
const OWNER = [["姓名", "name"], ["昵称", "nickname"], ["身份证号", "id_number"], ["手机号", "phone"],
  ["公众号 openid", "oa_openid"], ["小程序 openid", "mp_openid"], ["unionid", "unionid"], ["编号", "id"]];

async function list() {
  const { people } = await get("/people");
  byId("person").replaceChildren(...people.map((person) => h("option", { value: person.id },
    `${person.name}（${person.nickname}）`)));
  return people;
}

async function choose(id) {
  hold(await get(`/people/${id}`));
  byId("person").value = id;
  localStorage.setItem(KEPT, id);
}

async function invent() {
  const person = await post("/people");
  await list();
  await choose(person.id);
}

/** Ask the control API anew about the holder. */
export async function refresh() {
  if (holder.person) hold(await get(`/people/${holder.person.id}`));
}

function describe(person) {
  const rows = OWNER.flatMap(([label, key]) => [h("dt", {}, label), h("dd", {}, person[key] || "—")]);
  byId("owner").replaceChildren(...rows);
}

/** Start with the person of the address (?person=…), the last one chosen, anybody, or a new one. */
export async function start() {
  watch(describe);
  byId("person").addEventListener("change", (event) => attempt("切换", () => choose(event.target.value)));
  byId("person-new").addEventListener("click", () => attempt("新建", invent));
  const people = await list();
  const wanted = [new URLSearchParams(location.search).get("person"), localStorage.getItem(KEPT)];
  const found = wanted.map((id) => people.find((person) => person.id === id)).find(Boolean);
  const person = found || people[people.length - 1];
  await (person ? choose(person.id) : invent());
}
