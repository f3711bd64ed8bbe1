// One contradiction by keyboard, and a word when somebody else decides meanwhile. Decisions are plain forms.
import { listen, onKeys, say } from "./desk.js";

const main = document.getElementById("main");
const review = document.getElementById("review");
const note = document.getElementById("note");
const draft = `desk.note.${main.dataset.id}`;

function press(status) {
  review?.requestSubmit(review.querySelector(`button[value="${status}"]`));
}

function dismiss() {
  const chosen = review?.querySelector("input[name=reason]:checked");
  if (chosen || note?.value.trim()) press("dismissed");
  else review?.querySelector("input[name=reason]").focus();
}

function step(by) {
  const ids = JSON.parse(sessionStorage.getItem("desk.list") ?? "[]");
  const next = ids[ids.indexOf(main.dataset.id) + by];
  if (ids.includes(main.dataset.id) && next) location.href = `/contradictions/${next}${location.search}`;
}

onKeys({
  j: () => step(1),
  k: () => step(-1),
  c: () => press("confirmed"),
  d: dismiss,
  r: () => press("resolved"),
  u: () => document.getElementById("undo")?.requestSubmit(),
  i: () => document.getElementById("back").click(),
});

review?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.type === "radio") {
    event.preventDefault();
    press("dismissed");
  }
});

// What is typed outlives a reload, a lost connection and a closed tab, until it is sent.
if (note) {
  note.value ||= sessionStorage.getItem(draft) ?? "";
  note.addEventListener("input", () => sessionStorage.setItem(draft, note.value));
  review.addEventListener("submit", () => sessionStorage.removeItem(draft));
}

listen(main.dataset.after, ({ type, data }) => {
  if (type !== "contradiction.updated" || data.id !== main.dataset.id) return;
  document.getElementById("changed-how").textContent = say("elsewhere", { status: say(data.status) });
  document.getElementById("changed").hidden = false;
});
