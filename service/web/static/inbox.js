// The inbox by keyboard and by mouse: decisions without leaving the list, and what others do as they do it.
import { Refused, announce, listen, onKeys, say, send } from "./desk.js";

const list = document.getElementById("list");
const rows = () => [...document.querySelectorAll(".finding")];
const row = () => document.activeElement.closest(".finding") ?? document.querySelector(".finding.current");
const link = (item) => item.querySelector("h2 a");
const mine = new Set(); // versions that this page made, so that its own events are no news
let last = null; // the row that was decided last

function go(item) {
  for (const other of document.querySelectorAll(".finding.current")) other.classList.remove("current");
  item.classList.add("current");
  link(item).focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = rows();
  const at = all.indexOf(row());
  const next = all[at + step] ?? (at < 0 ? all[0] : null);
  if (next) go(next);
  else announce(say("end"));
}

function show(item, found) {
  item.dataset.status = found.status;
  item.dataset.version = found.version;
  item.querySelector('input[name="version"]').value = found.version;
  const label = item.querySelector(".status");
  label.className = `status status-${found.status}`;
  label.textContent = say(found.status);
  item.querySelector('[data-does="undo"]').hidden = !found.can_undo;
}

function complain(item, message) {
  let place = item.querySelector(".row-problem");
  if (!place) {
    place = document.createElement("p");
    place.className = "row-problem";
    place.setAttribute("role", "alert");
    item.append(place);
  }
  place.textContent = message;
}

async function act(item, path, fields) {
  item.classList.add("busy");
  item.querySelector(".row-problem")?.remove();
  try {
    const found = await send(`/contradictions/${item.dataset.id}/${path}`, { ...fields, version: item.dataset.version });
    mine.add(`${found.id} ${found.status}`);
    show(item, found);
    last = item;
    return found;
  } catch (error) {
    if (error instanceof Refused && error.found.version) show(item, error.found);
    throw error;
  } finally {
    item.classList.remove("busy");
  }
}

async function decide(item, status) {
  try {
    const found = await act(item, "review", { status });
    announce(say("decided", { status: say(found.status) }));
    if (item.contains(document.activeElement) && rows().at(-1) !== item) move(1);
  } catch (error) {
    complain(item, error.message);
  }
}

async function undo(item = last ?? row()) {
  if (!item || item.querySelector('[data-does="undo"]')?.hidden) {
    announce(say("nothing"));
    return;
  }
  try {
    const found = await act(item, "undo", {});
    announce(say("undone", { status: say(found.status) }));
    last = null;
    go(item);
  } catch (error) {
    complain(item, error.message);
  }
}

// --- asking why -----------------------------------------------------------------------------------------------------------

const dialog = document.getElementById("decide");
const form = document.getElementById("decide-form");
const problem = document.getElementById("decide-problem");
const note = document.getElementById("decide-note");
let asked = null; // the row and the status that the dialog is about

function ask(item, status) {
  if (!dialog || !item) return;
  if (asked?.item !== item || asked?.status !== status) form.reset(); // what was typed for this one stays
  asked = { item, status };
  problem.replaceChildren();
  document.getElementById("decide-title").textContent = item.querySelector(`[data-does="${status}"]`).firstChild.textContent.trim();
  document.getElementById("decide-about").textContent = link(item).textContent.trim();
  document.getElementById("decide-reasons").hidden = status !== "dismissed";
  document.getElementById("decide-send").textContent = document.getElementById("decide-title").textContent.replace("…", "");
  dialog.showModal();
  (status === "dismissed" ? form.querySelector("input[name=reason]") : note).focus();
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { item, status } = asked;
  const reason = status === "dismissed" ? new FormData(form).get("reason") ?? "" : "";
  const button = document.getElementById("decide-send");
  button.disabled = true;
  try {
    await act(item, "review", { status, reason, note: note.value });
    asked = null;
    form.reset();
    dialog.close();
    announce(say("decided", { status: say(status) }));
    go(item);
    if (rows().at(-1) !== item) move(1);
  } catch (error) {
    problem.textContent = error.message;
    if (error.status === 401) problem.append(" ", signIn());
  } finally {
    button.disabled = false;
  }
});

form?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.target.type === "radio")) {
    event.preventDefault();
    form.requestSubmit();
  }
});

dialog?.addEventListener("close", () => { if (asked) go(asked.item); });

function signIn() {
  const found = document.createElement("a");
  found.href = "/sign-in";
  found.target = "_blank";
  found.rel = "noopener";
  found.textContent = say("sign_in");
  return found;
}

// --- mouse and keys -------------------------------------------------------------------------------------------------------

list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-does]");
  if (!button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const item = button.closest(".finding");
  const what = button.dataset.does;
  if (what === "undo") undo(item);
  else if (what === "confirmed") decide(item, what);
  else ask(item, what);
});

list.addEventListener("focusin", (event) => {
  const item = event.target.closest(".finding");
  for (const other of document.querySelectorAll(".finding.current")) if (other !== item) other.classList.remove("current");
  item?.classList.add("current");
});

const can = (act_) => () => { if (dialog && row()) act_(row()); };
onKeys({
  j: () => move(1),
  k: () => move(-1),
  c: can((item) => decide(item, "confirmed")),
  d: can((item) => ask(item, "dismissed")),
  r: can((item) => ask(item, "resolved")),
  u: () => { if (dialog) undo(); },
});

sessionStorage.setItem("desk.list", JSON.stringify(rows().map((item) => item.dataset.id)));

// --- what others do -------------------------------------------------------------------------------------------------------

const fresh = document.getElementById("fresh");
const live = document.getElementById("live");
let arrived = 0;

function passes(data) {
  const { status, relation, kind, min } = list.dataset;
  return (status === "all" || status === data.status) && (!relation || relation === data.relation)
    && (!kind || kind === data.kind) && (!min || data.probability * 100 >= Number(min));
}

listen(list.dataset.after, ({ type, data }) => {
  if (type === "contradiction.created" && passes(data)) {
    arrived += 1;
    fresh.hidden = false;
    fresh.firstElementChild.textContent = arrived === 1 ? say("fresh_one") : say("fresh_many", { count: arrived });
  }
  const item = type === "contradiction.updated" ? document.getElementById(data.id) : null;
  if (!item || mine.delete(`${data.id} ${data.status}`) || item.classList.contains("busy") || item.dataset.status === data.status) return;
  item.dataset.status = data.status;
  const label = item.querySelector(".status");
  label.className = `status status-${data.status}`;
  label.textContent = say(data.status);
  complain(item, say("elsewhere", { status: say(data.status) }));
}, (state) => {
  live.className = `live scripted ${state === "live" ? "on" : "off"}`;
  live.textContent = say(state);
});
