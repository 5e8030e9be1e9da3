// A picture that is drawn while its form is filled in: after a pause the server draws it, or says what does not fit,
// beside the field; then the last good picture stays. Rows come and go without leaving the page.
import { announce, ask } from "./desk.js";

const PAUSE = 500, SHOW_WAITING = 300;
const form = /** @type {HTMLFormElement} */ (document.getElementById("hinh-form"));
const fields = /** @type {HTMLElement} */ (document.getElementById("hinh-fields"));
const told = /** @type {HTMLElement} */ (document.getElementById("hinh-tinh-trang"));
const seen = /** @type {HTMLElement} */ (told.parentElement);
const images = { anh: /** @type {HTMLImageElement} */ (document.getElementById("hinh-anh")), bia: /** @type {HTMLImageElement} */ (document.getElementById("hinh-bia")) };
/** @type {AbortController | null} */
let asking = null;
let timer = 0;

/** @returns {URLSearchParams} the form as it stands */
function written() {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
  return body;
}

/** @param {number} after milliseconds */
function soon(after) {
  clearTimeout(timer);
  timer = window.setTimeout(draw, after);
}

async function draw() {
  asking?.abort();
  const mine = asking = new AbortController();
  const waiting = setTimeout(() => seen.classList.add("is-waiting"), SHOW_WAITING);
  try {
    const body = written(), cover = body.has("bia");
    const problems = { ...await one(images.anh, body.get("kho") ?? "portrait", body, mine.signal) };
    // what keeps the one from being drawn keeps the other from it
    if (cover && !Object.keys(problems).length) Object.assign(problems, await one(images.bia, "wide", body, mine.signal));
    else if (!cover) images.bia.hidden = true;
    tell(problems);
  } catch (error) {
    if (/** @type {Error} */ (error).name !== "AbortError") told.textContent = form.dataset.trouble ?? "";
  } finally {
    clearTimeout(waiting);
    if (asking === mine) seen.classList.remove("is-waiting");
  }
}

/**
 * Draw in one size.
 * @param {HTMLImageElement} image @param {string} size @param {URLSearchParams} body @param {AbortSignal} signal
 * @returns {Promise<Record<string, string>>} what is wrong, by field
 */
async function one(image, size, body, signal) {
  const answer = await ask(`${form.action}/anh?dang_viet=1&kho=${encodeURIComponent(size)}`, { method: "POST", body, signal });
  if (!answer.ok) throw new Error(String(answer.status));
  if (answer.headers.get("content-type")?.startsWith("application/json")) return (await answer.json()).problems;
  const old = image.src;
  image.src = URL.createObjectURL(await answer.blob());
  await image.decode().catch(() => undefined);
  if (old.startsWith("blob:")) URL.revokeObjectURL(old);
  image.width = image.naturalWidth;
  image.height = image.naturalHeight;
  image.classList.remove("sample");
  image.hidden = false;
  return {};
}

/** Beside each field what keeps the picture from being drawn. @param {Record<string, string>} problems */
function tell(problems) {
  for (const old of form.querySelectorAll(".live-error")) old.remove();
  const touched = new Set(form.dataset.touched?.split(" ") ?? []);
  let words = "";
  for (const [name, sentence] of Object.entries(problems)) {
    words ||= sentence;
    const at = document.getElementById(`f-${name}`), place = at?.closest(".field") ?? at;
    // a field that nobody has come to yet is not scolded for being empty
    if (!place || (!touched.has(name) && sentence.endsWith("để trống."))) continue;
    if (!document.getElementById(`e-${name}`)) place.append(Object.assign(document.createElement("p"), { className: "live-error", textContent: sentence }));
  }
  const before = told.textContent;
  told.textContent = words ? form.dataset.trouble ?? "" : "";
  if (words && told.textContent !== before) announce(words);
}

/** A row more or less. @param {HTMLButtonElement} button */
async function change(button) {
  const body = written();
  body.set("act", button.value);
  const answer = await ask(`${form.action}?phan=1`, { method: "POST", body, headers: { Accept: "text/html" } });
  if (!answer.ok) return form.requestSubmit(button);
  const [verb, ...rest] = button.value.split(".");
  const known = new Set([...fields.querySelectorAll("[id]")].map((entry) => entry.id));
  const piece = new DOMParser().parseFromString(await answer.text(), "text/html");
  fields.replaceChildren(...[...piece.body.childNodes].map((entry) => document.importNode(entry, true)));
  const list = rest.slice(0, -1).join(".");
  const fresh = verb === "them" ? [...fields.querySelectorAll("input, textarea")].find((entry) => !known.has(entry.id)) : null;
  const next = /** @type {HTMLElement | null} */ (fresh ?? document.getElementById(`f-${list}`)?.querySelector("input, textarea") ?? null);
  next?.focus();
  soon(0);
}

form.addEventListener("input", (event) => {
  const name = /** @type {HTMLInputElement} */ (event.target).name;
  form.dataset.touched = `${form.dataset.touched ?? ""} ${name}`;
  soon(PAUSE);
});
form.addEventListener("change", () => soon(0));
document.addEventListener("click", (event) => {
  const button = /** @type {HTMLElement} */ (event.target).closest("button");
  if (!button || button.form !== form || button.name !== "act") return;
  event.preventDefault();
  if (button.value === "ve") soon(0);
  else change(button);
});
// the page comes with the picture already, unless it still shows the sample
if (images.anh.classList.contains("sample") && !form.querySelector("[aria-invalid]")) soon(0);
