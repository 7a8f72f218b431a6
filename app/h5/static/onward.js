// Takes the payer on to the wallet at once; who comes back to this page finds the button instead.
(() => {
  const [visit] = performance.getEntriesByType("navigation");
  const onward = document.getElementById("onward");
  if (visit && visit.type === "navigate") (onward.submit || onward.click).call(onward);
})();
