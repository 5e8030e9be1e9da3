// The composer while somebody writes: what they type is kept every few seconds, on the server or else on this machine,
// and shown as its readers will see it. One module, because each is a request.
import { announce, ask } from "./desk.js";

const QUIET = 2500, PATIENCE = 4000;
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
/** @type {SubmitEvent | null} what was sent while the last request was on its way */
let sending = null;
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
  if (now === kept && !how.force) return shown.removeAttribute("aria-busy");
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
      if (written() === kept) shown.removeAttribute("aria-busy");
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
    if (sending) go();
    else if (asked) keep(asked);
  }
}

/** Send the form that waited for the copy's new version. */
function go() {
  const submitter = /** @type {SubmitEvent} */ (sending).submitter;
  sending = null;
  busy = false;
  form.requestSubmit(submitter);
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

/** What "kept" says is older than what stands in the fields until the next copy is there. */
function later() {
  shown.setAttribute("aria-busy", "true");
  clearTimeout(timer);
  timer = window.setTimeout(keep, QUIET);
}

form.addEventListener("input", later);
form.addEventListener("change", later);
form.addEventListener("focusout", () => { if (written() !== kept) keep(); });
window.addEventListener("pagehide", () => { if (written() !== kept && !form.dataset.sent) local.keep(); });
form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  local.keep();
  // while a copy is on its way this page does not know its version, and the server would take us for another window
  if (busy) {
    event.preventDefault();
    if (!sending) setTimeout(() => { if (sending) go(); }, PATIENCE);
    sending = event;
    return;
  }
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

// The composer looks at itself: after a pause in writing the server says how the post will look, what the checks find
// and how long each text is. Nothing that is being written is touched; what changed is put in its place, and only a
// change in what blocks the post is said aloud.
const PAUSE = 500, SHOW_WAITING = 300;
/** @type {AbortController | null} */
let asking = null;
let looking = 0, blockers = -1;

// Nothing moves under a finger: an answer that comes while a button is pressed is shown once it is let go.
let pressed = false;
/** @type {Document | null} */
let late = null;
addEventListener("pointerdown", () => { pressed = true; }, true);
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => {
    pressed = false;
    setTimeout(() => { if (late) show(late); late = null; });
  }, true);
}

const looks = /** @type {HTMLElement | null} */ (document.querySelector('[data-live="xem-truoc"]'));

/** Ask once the writer pauses; an older question is not waited for any more. @param {number} after milliseconds */
function soon(after) {
  clearTimeout(looking);
  looking = window.setTimeout(look, after);
}

async function look() {
  asking?.abort();
  const mine = asking = new AbortController();
  const waiting = setTimeout(() => looks?.classList.add("is-waiting"), SHOW_WAITING);
  try {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    const answer = await ask(`/soan/${form.dataset.key}/xem-truoc?phan=1`, { method: "POST", body, signal: mine.signal, headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (pressed) late = told;
    else show(told);
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AbortError") troubled();
  } finally {
    clearTimeout(waiting);
    if (asking === mine) looks?.classList.remove("is-waiting");
  }
}

/** The last picture stays; that it is old is said, once. */
function troubled() {
  if (!looks || looks.querySelector(".live-trouble")) return;
  const words = looks.dataset.trouble ?? "";
  looks.prepend(Object.assign(document.createElement("p"), { className: "live-trouble muted small", textContent: words }));
}

/** @param {Document} told */
function show(told) {
  const part = (/** @type {string} */ name) => /** @type {HTMLElement | null} */ (told.querySelector(`[data-part="${name}"]`));
  const checks = part("kiem-tra"), place = document.getElementById("kiem-tra");
  if (looks) swap(looks, part("xem-truoc"));
  if (place) swap(place, checks?.firstElementChild ?? null);
  const now = Number(checks?.dataset.blockers ?? 0);
  if (blockers >= 0 && now !== blockers) announce(checks?.dataset.words ?? "");
  blockers = now;
  beside(told);
  counted(told);
}

/**
 * New content, but what was unfolded stays so, films that play go on, and the page does not jump.
 * @param {HTMLElement} to @param {Element | null} from
 */
function swap(to, from) {
  if (!from) return;
  to.classList.toggle("loud", from.classList.contains("loud"));
  if (to.dataset.was === from.innerHTML) return;
  to.dataset.was = from.innerHTML;
  const open = to.querySelector(".preview[open]")?.getAttribute("data-platform");
  const unfolded = to.querySelector(".preview[open] .told > details[open]") !== null;
  const films = new Map([...to.querySelectorAll("video")].map((one) => [one.getAttribute("src"), one]));
  const held = to.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
  const height = to.scrollTop;
  to.replaceChildren(...[...from.childNodes].map((one) => document.importNode(one, true)));
  for (const one of to.querySelectorAll("video")) {
    const old = films.get(one.getAttribute("src"));
    if (old && old.getAttribute("poster") === one.getAttribute("poster")) one.replaceWith(old);
  }
  const again = to.querySelector(`.preview[data-platform="${open}"]`);
  if (again) for (const one of to.querySelectorAll(".preview")) one.toggleAttribute("open", one === again);
  if (unfolded) again?.querySelector(".told > details")?.setAttribute("open", "");
  if (held) /** @type {HTMLElement | null} */ (to.querySelector(`a[href="${CSS.escape(held)}"]`))?.focus({ preventScroll: true });
  to.scrollTop = height;
}

/** @param {string} name @returns {HTMLElement | null} the block that a form's field stands in */
function field(name) {
  const found = document.getElementById(`f-${name}`);
  return found?.closest(".field") ?? found;
}

/** What the checks say, behind the fields they speak of. @param {Document} told */
function beside(told) {
  const now = new Map([...told.querySelectorAll("[data-field] > ul")].map((one) => [one.id, one]));
  for (const old of form.querySelectorAll("ul.said[id^='s-']")) {
    const fresh = now.get(old.id);
    if (!fresh) old.remove();
    else if (fresh.innerHTML !== old.innerHTML) old.replaceChildren(...[...fresh.childNodes].map((one) => document.importNode(one, true)));
    now.delete(old.id);
  }
  for (const [id, fresh] of now) field(id.slice(2))?.append(document.importNode(fresh, true));
  for (const one of form.querySelectorAll("input, textarea, select")) describe(one);
}

/** A field tells what stands behind it to whoever does not see that. @param {Element} one */
function describe(one) {
  const known = (one.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && !id.startsWith("s-"));
  const said = `s-${one.getAttribute("name")}`;
  const ids = [...known, ...(document.getElementById(said) ? [said] : [])].join(" ");
  if (ids) one.setAttribute("aria-describedby", ids);
  else one.removeAttribute("aria-describedby");
}

/** How long each text is for each platform. @param {Document} told */
function counted(told) {
  for (const old of document.querySelectorAll(".counted")) old.replaceChildren();
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (told.querySelectorAll("[data-for]"))) {
    const line = Object.assign(document.createElement("span"), { className: one.className, textContent: one.textContent });
    box(one.dataset.for ?? "")?.append(line);
  }
}

/** @param {string} name @returns {HTMLElement | null} where the lengths of a field are told */
function box(name) {
  const at = field(name);
  if (!at) return null;
  const old = /** @type {HTMLElement | null} */ (at.querySelector(":scope > .counted"));
  if (old) return old;
  const made = Object.assign(document.createElement("div"), { className: "counted" });
  document.getElementById(`f-${name}`)?.after(made);
  return made;
}

form.addEventListener("input", () => soon(PAUSE));
form.addEventListener("change", () => soon(0));
/** @type {HTMLElement | null} */ (document.querySelector("[data-look]"))?.toggleAttribute("hidden", true);
soon(0);
