import { ConnectorError, type JsonObject, type OAuthSheet } from "#sdk";

/**
 * SAP's clients are users with a password, and those authenticate by a Basic header (RFC 6749, section 2.3.1):
 * https://help.sap.com/doc/saphelp_em92/9.2/en-US/5c/8371a2370647f5a03ea6f81f6a27cb/content.htm
 */
export function oauth({ oAuthProperties }: JsonObject, { oAuthCredentials }: JsonObject): OAuthSheet | undefined {
  if (!oAuthCredentials) return undefined;
  const { tokenUrl = "" } = (oAuthProperties ?? {}) as { readonly tokenUrl?: string };
  const url = URL.parse(tokenUrl);
  if (url === null) throw new ConnectorError("InvalidArgument", "oAuthProperties.tokenUrl: it is not a URL");
  return { member: "oAuthCredentials", grant: "authorization-code", tokenUrl: url, client: "basic" };
}
