// Brings up WeChat Pay and then asks our server how it went
// (the phone's own word is no proof), and it copies the address of a payment link.
(() => {
  const pay = document.getElementById("pay");
  const address = document.getElementById("address");
  const copy = document.getElementById("copy");

  function bringUp() {
    const parameters = JSON.parse(pay.dataset.parameters);
    window.WeixinJSBridge.invoke("getBrandWCPayRequest", parameters, () => {
      window.location.replace(pay.dataset.result);
    });
  }

  if (pay) {
    if (window.WeixinJSBridge) bringUp();
    else document.addEventListener("WeixinJSBridgeReady", bringUp, { once: true });
  }
  if (copy && address && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(address.textContent.trim());
      copy.textContent = copy.dataset.done;
    });
  }
})();
