// The composer looks at itself: after a pause in writing the server says how the post will look and what to mend.
// Places in the page: [data-live="xem-truoc"] for previews, [data-live="kiem-tra"] for the checks; a form[data-preview]
// tells the address. What concerns a field is put behind it, or into [data-findings="name"] where the page has that.
import { announce, ask } from "./desk.js";

const PAUSE = 500, SHOW_WAITING = 300;
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-preview]"));
/** @type {AbortController | null} */
let asking = null;
let timer = 0, blockers = -1;

/** @param {string} name @returns {HTMLElement | null} the place of one part in the page */
const place = (name) => document.querySelector(`[data-live="${name}"]`);

/** Ask once the writer pauses; an older question is not waited for any more. @param {number} after milliseconds */
function soon(after) {
  clearTimeout(timer);
  timer = setTimeout(look, after);
}

async function look() {
  if (!form) return;
  asking?.abort();
  const mine = asking = new AbortController();
  const waiting = setTimeout(() => place("xem-truoc")?.classList.add("is-waiting"), SHOW_WAITING);
  try {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    const answer = await ask(`${form.dataset.preview}?phan=1`, { method: "POST", body, signal: mine.signal, headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AbortError") troubled();
  } finally {
    clearTimeout(waiting);
    if (asking === mine) place("xem-truoc")?.classList.remove("is-waiting");
  }
}

/** The last picture stays; that it is old is said, once. */
function troubled() {
  const words = "Chưa cập nhật được phần xem trước; nội dung bạn viết vẫn còn nguyên.";
  const spot = place("xem-truoc");
  if (!spot || spot.querySelector(".live-trouble")) return;
  spot.prepend(Object.assign(document.createElement("p"), { className: "live-trouble muted small", textContent: words }));
}

/** @param {Document} told */
function show(told) {
  for (const name of ["xem-truoc", "kiem-tra"]) {
    const from = told.querySelector(`[data-part="${name}"]`), to = place(name);
    if (from && to) swap(to, from);
  }
  const checks = /** @type {HTMLElement | null} */ (told.querySelector('[data-part="kiem-tra"]'));
  const now = Number(checks?.dataset.blockers ?? 0);
  if (blockers >= 0 && now !== blockers) announce(checks?.dataset.words ?? "");
  blockers = now;
  beside(told);
  counted(told);
}

/**
 * New content, but what was unfolded stays so, films that play go on, and the page does not jump.
 * @param {HTMLElement} to @param {Element} from
 */
function swap(to, from) {
  if (to.dataset.was === from.innerHTML) return;
  to.dataset.was = from.innerHTML;
  const open = [...to.querySelectorAll("details[open]")].map((one) => one.closest("[data-platform]")?.getAttribute("data-platform"));
  const films = new Map([...to.querySelectorAll("video")].map((one) => [one.getAttribute("src"), one]));
  const held = to.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
  const height = to.scrollTop;
  to.replaceChildren(...[...from.childNodes].map((one) => document.importNode(one, true)));
  for (const one of to.querySelectorAll("video")) {
    const old = films.get(one.getAttribute("src"));
    if (old && old.getAttribute("poster") === one.getAttribute("poster")) one.replaceWith(old);
  }
  for (const name of open) to.querySelector(`[data-platform="${name}"] details`)?.setAttribute("open", "");
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
  for (const old of document.querySelectorAll(".beside-field")) old.remove();
  for (const own of document.querySelectorAll("[data-findings]")) own.replaceChildren();
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (told.querySelectorAll("[data-field]"))) {
    const name = one.dataset.field ?? "", words = one.querySelector(".finding-words")?.textContent ?? "";
    const line = Object.assign(document.createElement("p"), { className: one.dataset.grade, textContent: words });
    const own = document.querySelector(`[data-findings="${CSS.escape(name)}"]`);
    (own ?? box(name, "beside-field"))?.append(line);
  }
}

/** How long each text is for each platform. @param {Document} told */
function counted(told) {
  for (const old of document.querySelectorAll(".counted")) old.replaceChildren();
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (told.querySelectorAll("[data-for]"))) {
    const line = Object.assign(document.createElement("span"), { className: one.className, textContent: one.textContent });
    box(one.dataset.for ?? "", "counted")?.append(line);
  }
}

/** @param {string} name @param {string} kind @returns {HTMLElement | null} the box of that kind behind a field */
function box(name, kind) {
  const at = field(name);
  if (!at) return null;
  let found = /** @type {HTMLElement | null} */ (at.querySelector(`:scope > .${kind}`));
  if (!found) {
    found = Object.assign(document.createElement("div"), { className: kind });
    at.append(found);
  }
  return found;
}

if (form) {
  form.addEventListener("input", () => soon(PAUSE));
  form.addEventListener("change", () => soon(0));
  form.addEventListener("live", () => soon(0));
  soon(0);
}
