/* Counts down a held time beside the sentence that says until when; speaks up at two minutes and at thirty seconds.
   The page works without it: whoever sends the form later books the time if it is still free. */
(() => {
  const box = document.querySelector("[data-hold]");
  if (!box) return;
  const [sentence, timer, status] = [box.querySelector("p"), box.querySelector("[role=timer]"), box.querySelector("[role=status]")];
  const ends = Date.now() + box.dataset.hold * 1000;
  const words = { 120: "2 minutes left", 30: "30 seconds left" };
  let before = Infinity;
  const tick = () => {
    const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    for (const [at, said] of Object.entries(words)) if (before > at && left <= at && left > at - 5) status.textContent = said;
    before = left;
    timer.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left) return;
    clearInterval(each);
    box.dataset.tone = "warn";
    timer.remove();
    sentence.textContent = status.textContent = box.dataset.over;
  };
  const each = setInterval(tick, 1000);
  tick();
})();
