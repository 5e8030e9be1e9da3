// Handing files in with progress, one after the other; without this script the same form sends them all at once.
// Whoever listens on the form hears "uploaded" with the file's facts in `detail`.
import { announce, csrf } from "./desk.js";

/** @typedef {{sha256: string, name: string, kind: string, type: string, size_words: string, length_words: string, width: number, height: number, notes: string[]}} Asset */

/**
 * Send one file as it is.
 * @param {File} file
 * @param {(share: number) => void} tell is told how much was sent, from 0 to 1
 * @returns {{done: Promise<Asset>, stop: () => void}}
 */
function send(file, tell) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open("POST", `/tu-lieu/tai-len?ten=${encodeURIComponent(file.name.slice(0, 500))}`);
    request.setRequestHeader("X-CSRF-Token", csrf());
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && tell(event.loaded / event.total));
    request.addEventListener("load", () => {
      if (request.status === 200) resolve(request.response);
      else reject(new Error(request.response?.detail || "Máy chủ không nhận tệp; hãy tải lại trang rồi thử lại."));
    });
    request.addEventListener("error", () => reject(new Error("Mất kết nối khi đang gửi; hãy kiểm tra mạng rồi gửi lại.")));
    request.addEventListener("abort", () => reject(new Error("Đã dừng gửi; chưa có gì được lưu.")));
    request.send(file);
  });
  return { done: /** @type {Promise<Asset>} */ (done), stop: () => request.abort() };
}

/** @param {string} name @param {string} [words] @param {string} [kind] */
function made(name, words = "", kind = "") {
  return Object.assign(document.createElement(name), { textContent: words, className: kind });
}

/**
 * One file on its way, as a line of the form's list.
 * @param {HTMLFormElement} form
 * @param {File} file
 */
async function take(form, file) {
  const list = /** @type {HTMLElement} */ (form.querySelector(".uploads"));
  const line = made("li"), bar = document.createElement("progress"), told = made("p", "", "told");
  const stop = Object.assign(made("button", "Dừng", "plain"), { type: "button" });
  bar.max = 1;
  bar.setAttribute("aria-label", file.name);
  line.append(made("span", file.name, "name"), stop, bar);
  list.hidden = false;
  list.prepend(line);
  const sending = send(file, (share) => { bar.value = share; });
  stop.addEventListener("click", sending.stop);
  try {
    const asset = await sending.done;
    told.textContent = asset.notes.join(" ") || `Đã nhận (${asset.type}, ${asset.size_words}).`;
    announce(`Đã nhận ${asset.name}.`);
    show(asset);
    form.dispatchEvent(new CustomEvent("uploaded", { detail: asset, bubbles: true }));
  } catch (error) {
    line.className = "wrong-file";
    told.textContent = /** @type {Error} */ (error).message;
    announce(told.textContent);
  }
  bar.remove();
  stop.remove();
  line.append(told);
}

/** Put the new file first on the shelf. @param {Asset} asset */
function show(asset) {
  const shelf = /** @type {HTMLElement | null} */ (document.querySelector("[data-shelf]"));
  if (!shelf || shelf.querySelector(`[data-new="${asset.sha256}"]`)) return;
  const choosing = shelf.dataset.shelf === "chon";
  const known = shelf.querySelector(`input[value="${asset.sha256}"]`);
  if (known) { /** @type {HTMLInputElement} */ (known).checked = true; return; }
  const entry = made("li"), card = made(choosing ? "label" : "a", "", "asset"), thumb = made("span", "", "thumb");
  entry.dataset.new = asset.sha256;
  if (choosing) card.append(Object.assign(document.createElement("input"), { type: "checkbox", name: "tu_lieu", value: asset.sha256, checked: true }));
  else /** @type {HTMLAnchorElement} */ (card).href = `/tu-lieu/${asset.sha256}/xem`;
  if (asset.kind === "image") thumb.append(Object.assign(new Image(), { src: `/tu-lieu/${asset.sha256}/nho`, alt: "" }));
  else thumb.append(made("span", asset.length_words || "Video", "length"));
  const pixels = asset.width ? ` · ${asset.width} × ${asset.height}` : "";
  card.append(thumb, made("span", asset.name, "name"), made("span", `${asset.type}${pixels} · ${asset.size_words}`, "facts"));
  entry.append(card);
  shelf.hidden = false;
  shelf.prepend(entry);
}

/** @param {HTMLFormElement} form @param {Iterable<File>} files */
async function takeAll(form, files) {
  for (const file of [...files]) await take(form, file);
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-upload]"))) {
  const input = /** @type {HTMLInputElement} */ (form.querySelector("input[type=file]"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    takeAll(form, input.files ?? []);
    form.reset();
  });
  input.addEventListener("change", () => form.requestSubmit());
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    takeAll(form, event.dataTransfer?.files ?? []);
  });
}
