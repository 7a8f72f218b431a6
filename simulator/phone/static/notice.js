// Copies the link of a page that does not open here.
const copy = document.getElementById("copy");
if (copy) {
  copy.addEventListener("click", () => {
    document.getElementById("link").select();
    document.execCommand("copy");
    copy.textContent = copy.dataset.done;
  });
}
