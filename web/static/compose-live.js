// The composer looks at itself: after a pause in writing the server says how the post will look, what the checks find
// and how long each text is. Nothing that is being written is touched; what changed is put in its place, and only a
// change in what blocks the post is said aloud.
import { announce, ask } from "./desk.js";

const PAUSE = 500, SHOW_WAITING = 300;
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("bai-form"));
/** @type {AbortController | null} */
let asking = null;
let timer = 0, blockers = -1;

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
  clearTimeout(timer);
  timer = setTimeout(look, after);
}

async function look() {
  if (!form) return;
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
  for (const old of form?.querySelectorAll("ul.said[id^='s-']") ?? []) {
    const fresh = now.get(old.id);
    if (!fresh) old.remove();
    else if (fresh.innerHTML !== old.innerHTML) old.replaceChildren(...[...fresh.childNodes].map((one) => document.importNode(one, true)));
    now.delete(old.id);
  }
  for (const [id, fresh] of now) field(id.slice(2))?.append(document.importNode(fresh, true));
  for (const one of form?.querySelectorAll("input, textarea, select") ?? []) describe(one);
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

if (form) {
  form.addEventListener("input", () => soon(PAUSE));
  form.addEventListener("change", () => soon(0));
  /** @type {HTMLElement | null} */ (document.querySelector("[data-look]"))?.toggleAttribute("hidden", true);
  soon(0);
}
