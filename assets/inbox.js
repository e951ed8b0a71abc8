/* The inbox in the browser: what is being written survives everything, text messages are counted, and the reader's place
   in the thread is kept. Nothing here is sent to the server before Send is pressed. */
(() => {
  const PREFIX = "careops:draft:", KEPT_MS = 30 * 24 * 3600 * 1000;
  const GSM = /^[\n\r !"#$%&'()*+,\-./0-9:;<=>?@A-Z_a-z¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ^{}\\[~\]|€]*$/;
  const DOUBLE = /[\^{}\\[~\]|€]/;
  let box = null, key = "", last = null, thread = "", anchor = null, place = 0, watched = null;

  const read = (name) => {
    try { return JSON.parse(localStorage.getItem(name)) ?? {}; } catch { return {}; }
  };
  const write = (name, value) => {
    try { value ? localStorage.setItem(name, JSON.stringify(value)) : localStorage.removeItem(name); } catch { /* full or forbidden: the text stays in the box */ }
  };
  const seen = () => box.form.elements.namedItem("seen");

  function forgetOld() {
    for (const name of Object.keys(localStorage).filter((each) => each.startsWith(PREFIX)))
      if (!(Date.now() - read(name).at < KEPT_MS)) write(name, null);
  }

  /* A composer has appeared, or now belongs to another conversation. */
  function restore() {
    const found = document.querySelector("[data-reply]");
    if (!found?.form || (found === box && found.form.dataset.draft === key)) return;
    [box, key] = [found, found.form.dataset.draft];
    const kept = read(PREFIX + key);
    box.value = kept.text ?? "";
    seen().value = kept.text ? kept.seen : "";
    count();
  }

  function keep() {
    const text = box.value;
    seen().value = text ? seen().value || box.form.dataset.lastReply : "";
    write(PREFIX + key, text ? { text, seen: seen().value, at: Date.now() } : null);
    count();
  }

  /* As texts.parts_of does: characters that take two units are never torn apart. */
  function cut(text) {
    const short = GSM.test(text), [one, many] = short ? [160, 153] : [70, 67];
    const widths = [...text].map((sign) => (short ? (DOUBLE.test(sign) ? 2 : 1) : sign.length));
    const length = widths.reduce((sum, each) => sum + each, 0);
    if (length <= one) return [length, 1, one];
    let parts = 1, filled = 0;
    for (const each of widths) {
      if (filled + each > many) [parts, filled] = [parts + 1, 0];
      filled += each;
    }
    return [length, parts, parts * many];
  }

  function count() {
    const shown = box?.form.querySelector("[data-count]");
    if (!shown) return;
    const [length, parts, room] = cut(box.value);
    const said = length ? `${length} of ${room}, ${parts} ${parts === 1 ? "text" : "texts"}` : "";
    if (shown.textContent !== said) shown.textContent = said;
  }

  /* Whoever reads further up stays at the line they read, whatever is added, folded or pushed around it, and a button
     says that there is something new below. At the end the reel follows by itself: it is laid out from there. */
  function hold() {
    const reel = document.querySelector(".reel"), pill = document.querySelector("[data-newest]");
    if (!reel) return;
    const newest = reel.querySelector(".msgs > :last-child"), isUp = reel.scrollTop < -60;
    if (isUp && anchor?.isConnected && reel.contains(anchor)) {
      const moved = offset(reel, anchor) - place;
      if (Math.abs(moved) > 1) reel.scrollTop += moved;
      if (pill && newest !== last && thread === key) pill.hidden = false;
    } else if (pill && !isUp) pill.hidden = true;
    [last, thread] = [newest, key];
    remember(reel);
    if (reel !== watched) {
      sizes.disconnect();
      sizes.observe((watched = reel));
    }
  }

  const offset = (reel, line) => line.getBoundingClientRect().top - reel.getBoundingClientRect().top;

  function remember(reel) {
    anchor = [...reel.querySelectorAll(".msgs > *")].find((line) => offset(reel, line) > 0) ?? null;
    place = anchor && offset(reel, anchor);
  }

  const sizes = new ResizeObserver(hold);
  const look = () => { restore(); count(); hold(); };
  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-draft", "data-count"] });

  addEventListener("input", (event) => { if (event.target === box) keep(); });
  addEventListener("scroll", ({ target }) => {
    if (!target.classList?.contains("reel")) return;
    remember(target);
    if (target.scrollTop >= -60) hold();
  }, true);
  addEventListener("keydown", (event) => {
    if (event.target === box && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      box.form.requestSubmit();
    }
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest(".ib[data-ctx=open] .ctx")) document.querySelector(".ctx .ctxbtn").click();
  });
  /* A letter that is unfolded grows downwards, away from where it was pressed. */
  addEventListener("click", ({ target }) => {
    const line = target.closest(".reel summary")?.closest(".msgs > *"), reel = line?.closest(".reel");
    if (!reel) return;
    const before = offset(reel, line);
    requestAnimationFrame(() => {
      reel.scrollTop += offset(reel, line) - before;
      remember(reel);
    });
  });
  addEventListener("click", (event) => {
    const insert = event.target.closest("[data-insert]");
    if (insert && box) {
      box.setRangeText(insert.dataset.insert, box.selectionStart, box.selectionEnd, "end");
      box.focus();
      keep();
    }
    if (event.target.closest("[data-newest]")) document.querySelector(".reel").scrollTop = 0;
  });

  window.careopsInbox = {
    newest() {
      requestAnimationFrame(() => requestAnimationFrame(() => { document.querySelector(".reel").scrollTop = 0; }));
    },
    sent(draft) {
      write(PREFIX + draft, null);
      if (!box?.isConnected || draft !== key) return;
      box.value = "";
      seen().value = "";
      count();
      box.focus();
    },
  };
  forgetOld();
})();
