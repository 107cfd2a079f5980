// Light or dark: as the system says, until the reader chooses.

const find = (id) => document.getElementById(id);

function apply(theme) {
  document.documentElement.dataset.theme = theme;
  find("theme").setAttribute("aria-pressed", String(theme === "dark"));
}

export function startTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const systemTheme = () => (system.matches ? "dark" : "light");
  apply(localStorage.getItem("theme") ?? systemTheme());
  system.addEventListener("change", () => { if (!localStorage.getItem("theme")) apply(systemTheme()); });
  find("theme").addEventListener("click", () => {
    const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", next);
    apply(next);
  });
}
