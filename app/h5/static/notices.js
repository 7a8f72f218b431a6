// Asks for leave to send notices, by WeChat's own tag: its server tells ours what was chosen.
// Without WeChat, or where signature or tag is refused, this part stays hidden and the page is whole.
(() => {
  const part = document.getElementById("notices");
  if (!part || !window.wx) return;
  const said = document.getElementById("notices-said");

  // The tag shows what its template holds where no style of ours reaches.
  function button(label) {
    const root = getComputedStyle(document.documentElement), size = parseFloat(root.fontSize);
    const style = document.createElement("style");
    style.textContent = `button { box-sizing: border-box; width: 100%; border: 0; cursor: pointer;
      min-height: ${3.125 * size}px; padding: ${size / 2}px ${size}px; border-radius: ${size / 2}px;
      font: 600 ${size}px/1.5 sans-serif; background: ${root.getPropertyValue("--brand")};
      color: ${root.getPropertyValue("--on-brand")}; }`;
    const shown = document.createElement("button");
    shown.textContent = label;
    return style.outerHTML + shown.outerHTML;
  }

  function tag(place) {
    const made = document.createElement("wx-open-subscribe");
    const inside = document.createElement("script");
    inside.type = "text/wxtag-template";
    inside.textContent = button(place.textContent);
    made.setAttribute("template", place.dataset.templates);
    made.append(inside);
    made.addEventListener("success", ({ detail }) => {
      const chosen = Object.values(JSON.parse(detail.subscribeDetails));
      const accepted = chosen.some((each) => JSON.parse(each).status === "accept");
      said.textContent = accepted ? said.dataset.accepted : said.dataset.refused;
    });
    made.addEventListener("error", () => { said.textContent = said.dataset.failed; });
    place.replaceChildren(made);
  }

  window.wx.ready(() => {
    part.hidden = false;
    part.querySelectorAll("[data-templates]").forEach(tag);
  });
  window.wx.error(() => { part.hidden = true; });
  document.addEventListener("WeixinOpenTagsError", () => { part.hidden = true; });
  window.wx.config({
    debug: false,
    jsApiList: ["checkJsApi"],
    openTagList: ["wx-open-subscribe"],
    ...JSON.parse(part.dataset.config),
  });
})();
