import { ConnectorError, type ConnectorErrorCode } from "../connector-error.ts";
import type { Redact } from "../redact.ts";
import type { HttpAnswer } from "./dispatch.ts";

/** What is quoted of a body, in characters. */
const MAX_QUOTED = 2048;
/** Of a longer body nothing is quoted: where it is cut a secret might be, and would not be found. */
const MAX_READ = 64 * 1024;

const CODE_OF_STATUS: Readonly<Record<number, ConnectorErrorCode>> = {
  401: "InvalidCredentials",
  403: "AccessDenied",
  404: "ResourceNotFoundError",
  408: "RequestTimeout",
  429: "RateLimitExceeded",
  502: "ServiceUnavailable",
  503: "ServiceUnavailable",
  504: "RequestTimeout",
};

/** The error that an answer other than success stands for. It quotes the body, cut, and without the connection's secrets. */
export async function answerError(answer: HttpAnswer, redact: Redact, now: number): Promise<ConnectorError> {
  const { status, url } = answer;
  const quoted = redact(await readBounded(answer)).slice(0, MAX_QUOTED);
  const code = CODE_OF_STATUS[status] ?? (status >= 500 ? "ServerError" : "ClientError");
  return new ConnectorError(
    code,
    `${url.origin}${url.pathname} answered ${status}${quoted === "" ? "" : `: ${quoted}`}`,
    { retryAfterMs: retryAfterOf(answer, now) },
  );
}

async function readBounded({ body }: HttpAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_READ) return "";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** In seconds or as a date (RFC 9110, section 10.2.3). */
function retryAfterOf({ headers }: HttpAnswer, now: number): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
