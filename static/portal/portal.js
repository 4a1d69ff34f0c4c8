// The one script of the customer pages. Everything works without it: it moves focus after a swap,
// speaks in the live region, holds back a second press and warns before the session ends.
"use strict";

(() => {
  const body = document.body;
  const live = document.getElementById("live");
  // Events differ by name between htmx 2 and 4; they are named only here.
  const HTMX = {
    before: ["htmx:beforeRequest", "htmx:before:request"],
    swap: ["htmx:beforeSwap", "htmx:before:swap"],
    after: ["htmx:afterRequest", "htmx:after:request"],
    settled: ["htmx:afterSettle", "htmx:after:settle"],
    failed: ["htmx:responseError", "htmx:sendError", "htmx:timeout", "htmx:error"],
  };
  const on = (names, act) => names.forEach((name) => document.addEventListener(name, act));

  function say(text) {
    if (!live || !text) return;
    live.textContent = "";
    setTimeout(() => { live.textContent = text; }, 100); // a cleared region makes a repeated text be read again
  }

  // Focus: the heading or error summary that a swap (or a full page with errors) brought.
  function settle(root) {
    const find = (what) => (root.matches?.(what) ? root : root.querySelector?.(what));
    find("[data-focus]")?.focus();
    say(find("[data-announce]")?.dataset.announce);
    const news = find("[data-news]")?.dataset.news;
    if (news) document.title = `(${news}) ${document.title.replace(/^\(\d+\) /, "")}`;
  }
  on(HTMX.settled, (event) => settle(event.target));
  document.querySelector("main [data-focus]")?.focus();

  // On the staff site, where the menu is longer than the window: the page that is open stands in sight.
  const here = document.querySelector(".staff-menu [aria-current]");
  const rail = document.getElementById("header");
  if (here && here.offsetTop > rail.clientHeight * 0.8) rail.scrollTop = here.offsetTop - rail.clientHeight / 2;

  // Tell once where the customer is, so that times are theirs: only while the portal does not know.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (body.dataset.zoneUrl && zone) {
    const headers = JSON.parse(body.getAttribute("hx-headers"));
    fetch(body.dataset.zoneUrl, { method: "POST", headers, body: new URLSearchParams({ time_zone: zone }) }).catch(() => {});
  }

  // Pending: one press is enough. The server is idempotent anyway.
  const pending = new Set();
  function release(form) {
    pending.delete(form);
    form.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (pending.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    pending.add(form);
    // After the browser has read the form; a download leaves the page standing, so let go in the end.
    setTimeout(() => event.submitter?.setAttribute("aria-disabled", "true"));
    setTimeout(() => release(form), 10000);
  }, true);
  on(HTMX.after, (event) => {
    const form = event.target.closest?.("form");
    if (form) release(form);
    restart();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) [...pending].forEach(release);
    // Data shown under a permission is never brought back from the browser's memory: ask the server again.
    if (event.persisted && document.querySelector("[data-ends-with-page]")) {
      document.querySelector("main")?.replaceChildren();
      window.location.replace(window.location.href);
    }
  });

  // A whole page in answer to a fragment (signed out meanwhile, say) is shown as a page, not inside a card.
  on(HTMX.swap, (event) => {
    const { xhr, serverResponse, target, shouldSwap } = event.detail;
    if (shouldSwap && xhr && target !== body && /^\s*<!doctype/i.test(serverResponse)) {
      event.detail.shouldSwap = false;
      window.location.assign(xhr.responseURL || window.location.href);
    }
  });
  on(HTMX.failed, (event) => {
    const { xhr, requestConfig: sent } = event.detail ?? {};
    if (xhr?.status === 401) return meetSessionEnd(sent?.verb === "post" && sent.triggeringEvent?.type === "submit");
    if (event.target.matches?.("[hx-swap=none], [hx-trigger*=every]")) return; // sent by itself, and soon again
    const notice = document.getElementById("failed");
    if (!notice) return;
    notice.hidden = false;
    notice.focus();
  });

  // A dropped file is read here into the field; nothing is sent before the button is pressed.
  const field = document.querySelector("textarea[data-drop]");
  if (field) {
    const read = async (file) => {
      if (file.size > 400000) return say(field.dataset.tooLarge);
      field.value = (await file.text()).trim();
    };
    document.getElementById("receipt-file")?.addEventListener("change", (event) => {
      if (event.target.files[0]) read(event.target.files[0]);
    });
    field.addEventListener("dragover", (event) => event.preventDefault());
    field.addEventListener("drop", async (event) => {
      const file = event.dataTransfer?.files[0];
      if (!file) return; // dropped text goes the browser's own way
      event.preventDefault();
      await read(file);
      field.focus();
    });
  }

  // What is shown once is taken along: printed, or copied line by line.
  document.querySelectorAll("[data-print]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });
  document.querySelectorAll("[data-copy]").forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    const lines = document.getElementById(button.dataset.copy).children;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText([...lines].map((line) => line.textContent.trim()).join("\n"));
      say(button.dataset.copied);
      button.textContent = button.dataset.copied;
    });
  });

  // Session: two minutes before the end ask once, in a dialog with one button (WCAG 2.2.1). After it, the form that
  // was being filled in goes along to the sign-in and comes back from there.
  const dialog = document.getElementById("session-end");
  const seconds = Number(dialog?.dataset.sessionSeconds);
  let ends = Infinity;
  let typedIn = null;
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.method === "post" && !event.target.matches("[type=password]")) typedIn = form;
  });
  function restart() {
    if (dialog && seconds > 120) ends = Date.now() + seconds * 1000;
  }
  const isKept = () => Boolean(typedIn?.isConnected && typedIn.matches(dialog.dataset.kept));
  function showSessionEnd() {
    ends = Infinity;
    const untrue = typedIn && !isKept() ? "kept" : "lost";
    dialog.querySelectorAll("[data-before]").forEach((part) => { part.hidden = true; });
    dialog.querySelectorAll("[data-after]").forEach((part) => { part.hidden = part.dataset.after === untrue; });
    if (!dialog.open) dialog.showModal();
  }
  // A fragment was refused because nobody is signed in any more.
  function meetSessionEnd(wasPressed) {
    if (dialog && typedIn) showSessionEnd();
    // To where it says that the press was not done; a page that only shows something leads there, and back, by itself.
    else if (dialog && wasPressed) window.location.assign(`${dialog.querySelector("a").pathname}?ended=1`);
    else window.location.reload();
  }
  function watch() {
    const left = (ends - Date.now()) / 1000;
    if (left <= 0) showSessionEnd();
    else if (left <= 120 && !dialog.open) dialog.showModal();
  }
  restart();
  if (ends !== Infinity) {
    setInterval(watch, 5000);
    document.addEventListener("visibilitychange", watch);
    dialog.querySelector("a").addEventListener("click", (event) => {
      if (!isKept()) return;
      event.preventDefault();
      const { pathname, search } = new URL(typedIn.action, window.location.href);
      typedIn.action = `${dialog.dataset.keepUrl}?of=${encodeURIComponent(pathname + search)}`;
      HTMLFormElement.prototype.submit.call(typedIn);
    });
    dialog.addEventListener("close", async () => {
      if (ends === Infinity) return; // already over
      try {
        // Any answer of the server prolongs the session; this page looks at nobody's data.
        const answer = await fetch(dialog.dataset.stayUrl, { credentials: "same-origin", cache: "no-store" });
        if (answer.ok && !answer.redirected) restart();
        else if (answer.status === 401) showSessionEnd();
      } catch { ends = Date.now() + 5000; }
    });
  }

  // Who files a page on paper wants to know of which moment it tells, and where its addresses are.
  window.addEventListener("beforeprint", () => {
    const lang = document.documentElement.lang.replace(/^en$/, "en-GB");
    const moment = new Date(performance.timeOrigin).toLocaleString(lang, { dateStyle: "long", timeStyle: "long" });
    document.querySelector(".site-header")?.setAttribute("data-printed", `${window.location.origin}, ${moment}`);
  });
})();
