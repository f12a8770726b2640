import type { OAuthSheet } from "../sdk/auth/oauth-sheet.ts";
import { requestTokens, type TokenPorts } from "../sdk/auth/request-tokens.ts";
import type { Tokens } from "../sdk/auth/token-answer.ts";
import type { Grant, OAuthClient } from "../sdk/auth/token-request.ts";
import { ConnectorError } from "../sdk/connector-error.ts";
import type { Json, JsonObject } from "../sdk/json.ts";
import { Secret } from "../sdk/secret.ts";
import { isProfileSecret } from "./secret-name.ts";
import type { Vault } from "./vault.ts";

/* Credentials with tokens, in the form in which the vault keeps them. */

export interface ObtainPorts extends TokenPorts {
  readonly vault: Pick<Vault, "read">;
}

/**
 * The credentials of a new profile: a code is exchanged at once, for it lives a few minutes; tokens that are given are
 * taken as they are, for the first use will tell. Fails with a `ConnectorError`.
 */
export async function firstCredentials(
  sheet: OAuthSheet,
  credentials: JsonObject,
  ports: ObtainPorts,
): Promise<JsonObject> {
  const { oAuthRequest, ...tokens } = memberOf(sheet, credentials);
  const grant = firstGrant(sheet, tokens, (oAuthRequest ?? {}) as JsonObject);
  const given = withMember(sheet, credentials, tokens);
  return grant === undefined ? given : obtain(sheet, given, grant, ports);
}

/** Credentials with new tokens for old ones. The old ones may be spent, so the new ones are to be stored before use. */
export async function renewedCredentials(
  sheet: OAuthSheet,
  credentials: JsonObject,
  ports: ObtainPorts,
): Promise<JsonObject> {
  const grant = renewalGrant(sheet, memberOf(sheet, credentials));
  if (grant !== undefined) return obtain(sheet, credentials, grant, ports);
  throw new ConnectorError(
    "InvalidCredentials",
    "The access token is not accepted (any more), and there is no refresh token — update the profile with new credentials",
  );
}

/** When the access token ends, in milliseconds since 1970, where that is known; `sheet` is undefined where there are no tokens. */
export function expiryOf(sheet: OAuthSheet | undefined, credentials: JsonObject): number | undefined {
  const { expiresAt } = sheet === undefined ? credentials : memberOf(sheet, credentials);
  return typeof expiresAt === "number" ? expiresAt : undefined;
}

function firstGrant(sheet: OAuthSheet, tokens: JsonObject, request: JsonObject): Grant | undefined {
  const code = textIn(request, "authCode");
  const redirectUri = textIn(request, "redirectUri");
  const verifier = secretIn(request, "codeVerifier");
  if (code !== undefined) {
    return {
      type: "code",
      code: new Secret(code),
      ...(redirectUri !== undefined && { redirectUri }),
      ...(verifier !== undefined && { verifier }),
    };
  }
  const hasTokens = [textIn(tokens, "accessToken"), textIn(tokens, "refreshToken")].some(
    (token) => token !== undefined,
  );
  return hasTokens ? undefined : ownGrant(sheet, tokens);
}

function renewalGrant(sheet: OAuthSheet, tokens: JsonObject): Grant | undefined {
  const refreshToken = secretIn(tokens, "refreshToken");
  return refreshToken === undefined ? ownGrant(sheet, tokens) : { type: "refresh", refreshToken };
}

/** What can be asked for without a user. */
function ownGrant(sheet: OAuthSheet, tokens: JsonObject): Grant | undefined {
  if (sheet.grant === "client-credentials") return { type: "client-credentials" };
  const assertion = secretIn(tokens, "jwtToken");
  return sheet.grant === "jwt-bearer" && assertion !== undefined ? { type: "jwt-bearer", assertion } : undefined;
}

async function obtain(
  sheet: OAuthSheet,
  credentials: JsonObject,
  grant: Grant,
  ports: ObtainPorts,
): Promise<JsonObject> {
  const member = memberOf(sheet, credentials);
  const client = await clientOf(member, ports.vault);
  if (client === undefined && grant.type !== "jwt-bearer") {
    throw new ConnectorError(
      "InvalidArgument",
      "There is no application to get tokens for — give clientId and clientSecret, or a clientCredentialsArn",
    );
  }
  const tokens = await requestTokens(sheet, client, grant, ports);
  return withMember(sheet, credentials, { ...member, ...stored(tokens) });
}

/** Some profiles name a secret of the user's, whose JSON has `clientId` and `clientSecret`. */
async function clientOf(member: JsonObject, vault: ObtainPorts["vault"]): Promise<OAuthClient | undefined> {
  const arn = textIn(member, "clientCredentialsArn");
  const holder = arn === undefined ? member : await readClient(arn, vault);
  const id = textIn(holder, "clientId");
  return id === undefined ? undefined : { id, secret: secretIn(holder, "clientSecret") };
}

async function readClient(arn: string, vault: ObtainPorts["vault"]): Promise<JsonObject> {
  if (isProfileSecret(arn)) throw badArn();
  try {
    const found = await vault.read(arn);
    if (found !== undefined && textIn(found.credentials, "clientId") !== undefined) return found.credentials;
  } catch (cause) {
    throw badArn(cause);
  }
  throw badArn();
}

/** The service's words, which people search for. */
function badArn(cause?: unknown): ConnectorError {
  return new ConnectorError(
    "InvalidArgument",
    "Please validate the ClientCredentialsArn provided and please make sure Appflow has required permissions to access " +
      "the credentials",
    { cause },
  );
}

/** A refresh token that is not replaced stays, and so does what else the system told before. */
function stored({ accessToken, refreshToken, expiresAt, others }: Tokens): JsonObject {
  return {
    accessToken: accessToken.reveal(),
    ...(refreshToken !== undefined && { refreshToken: refreshToken.reveal() }),
    expiresAt: expiresAt ?? null,
    ...others,
  };
}

function memberOf({ member }: OAuthSheet, credentials: JsonObject): JsonObject {
  return member === undefined ? credentials : ((credentials[member] ?? {}) as JsonObject);
}

function withMember({ member }: OAuthSheet, credentials: JsonObject, content: JsonObject): JsonObject {
  return member === undefined ? content : { ...credentials, [member]: content };
}

/** Clients send an empty text for what they do not have. */
function textIn(json: JsonObject, name: string): string | undefined {
  const value: Json | undefined = json[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function secretIn(json: JsonObject, name: string): Secret | undefined {
  const text = textIn(json, name);
  return text === undefined ? undefined : new Secret(text);
}
