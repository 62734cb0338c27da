// Makes the live figures of a page answer: each is a still picture with its numbers beside it, and `liveFigure.render`
// is the code that draws it in JupyterLab. What a notebook's front end would be for it is the few lines of `modelOf`.

function modelOf(state) {
  return {
    get: (key) => state[key],
    set: (key, value) => { state[key] = value; },
    save_changes: () => {},
    on: () => {},
    off: () => {},
  };
}

for (const figure of document.querySelectorAll(".live-figure")) {
  const state = JSON.parse(figure.querySelector("script").textContent);
  const alive = document.createElement("div");
  window.liveFigure.render({ model: modelOf(state), el: alive });
  figure.replaceChildren(alive);
}

// The figures know JupyterLab's way to say that a page is dark.
function tellTheme() {
  const dark = document.documentElement.dataset.theme === "dark";
  document.documentElement.setAttribute("data-jp-theme-light", String(!dark));
}
new MutationObserver(tellTheme).observe(document.documentElement, { attributeFilter: ["data-theme"] });
tellTheme();

// What can be scrolled sideways has to be reachable by keyboard.
function reachable() {
  for (const box of document.querySelectorAll(".pst-scrollable-table-container, div.highlight pre, .output, mjx-container[display=true], div.math")) {
    if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
  }
}
window.addEventListener("load", reachable);
window.addEventListener("resize", reachable);
