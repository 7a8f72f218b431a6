// Takes the payer on to UnionPay at once; who comes back to this page finds the button instead.
(() => {
  const [visit] = performance.getEntriesByType("navigation");
  if (visit && visit.type === "navigate") document.getElementById("union").submit();
})();
