import { timingSafeEqual } from "node:crypto";
import { userArn, type Place } from "./arns.ts";
import type { Access, AccessKey, KeyStore } from "./key-store.ts";
import type { Policy } from "./policy.ts";
import { ApiError } from "./problems.ts";
import { type Authorization, parseAuthorization, sha256, signatureOf } from "./sigv4.ts";

/** Who sent a request. */
export interface Caller {
  readonly arn: string;
  /** The last part of the ARN. */
  readonly user: string;
  readonly access: Access;
  /** Undefined for whoever may do all that the access allows. */
  readonly policy?: Policy | undefined;
}

/** A request, as far as it is signed. */
export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  /** A header that came several times has its values joined by a comma alone, for that is what is signed. */
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface AuthenticateOptions {
  readonly keys: KeyStore;
  readonly place: Place;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The service that the request is signed for, `appflow` unless it is given. */
  readonly service?: string | undefined;
}

/** How far the clock of a caller may be off, as with AWS. */
export const MAX_CLOCK_SKEW_MS = 5 * 60 * 1000;

/** Finds out who signed a request. Fails, with the error that AWS gives, unless every part of the signature is right. */
export async function authenticate(request: SignedRequest, options: AuthenticateOptions): Promise<Caller> {
  const authorization = authorizationOf(request);
  const time = timeOf(request);
  checkSignedHeaders(request, authorization);
  checkScope(authorization, time, options);
  checkClock(time, options.now);
  checkBodyHash(request);

  const key = await options.keys.find(authorization.accessKeyId);
  if (key === undefined || request.headers.has("x-amz-security-token")) {
    throw new ApiError("UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  checkSignature(request, authorization, time, key);
  if (key.expiresAt !== undefined && key.expiresAt <= options.now) {
    throw new ApiError("ExpiredTokenException", "The security token included in the request is expired");
  }
  const { user, access, policy } = key;
  return { arn: userArn(options.place, user), user, access, ...(policy !== undefined && { policy }) };
}

function authorizationOf({ headers }: SignedRequest): Authorization {
  const header = headers.get("authorization");
  if (header === null) throw new ApiError("MissingAuthenticationToken", "Missing Authentication Token");
  const authorization = parseAuthorization(header);
  if (authorization === undefined) {
    throw new ApiError(
      "IncompleteSignature",
      "Authorization header requires 'AWS4-HMAC-SHA256' and the parameters 'Credential', 'SignedHeaders' and 'Signature'.",
    );
  }
  return authorization;
}

/** The request's time as it is written. */
function timeOf({ headers }: SignedRequest): string {
  const time = headers.get("x-amz-date");
  if (time !== null && /^\d{8}T\d{6}Z$/.test(time)) return time;
  throw new ApiError(
    "IncompleteSignature",
    "Authorization header requires existence of a 'X-Amz-Date' header in the form 20300101T000000Z.",
  );
}

/** What is not signed could be changed on the way, so every header that has a meaning here is signed. */
function checkSignedHeaders({ headers }: SignedRequest, { signedHeaders }: Authorization): void {
  const unsigned = ["host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"].filter(
    (name) => headers.has(name) && !signedHeaders.includes(name),
  );
  const missing = signedHeaders.filter((name) => !headers.has(name));
  if (unsigned.length > 0)
    throw invalid(`'${unsigned.join("', '")}' must be a 'SignedHeader' in the AWS Authorization.`);
  if (missing.length > 0 || !headers.has("host")) throw invalid(MISMATCH);
}

function checkScope({ scope }: Authorization, time: string, { place, service = "appflow" }: AuthenticateOptions): void {
  if (scope.service !== service) throw invalid(`Credential should be scoped to correct service: '${service}'.`);
  if (scope.region !== place.region) {
    throw invalid(`Credential should be scoped to a valid region: '${place.region}'.`);
  }
  if (scope.date !== time.slice(0, "yyyymmdd".length)) {
    throw invalid("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.");
  }
}

function checkClock(time: string, now: number): void {
  const signedAt = Date.parse(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!(signedAt >= now - MAX_CLOCK_SKEW_MS)) {
    throw invalid(`Signature expired: ${time} is more than 5 min. before the time here, ${basic(now)}.`);
  }
  if (signedAt > now + MAX_CLOCK_SKEW_MS) {
    throw invalid(`Signature not yet current: ${time} is more than 5 min. after the time here, ${basic(now)}.`);
  }
}

/** boto3 sends no such header: then only the signature itself vouches for the body. */
function checkBodyHash({ headers, body }: SignedRequest): void {
  const hash = headers.get("x-amz-content-sha256");
  if (hash !== null && hash !== sha256(body)) {
    throw invalid("The value of 'x-amz-content-sha256' is not the SHA-256 of the body.");
  }
}

function checkSignature(request: SignedRequest, authorization: Authorization, time: string, key: AccessKey): void {
  const { scope, signedHeaders } = authorization;
  const expected = signatureOf(key.secret.reveal(), scope, time, {
    method: request.method,
    path: request.url.pathname,
    query: request.url.search.slice(1),
    headers: signedHeaders.map((name) => [name, request.headers.get(name) ?? ""]),
    body: request.body,
  });
  const [a, b] = [Buffer.from(expected), Buffer.from(authorization.signature)];
  if (a.length !== b.length || !timingSafeEqual(a, b)) throw invalid(MISMATCH);
}

const MISMATCH =
  "The request signature we calculated does not match the signature you provided. " +
  "Check your secret access key and signing method.";

function invalid(message: string): ApiError {
  return new ApiError("InvalidSignatureException", message);
}

function basic(time: number): string {
  return new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, "");
}
