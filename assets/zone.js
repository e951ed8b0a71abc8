/* Tells our pages the visitor's time zone; every page works without this.
   It keeps the zone in a cookie, chooses it in forms that ask for one, and loads a page again, once, that shows times
   and was drawn before the zone was known. */
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return;
  const known = document.cookie.split("; ").includes(`tz=${zone}`);
  document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=lax`;
  for (const field of document.querySelectorAll("[data-zone-field]")) {
    if (field.tagName !== "SELECT") field.value = zone;
    else if (!known && [...field.options].some((option) => option.value === zone)) field.value = zone;
  }
  const drawnFor = document.querySelector("[data-zone-shown]")?.dataset.zoneShown;
  const again = sessionStorage.getItem("zone") !== zone;
  sessionStorage.setItem("zone", zone);
  if (!known && again && drawnFor && drawnFor !== zone) location.reload();
})();
