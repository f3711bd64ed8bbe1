// Takes in files one after another and shows how far it is: bytes while one is sent, then articles while they are processed.
import { say } from "./desk.js";

const form = document.getElementById("import");
const log = document.getElementById("import-log");
const bar = document.getElementById("import-bar");
const label = document.getElementById("import-label");
const MOST_LINES = 20;
const POLL_MS = 1000;

function write(text, bad = false) {
  const line = document.createElement("li");
  line.textContent = text;
  line.dir = "auto";
  if (bad) line.className = "bad";
  log.append(line);
}

function post(file) {
  const params = new URLSearchParams({ name: file.name });
  const publisher = document.getElementById("publisher").value.trim();
  const published = document.getElementById("published").value;
  if (publisher) params.set("publisher", publisher);
  if (published) params.set("published_at", `${published}T00:00:00Z`);
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest(); // fetch does not say how much was sent
    request.open("POST", `/import?${params}`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-CSRF-Token", document.body.dataset.token);
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total; };
    request.onerror = () => failed(new Error(say("network")));
    request.onload = () => {
      let found = {};
      try { found = JSON.parse(request.responseText); } catch { /* said below */ }
      if (request.status === 200) done(found.items);
      else failed(new Error(found.message ?? found.detail ?? say("network")));
    };
    request.send(file);
  });
}

function report(name, items) {
  const refused = items.filter((item) => item.error);
  const stored = items.filter((item) => item.id && item.new);
  const values = { name, count: stored.length, known: items.length - stored.length - refused.length, failed: refused.length };
  write(say("sent", values), stored.length + values.known === 0);
  for (const item of refused.slice(0, MOST_LINES)) write(say("line", { name, number: item.number, message: item.error }), true);
}

async function wait() {
  let most = 0;
  for (;;) {
    const answer = await fetch("/import/state", { headers: { Accept: "application/json" } });
    const { waiting, failure } = await answer.json();
    if (failure) label.textContent = say("worker", { message: failure });
    if (!waiting) break;
    most = Math.max(most, waiting);
    bar.value = 100 * (1 - waiting / most);
    if (!failure) label.textContent = say("waiting", { count: waiting });
    await new Promise((later) => setTimeout(later, POLL_MS));
  }
  bar.value = 100;
  label.textContent = say("done");
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  document.getElementById("import-state").hidden = false;
  for (const file of document.getElementById("files").files) {
    bar.value = 0;
    label.textContent = say("sending", { name: file.name });
    try {
      report(file.name, await post(file));
    } catch (error) {
      write(say("failed", { name: file.name, message: error.message }), true);
    }
  }
  try {
    await wait();
  } catch {
    label.textContent = say("network");
  }
  button.disabled = false;
});
