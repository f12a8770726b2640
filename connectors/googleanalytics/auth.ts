import type { OAuthSheet } from "#sdk";

/** https://developers.google.com/identity/protocols/oauth2/web-server#offline */
export function oauth(): OAuthSheet {
  return { grant: "authorization-code", tokenUrl: new URL("https://oauth2.googleapis.com/token") };
}
