// The calendar under a mouse: an item is dragged to another day, or in a week to another hour; its details open in place.
// Everything here has a twin that works without it: the page "Dời lịch" and the page of the item.
import { announce, ask, csrf } from "./desk.js";

/** @typedef {{ id: string, day: string, hour: string }} Moved an item and where it stood */

/** @type {HTMLElement} */
const calendar = document.getElementById("lich");
/** @type {HTMLElement | null} what is being dragged */
let held = null;
/** @type {HTMLElement | null} the cell it would land in */
let target = null;
/** The line that shows where it will land. */
const landing = Object.assign(document.createElement("p"), { className: "landing" });
const WEEKDAYS = ["Chủ nhật", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy"];
const english = document.documentElement.lang === "en";

/**
 * A time as people say it: "07:30 thứ Tư, 25/11/2026".
 * @param {string} day 2026-11-25
 * @param {string} hour 07:30
 */
function said(day, hour) {
  const [year, month, date] = day.split("-");
  const on = new Date(Date.UTC(Number(year), Number(month) - 1, Number(date)));
  const name = english ? on.toLocaleDateString("en", { weekday: "long", timeZone: "UTC" }) : WEEKDAYS[on.getUTCDay()];
  return `${hour} ${name}, ${date}/${month}/${year}`;
}

/**
 * Where an item would stand when it is let go over a cell: in a month it keeps its hour, in a week it takes the row's.
 * @param {HTMLElement} item
 * @param {HTMLElement} cell
 */
function place(item, cell) {
  const hour = cell.dataset.gio ? `${cell.dataset.gio}:${item.dataset.gio.slice(3)}` : item.dataset.gio;
  return { day: cell.dataset.ngay, hour };
}

/**
 * The cell under the pointer that takes items: not one in the past, and not where the item stands already.
 * @param {EventTarget | null} under
 * @returns {HTMLElement | null}
 */
function cellOf(under) {
  const cell = under instanceof Element ? under.closest("td[data-ngay]") : null;
  if (!(cell instanceof HTMLElement) || cell.hasAttribute("data-past") || cell === held?.closest("td")) return null;
  return cell;
}

/** @param {HTMLElement | null} cell */
function aim(cell) {
  if (cell === target) return;
  target?.classList.remove("target");
  landing.remove();
  target = cell;
  if (!cell || !held) return;
  const { day, hour } = place(held, cell);
  landing.textContent = `→ ${hour}`;
  cell.classList.add("target");
  cell.append(landing);
  announce(`${calendar.dataset.saysLanding} ${said(day, hour)}.`);
}

calendar.addEventListener("dragstart", (event) => {
  const item = event.target instanceof Element ? event.target.closest("[draggable=true]") : null;
  if (!(item instanceof HTMLElement) || !event.dataTransfer) return event.preventDefault();
  held = item;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", item.querySelector(".title")?.textContent ?? "");
  item.classList.add("held-up");
  calendar.classList.add("dragging");
});
calendar.addEventListener("dragover", (event) => {
  if (!held) return;
  const cell = cellOf(event.target);
  aim(cell);
  if (!cell || !event.dataTransfer) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
});
calendar.addEventListener("drop", (event) => {
  if (!held || !target) return;
  event.preventDefault();
  const [item, cell] = [held, target];
  letGo();
  void drop(item, cell);
});
calendar.addEventListener("dragend", () => {
  if (held) announce(calendar.dataset.saysBack ?? "");
  letGo();
});

function letGo() {
  aim(null);
  held?.classList.remove("held-up");
  calendar.classList.remove("dragging");
  held = null;
}

/**
 * Put the item where it was let go, ask the server, and put it back when the server refuses.
 * @param {HTMLElement} item
 * @param {HTMLElement} cell
 */
async function drop(item, cell) {
  const before = { list: item.parentElement, next: item.nextElementSibling };
  const { day, hour } = place(item, cell);
  const was = { id: item.dataset.muc, day: item.dataset.ngay, hour: item.dataset.gio };
  let list = cell.querySelector("ul");
  if (!list) cell.append((list = document.createElement("ul")));
  list.append(item);
  item.classList.add("moving");
  item.setAttribute("aria-busy", "true");
  const answer = await send(was.id, day, hour, item.querySelector("time").dateTime);
  item.classList.remove("moving");
  item.removeAttribute("aria-busy");
  if (answer.ok) return settle(answer.words, was, `${day}T${hour}`);
  before.list?.insertBefore(item, before.next);
  if (!list.children.length) list.remove();
  tell("bad", answer.words);
}

/**
 * @param {string} id
 * @param {string} day
 * @param {string} hour
 * @param {string} seen the time that stood beside it: if somebody else moved it meanwhile, the server refuses
 * @returns {Promise<{ ok: boolean, words: string }>}
 */
async function send(id, day, hour, seen) {
  const body = new URLSearchParams({ ngay: day, gio: hour, cu: seen, csrf: csrf() });
  try {
    const answer = await ask(`/muc/${id}/doi-gio`, { method: "POST", body });
    const told = await answer.json();
    return { ok: answer.ok, words: String(told.words ?? told.detail ?? "") };
  } catch {
    return { ok: false, words: calendar.dataset.saysLost ?? "" };
  }
}

/**
 * After a move: the calendar as the server sees it now, what was done, and the way back.
 * @param {string} words
 * @param {Moved} was
 * @param {string} stands its time now
 */
async function settle(words, was, stands) {
  await refresh();
  const undo = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: calendar.dataset.saysUndo });
  undo.addEventListener("click", async () => {
    undo.disabled = true;
    const answer = await send(was.id, was.day, was.hour, stands);
    if (answer.ok) await refresh();
    tell(answer.ok ? "good" : "bad", answer.words);
  });
  tell("good", words, undo);
  undo.focus();
}

/** Draw the calendar anew from the server's own page. */
async function refresh() {
  const answer = await ask(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer || !answer.ok) return location.reload();
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("lich");
  if (fresh) calendar.replaceChildren(...fresh.childNodes);
}

/**
 * One sentence above the calendar, for eyes and ears.
 * @param {"good" | "bad"} kind
 * @param {string} words
 * @param {HTMLElement} [more]
 */
function tell(kind, words, more) {
  const line = Object.assign(document.createElement("p"), { className: `flash ${kind}` });
  line.setAttribute("role", kind === "bad" ? "alert" : "status");
  line.append(Object.assign(document.createElement("span"), { textContent: words }));
  if (more) line.append(more);
  document.getElementById("thong-bao").replaceChildren(line);
  if (kind === "bad") line.scrollIntoView({ block: "nearest" });
  else announce(words);
}

// The details of an item, in place.
calendar.addEventListener("click", async (event) => {
  const link = event.target instanceof Element ? event.target.closest("a.title") : null;
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const answer = await ask(`${link.href}&phan=1`, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer || !answer.ok) return location.assign(link.href);
  show(await answer.text());
});

/** @param {string} inside markup of our own server, every word of it escaped there */
function show(inside) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "muc-ten");
  const parsed = new DOMParser().parseFromString(inside, "text/html");
  const close = Object.assign(document.createElement("button"), { type: "button", className: "quiet close", textContent: calendar.dataset.saysClose });
  close.addEventListener("click", () => dialog.close());
  dialog.append(...parsed.body.childNodes, close);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
