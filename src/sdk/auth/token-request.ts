import type { HttpRequest } from "../http/dispatch.ts";
import { Secret } from "../secret.ts";
import type { OAuthSheet } from "./oauth-sheet.ts";

/** Whom the system knows as the application. */
export interface OAuthClient {
  readonly id: string;
  /** Absent for an application that cannot keep one. */
  readonly secret?: Secret | undefined;
}

/** What tokens are given for. */
export type Grant =
  | { readonly type: "code"; readonly code: Secret; readonly redirectUri?: string; readonly verifier?: Secret }
  | { readonly type: "refresh"; readonly refreshToken: Secret }
  | { readonly type: "client-credentials" }
  | { readonly type: "jwt-bearer"; readonly assertion: Secret };

/** The request for tokens. Its body, and its URL where it has no body, are secret. */
export function tokenRequest(sheet: OAuthSheet, client: OAuthClient | undefined, grant: Grant): HttpRequest {
  const { method = "POST", content = "form" } = sheet;
  const parameters = plain({ ...sheet.parameters, ...clientParameters(sheet, client), ...grantParameters(grant) });
  const headers = { accept: "application/json", ...basicHeader(sheet, client) };
  if (method === "GET") {
    const url = new URL(sheet.tokenUrl);
    for (const [name, value] of parameters) url.searchParams.set(name, value);
    return { method, url, headers };
  }
  const body =
    content === "json" ? JSON.stringify(Object.fromEntries(parameters)) : new URLSearchParams(parameters).toString();
  const type = content === "json" ? "application/json" : "application/x-www-form-urlencoded";
  return { method, url: sheet.tokenUrl, headers: { ...headers, "content-type": type }, body: new Secret(body) };
}

type Parameters = Readonly<Record<string, string | Secret | undefined>>;

/** RFC 6749 (sections 4.1.3, 4.4.2 and 6), RFC 7523 (section 2.1), RFC 7636 (section 4.5). */
function grantParameters(grant: Grant): Parameters {
  switch (grant.type) {
    case "code":
      return {
        grant_type: "authorization_code",
        code: grant.code,
        redirect_uri: grant.redirectUri,
        code_verifier: grant.verifier,
      };
    case "refresh":
      return { grant_type: "refresh_token", refresh_token: grant.refreshToken };
    case "client-credentials":
      return { grant_type: "client_credentials" };
    case "jwt-bearer":
      return { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: grant.assertion };
  }
}

function clientParameters(sheet: OAuthSheet, client: OAuthClient | undefined): Parameters {
  if (client === undefined || sheet.client === "basic") return {};
  return { client_id: client.id, client_secret: client.secret };
}

/** Id and secret are encoded as in a form first (RFC 6749, section 2.3.1). */
function basicHeader(sheet: OAuthSheet, client: OAuthClient | undefined): Readonly<Record<string, Secret>> {
  if (client === undefined || sheet.client !== "basic") return {};
  const pair = [client.id, client.secret?.reveal() ?? ""].map(encodeURIComponent).join(":");
  return { authorization: new Secret(`Basic ${Buffer.from(pair).toString("base64")}`) };
}

function plain(parameters: Parameters): [string, string][] {
  return Object.entries(parameters).flatMap(([name, value]): [string, string][] => {
    if (value === undefined) return [];
    return [[name, value instanceof Secret ? value.reveal() : value]];
  });
}
