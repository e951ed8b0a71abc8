/* Keys of the staff app. Everything happens in the browser: no key press is sent to the server.
   Ctrl-K or Cmd-K opens the search; arrows move in it, Enter opens; G and a letter goes to a screen.
   Also remembers where the focus was, so that closing an overlay gives it back. */
(() => {
  const palette = () => document.getElementById("palette");
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  const screens = { d: "", i: "inbox/", b: "bookings/", c: "contacts/", f: "forms/", v: "inventory/", a: "automation/", s: "settings/" };
  let waitingForScreen = 0;

  /* Where the reader was before a drawer or dialog took the focus; they call this when they close. */
  let before = null;
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest("[role=dialog], dialog, [data-radix-focus-guard]")) before = event.target;
  });
  window.careopsReturnFocus = () => setTimeout(() => before?.isConnected && before.focus());

  /* After a change of screen the reader's place is its heading, as soon as it is drawn; the shell calls this. */
  let place = location.pathname;
  window.careopsArrived = () => {
    if (location.pathname === place) return;
    place = location.pathname;
    const until = performance.now() + 3000;
    const look = () => {
      const heading = document.querySelector("#main h1");
      const free = document.activeElement === document.body || document.activeElement.closest(".side, .tabbar");
      if (heading && free) {
        heading.tabIndex = -1;
        heading.focus({ preventScroll: true });
      } else if (!heading && performance.now() < until) requestAnimationFrame(look);
    };
    look();
  };

  function select(step) {
    const links = [...palette().querySelectorAll(".opts a")];
    const at = links.findIndex((link) => link.getAttribute("aria-selected") === "true");
    const next = links[(at + step + links.length) % links.length] ?? links[0];
    links.forEach((link) => link.setAttribute("aria-selected", String(link === next)));
    next?.scrollIntoView({ block: "nearest" });
    if (next) palette().querySelector("input").setAttribute("aria-activedescendant", next.id);
  }

  function inPalette(event) {
    const links = [...palette().querySelectorAll(".opts a")];
    const chosen = links.find((link) => link.getAttribute("aria-selected") === "true") ?? links[0];
    if (event.key === "ArrowDown") select(1);
    else if (event.key === "ArrowUp") select(-1);
    else if (event.key === "Enter" && event.target.matches("input")) chosen?.click();
    else return;
    event.preventDefault();
  }

  addEventListener("keydown", (event) => {
    const box = palette();
    if (!box) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      box.open ? box.close() : box.showModal();
    } else if (box.open) {
      inPalette(event);
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target)) {
      if (event.key === "g") waitingForScreen = event.timeStamp;
      else if (event.timeStamp - waitingForScreen < 1200 && event.key in screens) {
        waitingForScreen = 0;
        document.querySelector(`.side a[href="/app/${screens[event.key]}"]`)?.click();
      }
    }
  });

  addEventListener("click", (event) => {
    const box = palette();
    if (!box?.open) return;
    const outside = event.target === box;
    if (outside || event.target.closest(".opts a")) box.close();
  });
})();
