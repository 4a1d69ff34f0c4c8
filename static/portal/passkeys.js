// Asks the browser for a passkey and sends its answer with the form. Without script, or in a browser that has no
// passkeys, these forms stay hidden, and the page names the other ways.
"use strict";

(() => {
  const { PublicKeyCredential, webauthnJSON } = window;
  if (!PublicKeyCredential || !webauthnJSON) return;

  async function fetchOptions(form) {
    if (!form.dataset.passkeyOptions) return JSON.parse(document.getElementById("passkey-options").textContent);
    const answer = await fetch(form.dataset.passkeyOptions, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("no options");
    return answer.json();
  }

  async function ask(form) {
    const { creation_options: creation, request_options: request } = await fetchOptions(form);
    return creation ? webauthnJSON.create(creation) : webauthnJSON.get(request);
  }

  document.querySelectorAll("[data-with-passkeys]").forEach((part) => { part.hidden = false; });
  document.querySelectorAll("[data-without-passkeys]").forEach((part) => { part.hidden = true; });
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    const failed = form.querySelector("[data-passkey-failed]");
    const button = form.querySelector("[data-passkey]");
    let isAsking = false;
    async function send() {
      if (isAsking) return;
      isAsking = true;
      failed.hidden = true;
      button.setAttribute("aria-disabled", "true");
      try {
        form.elements.credential.value = JSON.stringify(await ask(form));
        HTMLFormElement.prototype.submit.call(form);
      } catch {
        failed.hidden = false;
        failed.focus();
        isAsking = false;
        button.removeAttribute("aria-disabled");
      }
    }
    button.addEventListener("click", send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send();
    });
  });
})();
