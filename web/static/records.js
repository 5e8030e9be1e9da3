// While an evidence file is made, tell how far it is, and show the list anew when it is there.
const box = /** @type {HTMLElement} */ (document.querySelector("[data-making]"));
const done = /** @type {HTMLElement} */ (box.querySelector("[data-done]"));
const number = new Intl.NumberFormat("vi-VN");

const timer = setInterval(async () => {
  try {
    const answer = await fetch(box.dataset.making ?? "", { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    done.textContent = number.format(told.done);
    if (!told.running) { clearInterval(timer); location.reload(); }
  } catch {
    clearInterval(timer); // the link beside it still works
  }
}, 2000);
