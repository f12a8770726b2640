import { ConnectorError, type ConnectorErrorCode } from "../connector-error.ts";
import type { Redact } from "../redact.ts";
import type { HttpAnswer } from "./dispatch.ts";

/** What is quoted of a body, in characters. */
const MAX_QUOTED = 2048;
/** Of a longer body nothing is quoted: finding secrets in it takes too long. */
const MAX_SEARCHED = 64 * 1024;

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

export interface AnswerErrorOptions {
  /** Knows the secrets of the connection, which systems like to echo. */
  readonly redact: Redact;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What the words mean; by default what the status means. */
  readonly code?: ConnectorErrorCode | undefined;
  /** When to come back, where the words say it; by default what the headers say. */
  readonly retryAfterMs?: number | undefined;
}

/** The error that an answer other than success stands for. It quotes the system's words, cut, and without secrets. */
export function answerError(
  answer: HttpAnswer,
  words: string,
  { redact, now, code, retryAfterMs }: AnswerErrorOptions,
): ConnectorError {
  const { status, url } = answer;
  const quoted = quote(words, redact);
  const message = `${url.origin}${url.pathname} answered ${status}${quoted === "" ? "" : `: ${quoted}`}`;
  return new ConnectorError(code ?? codeOfStatus(status), message, {
    retryAfterMs: retryAfterMs ?? retryAfterOf(answer, now),
  });
}

function codeOfStatus(status: number): ConnectorErrorCode {
  return CODE_OF_STATUS[status] ?? (status >= 500 ? "ServerError" : "ClientError");
}

/** Secrets are found before the cut, which could halve one. */
function quote(text: string, redact: Redact): string {
  return text.length > MAX_SEARCHED ? "" : redact(text).slice(0, MAX_QUOTED);
}

/** How long to wait, which systems say in seconds or as a date (RFC 9110, section 10.2.3). */
export function retryAfterOf({ headers }: Pick<HttpAnswer, "headers">, now: number): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
