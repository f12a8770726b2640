import { checkUrls } from "./check-urls.ts";
import { compose, type Dispatch } from "./dispatch.ts";
import { followRedirects } from "./follow-redirects.ts";
import type { GuardOptions } from "./guard-connections.ts";
import { limitSize } from "./limit-size.ts";
import { limitTime } from "./limit-time.ts";
import { type Pace, requirePace } from "./require-pace.ts";
import { openConnections } from "./send.ts";

/** The only way out to addresses that a flow or a profile names. */
export interface HttpClient {
  readonly send: Dispatch;
  /** Ends all connections, and the requests that are under way. */
  close(): Promise<void>;
}

export interface HttpClientOptions extends Partial<GuardOptions> {
  /** Of a whole request, redirects and body included. */
  readonly deadlineMs?: number;
  readonly minimumPace?: Pace;
  /** Of an answer's body, decompressed. */
  readonly maxBytes?: number;
}

const DEADLINE_MS = 5 * 60 * 1000;
const MINIMUM_PACE: Pace = { bytes: 30 * 1024, milliseconds: 30_000 };
const MAX_BYTES = 64 * 1024 * 1024;

/** This is where a promise about every request is added: as an interceptor, in the place where it is to hold. */
export function createHttpClient({
  allowed = new Set(),
  lookup,
  deadlineMs = DEADLINE_MS,
  minimumPace = MINIMUM_PACE,
  maxBytes = MAX_BYTES,
}: HttpClientOptions = {}): HttpClient {
  const connections = openConnections({ allowed, ...(lookup !== undefined && { lookup }) });
  const send = compose(connections.send, [
    limitTime(deadlineMs),
    limitSize(maxBytes),
    requirePace(minimumPace),
    followRedirects,
    checkUrls(allowed),
  ]);
  return { send, close: () => connections.close() };
}
