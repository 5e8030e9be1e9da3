// The composer while somebody writes: what they type is kept every few seconds, on the server or else on this machine.
import { announce, ask } from "./desk.js";

const QUIET = 2500;
const form = /** @type {HTMLFormElement} */ (document.getElementById("bai-form"));
const shown = /** @type {HTMLElement} */ (document.getElementById("da-giu"));
const trouble = /** @type {HTMLElement} */ (document.getElementById("chua-giu"));
const others = /** @type {HTMLElement} */ (document.getElementById("nguoi-khac"));
const here = /** @type {HTMLElement} */ (document.getElementById("tren-may"));
const place = `soan:${form.dataset.person}:${form.dataset.key}`;
const SENT = "soan-gui";
const NOT_WRITTEN = new Set(["csrf", "seen", "copy", "act", "giu", "dau", "nhom", "chap_nhan"]);

let timer = 0;
let busy = false;
/** @type {{ force?: boolean } | null} what was asked for while the last request was on its way */
let next = null;
let kept = written();

/** @returns {string} everything that was written, in one line for comparing and keeping */
function written() {
  return JSON.stringify([...new FormData(form)].filter(([name]) => !NOT_WRITTEN.has(name)));
}

/** @param {string} text */
const plain = (text) => text.normalize("NFC").replace(/\\[rn]|\s+/g, " ");

/** What this machine keeps when the server does not. Storage may be full or forbidden; then there is only the page. */
const local = {
  keep: () => { try { localStorage.setItem(place, JSON.stringify({ at: Date.now(), form: written() })); } catch { /* nothing to be done */ } },
  drop: (name = place) => { try { localStorage.removeItem(name); } catch { /* as above */ } },
  read: (name = place) => { try { return JSON.parse(localStorage.getItem(name) ?? "null"); } catch { return null; } },
};

/**
 * Say that what was written is not on the server, and what can be done.
 * @param {string} words
 * @param {string[]} acts
 */
function tell(words, acts) {
  /** @type {HTMLElement} */ (trouble.querySelector("p")).textContent = words;
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (trouble.querySelectorAll("[data-act]"))) one.hidden = !acts.includes(one.dataset.act ?? "");
  trouble.hidden = false;
}

/** @param {{ force?: boolean }} [how] */
async function keep(how = {}) {
  const now = written();
  if (now === kept && !how.force) return;
  if (busy) { next = { force: how.force || next?.force }; return; }
  busy = true;
  const body = new FormData(form);
  if (how.force) body.set("giu", "1");
  local.keep();
  try {
    const answer = await ask(`/soan/${form.dataset.key}/tu-luu`, { method: "POST", body });
    const told = answer.headers.get("content-type")?.startsWith("application/json") ? await answer.json() : {};
    if (answer.ok) {
      kept = now;
      form.elements.namedItem("copy").value = told.copy;
      shown.textContent = told.words;
      trouble.hidden = true;
      local.drop();
      say(told);
    } else if (answer.status === 401) tell(form.dataset.signedOut ?? "", ["dang-nhap"]);
    else if (answer.status === 403) tell(`${told.detail ?? ""} ${form.dataset.notKept ?? ""}`, ["dang-nhap"]);
    else tell(told.words ?? told.detail ?? form.dataset.notKept ?? "", told.other ? ["xem", "giu"] : []);
  } catch {
    tell(form.dataset.notKept ?? "", []);
  } finally {
    busy = false;
    const asked = next;
    next = null;
    if (asked) keep(asked);
  }
}

/** @param {{ others?: string[], changed?: string }} told */
function say(told) {
  const lines = [...(told.others ?? []).map((one) => `${one}.`), ...(told.changed ? [told.changed] : [])];
  const words = lines.join(" ");
  const line = /** @type {HTMLElement} */ (others.querySelector("p"));
  if (words && words !== line.textContent) announce(words);
  line.textContent = words;
  others.hidden = !words;
}

function later() {
  clearTimeout(timer);
  timer = window.setTimeout(keep, QUIET);
}

form.addEventListener("input", later);
form.addEventListener("change", later);
form.addEventListener("focusout", () => { if (written() !== kept) keep(); });
window.addEventListener("pagehide", () => { if (written() !== kept && !form.dataset.sent) local.keep(); });
form.addEventListener("submit", () => {
  clearTimeout(timer);
  local.keep();
  try { sessionStorage.setItem(SENT, place); } catch { /* as above */ }
});
trouble.querySelector('[data-act="giu"]')?.addEventListener("click", () => keep({ force: true }));

// What this machine kept because the server could not: gone when the page shows the same, offered when it does not.
const sent = sessionStorage.getItem(SENT) ?? "";
sessionStorage.removeItem(SENT);
if (sent && sent !== place && plain(local.read(sent)?.form ?? "") === plain(kept)) local.drop(sent);
const mine = local.read();
if (mine && plain(mine.form) === plain(kept)) local.drop();
else if (mine) {
  const line = /** @type {HTMLElement} */ (here.querySelector("p"));
  const at = new Date(mine.at).toLocaleString("vi-VN", { hour: "2-digit", minute: "2-digit", day: "2-digit", month: "2-digit" });
  line.textContent = (line.dataset.words ?? "").replace("{at}", at);
  here.hidden = false;
}
here.querySelector('[data-act="bo"]')?.addEventListener("click", () => { local.drop(); here.hidden = true; });
here.querySelector('[data-act="dung"]')?.addEventListener("click", () => {
  put(JSON.parse(mine.form));
  here.hidden = true;
  keep();
});

/**
 * Put what was kept back into the fields that the page has.
 * @param {[string, string][]} pairs
 */
function put(pairs) {
  for (const one of /** @type {Iterable<HTMLInputElement>} */ (form.elements)) {
    if (!one.name || NOT_WRITTEN.has(one.name) || one.type === "hidden") continue;
    const values = pairs.filter(([name]) => name === one.name).map(([, value]) => value);
    if (one.type === "checkbox") one.checked = values.includes(one.value);
    else if (one.name !== "legal_refs") one.value = values[0] ?? "";
  }
  const refs = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll('[name="legal_refs"]'));
  pairs.filter(([name]) => name === "legal_refs").forEach(([, value], place) => { if (refs[place]) refs[place].value = value; });
}

// A platform's own words are there when the platform is chosen.
for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll('[name="platforms"]'))) {
  const part = /** @type {HTMLElement} */ (form.querySelector(`[data-platform="${box.value}"]`));
  part.querySelector("[data-unchosen]")?.remove(); // what it warns of is hidden until the platform is chosen
  const look = () => { part.hidden = !box.checked; };
  box.addEventListener("change", look);
  look();
}

// One more place for a document as soon as the last one is used.
const refs = /** @type {HTMLElement} */ (document.getElementById("f-legal_refs"));
refs.addEventListener("input", (event) => {
  const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (refs.querySelectorAll("input"));
  const last = inputs[inputs.length - 1];
  if (event.target !== last || !last.value || inputs.length >= 40) return;
  const more = /** @type {HTMLInputElement} */ (last.cloneNode());
  more.value = "";
  more.setAttribute("aria-label", (last.getAttribute("aria-label") ?? "").replace(/\d+$/, String(inputs.length + 1)));
  last.after(more);
});
