// Chooses and invents the phone's holder; the choice lasts over a reload.
import { attempt, byId, get, h, keep, post } from "./api.js";
import { hold, holder, watch } from "./state.js";

const KEPT = "phone-person";
const OWNER = [["姓名", "name"], ["昵称", "nickname"], ["身份证号", "id_number"], ["手机号", "phone"],
  ["公众号 openid", "oa_openid"], ["小程序 openid", "mp_openid"], ["unionid", "unionid"], ["编号", "id"]];

let listed = "";

async function list() {
  const { people } = await get("/people");
  const names = people.map((person) => [person.id, `${person.name}（${person.nickname}）`]);
  if (listed !== JSON.stringify(names)) {
    listed = JSON.stringify(names);
    byId("person").replaceChildren(...names.map(([value, name]) => h("option", { value }, name)));
    byId("person").value = holder.person?.id;
  }
  return people;
}

/** Others may invent people too, and a reset forgets everybody. */
async function follow() {
  const people = await list();
  if (people.some((person) => person.id === holder.person.id)) return;
  await (people.length ? choose(people[people.length - 1].id) : invent());
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
  keep(5, follow);
}
