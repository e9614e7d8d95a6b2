// Shows the contract of the server this page came from, and of no other.
"use strict";

const contractAt = new URL("../openapi.json", document.currentScript.src);

async function show() {
  const place = document.getElementById("docs");
  const answer = await fetch(contractAt);
  if (!answer.ok) {
    place.textContent = `The contract cannot be read: ${answer.status}.`;
    place.className = "fault";
    return;
  }
  const contract = await answer.json();
  // what is tried out here is asked of this server, by whatever address it was reached
  contract.servers = [{ url: new URL(".", contractAt).href.replace(/\/$/, "") }];
  window.SwaggerUIBundle({
    domNode: place,
    spec: contract,
    deepLinking: true,
    filter: true,
    docExpansion: "none",
    validatorUrl: null,
    persistAuthorization: false,
  });
}

show();
