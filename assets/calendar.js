/* The grid of the calendar in the browser: a visit is dragged to another time or column, its lower edge changes its
   length, an empty time is picked; each of these also by keys. Only where something was put is sent to the server, which
   judges it anew. A finger scrolls and taps; what a finger cannot drag, the forms do. */
(() => {
  const STEP = 5, LEAP = 15, EDGE = 7, FAR = 4, PATIENCE_MS = 8000;
  let pressed = null, held = null, sent = null, suppressed = false, hint = null;

  const area = () => document.getElementById("calendar-grid");
  const grid = () => area()?.querySelector(".grid");
  const columns = () => [...grid().querySelectorAll(".col")];
  const number = (element, name) => Number(element.dataset[name]);
  const frame = () => [number(grid(), "first"), number(grid(), "last")];
  const word = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
  const span = (one) => `${word(one.minute)}–${word(one.minute + one.minutes)}`;
  const say = (text) => { document.getElementById("calendar-said").textContent = text; };

  function minuteAt(column, y) {
    const box = column.getBoundingClientRect(), [first, last] = frame();
    return first + ((y - box.top) / box.height) * (last - first);
  }
  const stepBefore = (minute) => Math.floor(minute / STEP) * STEP;
  const nearestStep = (minute) => Math.round(minute / STEP) * STEP;
  const columnAt = (x) => columns().find((each) => { const box = each.getBoundingClientRect(); return x >= box.left && x < box.right; });
  const staffIn = (one) => one.column.dataset.staff || one.staff;

  /* What the eye sees at once; the server has the last word. */
  function obstacle(one) {
    const meets = (first, last) => first < one.minute + one.minutes && last > one.minute;
    const other = [...one.column.querySelectorAll(".evt")].find((each) =>
      each.dataset.id !== one.id && each.dataset.staff === staffIn(one) && each.dataset.status !== "no_show"
      && meets(number(each, "minute"), number(each, "minute") + number(each, "minutes")));
    if (other) return `At the same time as ${other.dataset.who}`;
    const closed = [...one.column.querySelectorAll(".off")].some((each) => meets(number(each, "first"), number(each, "last")));
    return closed ? "Outside the hours" : "";
  }

  function box(kind) {
    const made = document.createElement("div");
    made.className = kind;
    made.setAttribute("aria-hidden", "true");
    return made;
  }

  function draw() {
    const [first, last] = frame(), share = (minute) => `${((minute - first) / (last - first)) * 100}%`;
    const { ghost } = held, against = held.kind === "pick" ? "" : obstacle(held);
    if (ghost.parentElement !== held.column) held.column.append(ghost);
    ghost.style.top = share(held.minute);
    ghost.style.height = share(first + Math.max(held.minutes, STEP));
    ghost.dataset.tone = against ? "bad" : "info";
    ghost.replaceChildren(...[held.who, held.minutes ? span(held) : word(held.minute), against].filter(Boolean).map((text) => {
      const line = document.createElement("div");
      line.textContent = text;
      return line;
    }));
    held.against = against;
  }

  function keepInFrame() {
    const [first, last] = frame();
    const { minute = first, minutes = 0 } = held.before ?? {};  // what runs past midnight keeps its length
    held.minute = Math.max(first, Math.min(held.minute, Math.max(minute, last - Math.max(held.minutes, STEP))));
    held.minutes = Math.min(held.minutes, Math.max(minutes, last - held.minute));
  }

  function lift(kind, entry, by) {
    const column = entry.closest(".col");
    held = {
      kind, entry, by, column, id: entry.dataset.id, revision: entry.dataset.revision, staff: entry.dataset.staff,
      who: entry.dataset.who, minute: number(entry, "minute"), minutes: number(entry, "minutes"), ghost: box("carried"),
    };
    held.before = { column, minute: held.minute, minutes: held.minutes };
    entry.dataset.lifted = "yes";
    grid().dataset.drag = kind;
    draw();
  }

  function point(column, minute, by) {
    held = { kind: "pick", by, column, minute, minutes: 0, ghost: box("carried pick") };
    keepInFrame();
    draw();
  }

  /* Ends without a trace. */
  function leave(text = "") {
    held?.ghost.remove();
    if (held?.entry) delete held.entry.dataset.lifted;
    if (grid()) delete grid().dataset.drag;
    held = pressed = null;
    if (text) say(text);
  }

  function report(id, values) {
    const form = document.getElementById(id);
    for (const [name, value] of Object.entries(values)) form.elements.namedItem(name).value = value;
    form.requestSubmit();
  }

  function put() {
    const one = held, { before } = one;
    if (one.kind !== "pick" && before.column === one.column && before.minute === one.minute && before.minutes === one.minutes)
      return leave("Left where it was.");
    if (sent) settle();
    one.ghost.classList.add("waits");
    sent = { ghost: one.ghost, entry: one.entry, id: one.by === "keys" ? one.id : "", timer: setTimeout(settle, PATIENCE_MS) };
    const where = { day: one.column.dataset.day, minute: one.minute, minutes: one.minutes || "" };
    if (one.kind === "pick") report("calendar-pick", { ...where, staff: one.column.dataset.staff });
    else report("calendar-drop", { ...where, booking: one.id, revision: one.revision, staff: staffIn(one) });
    delete grid().dataset.drag;
    held = pressed = null;
  }

  function settle() {
    if (!sent) return;
    const { ghost, entry, id, timer } = sent;
    sent = null;
    clearTimeout(timer);
    ghost.remove();
    if (entry) delete entry.dataset.lifted;
    const moved = id && !document.querySelector("[role=dialog]") && document.querySelector(`.evt[data-id="${id}"]`);
    if (moved) moved.focus({ preventScroll: true });
  }

  /* pointer */
  addEventListener("pointerdown", (event) => {
    suppressed = false;
    if (held?.by === "keys") leave();
    const column = event.target.closest?.("#calendar-grid .col");
    if (!column || event.button !== 0 || event.pointerType === "touch") return;
    const entry = event.target.closest(".evt"), { clientX: x, clientY: y } = event;
    if (!entry) pressed = { kind: "pick", column, x, y, minute: stepBefore(minuteAt(column, y)) };
    else if (entry.dataset.moves === "yes") {
      const { bottom, height } = entry.getBoundingClientRect();
      const isEdge = bottom - y <= Math.min(EDGE, height / 3);
      pressed = { kind: isEdge ? "resize" : "move", entry, column, x, y, grab: minuteAt(column, y) - number(entry, "minute") - (isEdge ? number(entry, "minutes") : 0) };
    }
  });

  function drag({ clientX: x, clientY: y }) {
    const column = held.kind === "move" ? columnAt(x) ?? held.column : held.column, at = minuteAt(column, y);
    if (held.kind === "move") [held.column, held.minute] = [column, nearestStep(at - pressed.grab)];
    else if (held.kind === "resize") held.minutes = Math.max(STEP, nearestStep(at - pressed.grab) - held.minute);
    else {
      const to = nearestStep(at);
      [held.minute, held.minutes] = [Math.min(pressed.minute, to), Math.abs(to - pressed.minute)];
    }
    keepInFrame();
    draw();
    const { top, bottom } = area().getBoundingClientRect();
    if (y > bottom - 24) area().scrollTop += 12;
    else if (y < top + 76) area().scrollTop -= 12;
  }

  addEventListener("pointermove", (event) => {
    if (pressed && !held && Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > FAR) {
      if (!pressed.column.isConnected) return leave();
      pressed.kind === "pick" ? point(pressed.column, pressed.minute, "pointer") : lift(pressed.kind, pressed.entry, "pointer");
    }
    if (held?.by === "pointer") drag(event);
    show(event);
  });

  addEventListener("pointerup", () => {
    if (held?.by === "pointer") {
      suppressed = true;
      put();
    } else if (pressed?.kind === "pick" && pressed.column.isConnected) {
      point(pressed.column, pressed.minute, "pointer");
      put();
    } else pressed = null;
  });
  addEventListener("pointercancel", () => { if (held?.by === "pointer") leave(); pressed = null; });
  addEventListener("dragstart", (event) => { if (event.target.closest?.("#calendar-grid .evt")) event.preventDefault(); });

  addEventListener("click", (event) => {
    if (suppressed && event.target.closest?.("#calendar-grid")) {
      event.preventDefault();
      event.stopPropagation();
    }
    suppressed = false;
    const column = event.target.closest?.("#calendar-grid .col");
    if (event.pointerType !== "touch" || !column || event.target.closest(".evt")) return;
    point(column, stepBefore(minuteAt(column, event.clientY)), "pointer");
    put();
  }, true);

  /* The time under the pointer, before it is pressed. */
  function show({ target, clientY, pointerType, buttons }) {
    const column = pointerType === "mouse" && !buttons && !held && !target.closest?.(".evt") && target.closest?.("#calendar-grid .col");
    if (!column) return hint?.remove();
    const minute = stepBefore(minuteAt(column, clientY)), [first, last] = frame();
    hint ??= box("hint");
    hint.textContent = word(minute);
    hint.style.top = `${((minute - first) / (last - first)) * 100}%`;
    if (hint.parentElement !== column) column.append(hint);
  }

  /* keys */
  function told(one) {
    return `${one.column.dataset.spoken}, ${one.minutes ? span(one) : word(one.minute)}${one.against ? `. ${one.against}` : ""}`;
  }

  function step(event, size) {
    const all = columns(), at = all.indexOf(held.column), way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (way) held.column = all[Math.max(0, Math.min(all.length - 1, at + way))];
    else if (event.shiftKey && held.kind !== "pick") held.minutes = Math.max(STEP, held.minutes + (event.key === "ArrowDown" ? STEP : -STEP));
    else held.minute += event.key === "ArrowDown" ? size : -size;
    keepInFrame();
    draw();
    held.ghost.scrollIntoView({ block: "nearest", inline: "nearest" });
    say(told(held));
  }

  function begin(event) {
    const entry = event.target.closest(".evt");
    if (entry && event.key === " ") {
      if (entry.dataset.moves !== "yes") return say("This visit can no longer be moved.");
      lift("move", entry, "keys");
      say(`${entry.dataset.who} lifted. ${told(held)}. Arrow keys move it, Enter puts it down, Escape leaves it.`);
    } else if (event.target === area() && event.key.startsWith("Arrow")) {
      point(grid().querySelector(".col.today") ?? columns()[0], 9 * 60, "keys");
      held.ghost.scrollIntoView({ block: "nearest" });
      say(told(held));
    } else return;
    event.preventDefault();
  }

  addEventListener("keydown", (event) => {
    if (held && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      suppressed = held.by === "pointer";
      return leave("Left where it was.");
    }
    if (!event.target.closest?.("#calendar-grid") || !grid() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (held?.by !== "keys") return held ? undefined : begin(event);
    if (event.key.startsWith("Arrow")) step(event, held.kind === "pick" && !event.shiftKey ? LEAP : STEP);
    else if (event.key === "Enter" || event.key === " ") put();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  addEventListener("focusout", ({ target }) => { if (held?.by === "keys" && target.closest?.("#calendar-grid")) leave(); });

  /* Called when the server has answered and the calendar shows what is true now. */
  window.careopsCalendar = { settled: () => requestAnimationFrame(() => requestAnimationFrame(settle)) };
})();
