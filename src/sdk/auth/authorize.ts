import type { HttpRequest } from "../http/dispatch.ts";
import type { HttpSheet } from "../http/http-sheet.ts";
import { Secret } from "../secret.ts";

/* How requests are authorised. Each takes the names of credentials; a vendor's own way of signing is a function like these. */

type Authorize = HttpSheet["authorize"];

/** A token in the Authorization header (RFC 6750, section 2.1), behind another word where the vendor has one. */
export function bearerToken(member = "accessToken", scheme = "Bearer"): Authorize {
  return (request, { credentials }) =>
    withHeader(request, "authorization", new Secret(`${scheme} ${credentials.secret(member).reveal()}`));
}

/** A user and a password (RFC 7617). */
export function basicAuth(user = "username", password = "password"): Authorize {
  return (request, { credentials }) => {
    const pair = `${credentials.secret(user).reveal()}:${credentials.text(password) ?? ""}`;
    return withHeader(request, "authorization", new Secret(`Basic ${Buffer.from(pair).toString("base64")}`));
  };
}

/** A header for each key: the header's name, and that of the credential. */
export function headerKeys(members: Readonly<Record<string, string>>): Authorize {
  return (request, { credentials }) =>
    Object.entries(members).reduce(
      (sent, [name, member]) => withHeader(sent, name, credentials.secret(member)),
      request,
    );
}

function withHeader(request: HttpRequest, name: string, value: Secret): HttpRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}
