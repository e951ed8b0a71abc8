/* Tells that the customer has begun with the form, at the first touch of a field. The page works without it. */
(() => {
  const form = document.querySelector("form[data-opened]");
  form?.addEventListener("input", () => navigator.sendBeacon(form.dataset.opened), { once: true });
})();
