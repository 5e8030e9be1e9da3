// A button beside each password that shows what was typed: long passwords on small keyboards.
const words = /** @type {HTMLElement} */ (document.querySelector("script[data-reveal]")).dataset.reveal ?? "";

for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[type="password"]'))) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: words });
  button.setAttribute("aria-controls", field.id);
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    field.type = field.type === "password" ? "text" : "password";
    button.setAttribute("aria-pressed", String(field.type === "text"));
  });
  // A browser offers to keep a password only when it is one.
  field.form?.addEventListener("submit", () => { field.type = "password"; });
  field.after(button);
}
