"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const cases = [...document.querySelectorAll(".case")];
  const texts = cases.map((entry) => entry.textContent.toLowerCase());
  const areas = [...document.querySelectorAll(".area")];
  const boxes = [...document.querySelectorAll("#filters input[type=checkbox]")];
  const search = byId("search");
  const shown = byId("shown");
  const unfold = byId("unfold");

  const picked = (name) => new Set(boxes.filter((box) => box.name === name && box.checked).map((box) => box.value));

  // No box of a group checked means the group does not filter.
  const apply = () => {
    const outcomes = picked("outcome");
    const levels = picked("level");
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    cases.forEach((entry, index) => {
      const fits = (outcomes.size === 0 || outcomes.has(entry.dataset.outcome))
        && (levels.size === 0 || levels.has(entry.dataset.level))
        && words.every((word) => texts[index].includes(word));
      entry.hidden = !fits;
      count += fits ? 1 : 0;
    });
    areas.forEach((area) => { area.hidden = !area.querySelector(".case:not([hidden])"); });
    shown.textContent = `${count} of ${cases.length} cases shown`;
  };

  const reset = () => {
    boxes.forEach((box) => { box.checked = false; });
    search.value = "";
    apply();
  };

  const followHash = () => {
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.classList.contains("case")) return;
    if (target.hidden) reset();
    target.open = true;
    target.scrollIntoView();
  };

  boxes.forEach((box) => box.addEventListener("change", apply));
  search.addEventListener("input", apply);
  byId("reset").addEventListener("click", reset);
  unfold.addEventListener("click", () => {
    const open = unfold.textContent === "Unfold";
    cases.forEach((entry) => { if (!entry.hidden) entry.open = open; });
    unfold.textContent = open ? "Fold" : "Unfold";
  });
  window.addEventListener("hashchange", followHash);

  document.querySelectorAll(".copyable").forEach((holder) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const code = holder.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    holder.append(button);
  });

  // Paper cannot be unfolded: what failed is printed in full, the rest as it is on the screen.
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll(".case.fail, .case.error").forEach((entry) => { entry.open = true; });
  });

  byId("filters").hidden = false;
  apply();
  followHash();
})();
