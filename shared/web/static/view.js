// Comfort for the display settings: applies them at once. Without it the form goes to the server.

const NAME = "gongjiang_view";
const FIRST = { text: "normal", contrast: "normal", scheme: "auto" };
const form = document.querySelector("form.viewing");
const root = document.documentElement;

function chosen() {
  return Object.fromEntries(
    Object.entries(FIRST).map(([name, first]) => [name, root.dataset[name] ?? first]),
  );
}

function apply(name, value) {
  if (value === FIRST[name]) delete root.dataset[name];
  else root.dataset[name] = value;
  for (const button of form.querySelectorAll(`button[name="${name}"]`)) {
    button.setAttribute("aria-pressed", String(button.value === value));
  }
  const secure = location.protocol === "https:" ? "; secure" : "";
  const said = Object.values(chosen()).join(".");
  document.cookie = `${NAME}=${said}; path=/; max-age=31536000; samesite=lax${secure}`;
}

form?.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!(button?.name in FIRST)) return;
  event.preventDefault();
  apply(button.name, button.value);
});
