// Finds the nearest service points: asks WeChat where the phone is and opens the page for there.
// Without WeChat, or when its signature is refused, the button stays hidden and the page is whole.
(() => {
  const button = document.getElementById("locate");
  if (!button || !window.wx) return;
  const config = JSON.parse(button.dataset.config);
  const said = document.getElementById("locate-said");

  function go(place) {
    const to = new URL(window.location.href);
    to.hash = "";
    to.searchParams.delete("town");
    to.searchParams.set("latitude", place.latitude);
    to.searchParams.set("longitude", place.longitude);
    window.location.assign(to);
  }

  window.wx.ready(() => { button.hidden = false; });
  window.wx.error(() => { button.hidden = true; });
  window.wx.config({ debug: false, jsApiList: ["getLocation"], ...config });
  button.addEventListener("click", () => {
    said.textContent = said.dataset.asking;
    window.wx.getLocation({
      type: "gcj02",
      success: go,
      cancel: () => { said.textContent = said.dataset.refused; },
      fail: () => { said.textContent = said.dataset.refused; },
    });
  });
})();
