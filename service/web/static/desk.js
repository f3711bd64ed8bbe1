// What every page shares: words, announcements, dialogs, keys, and talking to the server.

document.documentElement.classList.add("js");

const store = document.getElementById("words");
const words = store ? JSON.parse(store.textContent) : {};

/** The text under a key of the catalogue with its {names} filled in. */
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

const said = document.getElementById("said");
let quiet;

/** Shows a short message at the foot of the page and reads it out. */
export function announce(message) {
  said.textContent = message;
  clearTimeout(quiet);
  quiet = setTimeout(() => { said.textContent = ""; }, 6000);
}

/** An answer that is no success: `status` 0 where the server did not answer. */
export class Refused extends Error {
  constructor(status, found) {
    super(found.message ?? "");
    this.status = status;
    this.found = found;
  }
}

/** Sends fields to the server and returns its JSON; a form token that grew old is exchanged once for a fresh one. */
export async function send(path, fields, { again = true } = {}) {
  const body = new URLSearchParams(fields);
  body.set("csrf", document.body.dataset.token);
  let answer;
  let found;
  try {
    answer = await fetch(path, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error" });
    found = await answer.json();
  } catch {
    throw new Refused(answer?.status ?? 0, { message: say("network") });
  }
  if (answer.ok) return found;
  if (answer.status === 403 && found.token && again) {
    renew(found.token);
    return send(path, fields, { again: false });
  }
  throw new Refused(answer.status, answer.status === 401 ? { message: say("signed_out") } : found);
}

function renew(token) {
  document.body.dataset.token = token;
  for (const field of document.querySelectorAll('input[name="csrf"]')) field.value = token;
}

/** Calls `act` for single keys that are pressed outside of fields and dialogs. */
export function onKeys(keys) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=radio]):not([type=checkbox]), select, textarea, dialog, [contenteditable]")) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act(event);
  });
}

/** Listens to what happens in the ledger while the page is in sight. Returns nothing; `on` is called with each event. */
export function listen(after, on, show = () => {}) {
  let source;
  let last = after;
  const take = (event) => {
    last = event.lastEventId || last;
    on(JSON.parse(event.data));
  };
  const open = () => {
    source = new EventSource(`/live?after=${encodeURIComponent(last)}`);
    source.onopen = () => show("live");
    source.onerror = () => show(source.readyState === EventSource.CLOSED ? "stopped" : "lost");
    for (const type of ["contradiction.created", "contradiction.updated", "article.processed", "article.failed"]) {
      source.addEventListener(type, take);
    }
  };
  // A browser opens few connections to one server: pages that nobody looks at give theirs back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) source.close();
    else if (source.readyState === EventSource.CLOSED) open();
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
}

for (const button of document.querySelectorAll("[data-opens]")) {
  button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
}
for (const button of document.querySelectorAll("[data-closes]")) {
  button.addEventListener("click", () => document.getElementById(button.dataset.closes).close());
}
for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

const search = () => {
  const field = document.getElementById("f-q");
  if (!field) {
    location.href = "/";
    return;
  }
  field.focus();
  field.select();
};
onKeys({ "?": () => document.getElementById("help").showModal(), "/": search, i: () => { location.href = "/"; } });
