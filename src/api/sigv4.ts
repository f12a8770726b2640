import { createHash, createHmac } from "node:crypto";

/*
 * AWS Signature Version 4 with the signature in the Authorization header.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */

/** The Authorization header of a signed request. */
export interface Authorization {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** As listed in the header: the order is part of what is signed. */
  readonly signedHeaders: readonly string[];
  /** Lower-case hexadecimal. */
  readonly signature: string;
}

export interface CredentialScope {
  /** `yyyymmdd` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** What is signed of a request. */
export interface SignedParts {
  readonly method: string;
  /** As it stands in the request, percent-encoded. */
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** Name in lower case and value; the headers that are signed, in the order in which they are listed. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** Undefined when the header is not a complete authorization. */
export function parseAuthorization(header: string): Authorization | undefined {
  const [, list = ""] = /^AWS4-HMAC-SHA256 +(.*)$/.exec(header) ?? [];
  const pairs = list.split(",").map((pair) => pair.trim().split("="));
  const parts = new Map(pairs.map(([name = "", value = ""]) => [name, value]));
  const [accessKeyId, date, region, service, end, ...rest] = parts.get("Credential")?.split("/") ?? [];
  const signedHeaders = (parts.get("SignedHeaders") ?? "").split(";");
  const signature = parts.get("Signature") ?? "";

  const complete = pairs.length === 3 && pairs.every((pair) => pair.length === 2) && parts.size === 3;
  const scoped = end === "aws4_request" && rest.length === 0;
  if (!complete || !scoped || !accessKeyId || !date || !region || !service) return undefined;
  if (signature === "" || !signedHeaders.every((name) => HEADER_NAME.test(name))) return undefined;
  return { accessKeyId, scope: { date, region, service }, signedHeaders, signature };
}

/** A token of HTTP, in lower case. */
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;

/** The signature that the holder of the secret gives a request. `time` is the request's `x-amz-date`. */
export function signatureOf(secret: string, scope: CredentialScope, time: string, parts: SignedParts): string {
  const name = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const text = `${ALGORITHM}\n${time}\n${name}\n${sha256(canonicalRequest(parts))}`;
  const key = [scope.date, scope.region, scope.service, "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${secret}`);
  return hmac(key, text).toString("hex");
}

export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function canonicalRequest({ method, path, query, headers, body }: SignedParts): string {
  return [
    method,
    path.split("/").map(encode).join("/"),
    canonicalQuery(query),
    ...headers.map(([name, value]) => `${name}:${value.trim().replaceAll(/ +/g, " ")}`),
    "",
    headers.map(([name]) => name).join(";"),
    sha256(body),
  ].join("\n");
}

function canonicalQuery(query: string): string {
  if (query === "") return "";
  return query
    .split("&")
    .map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [encode(decode(name)), encode(decode(value.join("=")))] as const;
    })
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** A part of a path is encoded once more than it already is; so the service's rules want it for all services but S3. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** What is not percent-encoded correctly stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
