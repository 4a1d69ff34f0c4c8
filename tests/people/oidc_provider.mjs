// A whole OpenID provider (npm oidc-provider) that signs Rita in without asking: node oidc_provider.mjs PORT CALLBACK
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [port, callback] = process.argv.slice(2);
const found = createRequire(`${process.env.OIDC_PROVIDER}/x.js`).resolve("oidc-provider");
const { default: Provider } = await import(pathToFileURL(found));
const rita = {
  email: "rita@example.com", email_verified: true, given_name: "Rita", family_name: "Real", groups: ["shop-support"],
};
const provider = new Provider(`http://localhost:${port}`, {
  clients: [{
    client_id: "portal", client_secret: "a secret of the tests", redirect_uris: [callback],
    response_types: ["code"], grant_types: ["authorization_code"],
  }],
  cookies: { keys: ["of the tests"] },
  claims: {
    openid: ["sub", "amr"], email: ["email", "email_verified"], profile: ["given_name", "family_name"],
    groups: ["groups"],
  },
  scopes: ["openid", "email", "profile", "groups"],
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...rita }) }),
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
});
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  const { prompt, params, session } = await provider.interactionDetails(ctx.req, ctx.res);
  let result = { login: { accountId: "rita", amr: ["pwd", "hwk"] } };
  if (prompt.name === "consent") {
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result = { consent: { grantId: await grant.save() } };
  }
  ctx.respond = false;
  return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
});
provider.listen(port, "localhost", () => console.log("ready"));
