// What every page shares: requests that carry our token, forms that are not sent twice, one open menu at a time.

/** @returns {string} the CSRF token of this session */
export const csrf = () => document.body.dataset.csrf ?? "";

/**
 * One request to our own server.
 * @param {string} address
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
export function ask(address, options = {}) {
  const headers = new Headers(options.headers);
  headers.set("X-CSRF-Token", csrf());
  if (!headers.has("Accept")) headers.set("Accept", "application/json");
  return fetch(address, { credentials: "same-origin", ...options, headers });
}

/**
 * Say something to whoever listens instead of looking.
 * @param {string} words
 */
export function announce(words) {
  let place = document.getElementById("da-noi");
  if (!place) {
    place = Object.assign(document.createElement("p"), { id: "da-noi", className: "visually-hidden" });
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = words;
}

// A second click on the same button does nothing: the server would refuse it too, but nobody should have to read that.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.method !== "post" || event.defaultPrevented) return;
  // what opens in a window of its own leaves this form to be sent
  if (event.submitter?.getAttribute("formtarget")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

// Menus close when something else is touched, and on Escape.
const menus = () => document.querySelectorAll("details.me[open], .dock details[open]");
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of menus()) { menu.open = false; menu.querySelector("summary").focus(); }
});

document.getElementById("loi")?.focus();
