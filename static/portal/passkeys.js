// Asks the browser for a passkey and sends its answer with the form. Where nothing else stands in the place of a form, it
// shows from the first paint on, so that nothing moves: without script the stylesheet hides it, in a browser that has no
// passkeys this does.
"use strict";

(() => {
  const { PublicKeyCredential, webauthnJSON } = window;
  const isAble = Boolean(PublicKeyCredential && webauthnJSON);
  document.querySelectorAll("[data-with-passkeys]").forEach((part) => { part.hidden = !isAble; });
  document.querySelectorAll("[data-without-passkeys]").forEach((part) => { part.hidden = isAble; });
  if (!isAble) return;

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
