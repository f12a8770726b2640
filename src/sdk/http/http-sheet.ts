import type { ConnectorErrorCode } from "../connector-error.ts";
import type { Credentials } from "../credentials.ts";
import type { JsonObject } from "../json.ts";
import type { HttpRequest } from "./dispatch.ts";

/**
 * What is peculiar to a vendor in how requests are made with a profile: where they go, how they are authorised, how many
 * may be sent, what answers mean. Policy (retries, waiting, renewal, limits, redaction) is in create-connection.ts.
 */
export interface HttpSheet {
  /**
   * Where the system is. Relative paths are of the first address; credentials go to these origins and nowhere else. Fails
   * with a `ConnectorError` where the profile leads nowhere.
   */
  addresses(profile: OpenedProfile): readonly [URL, ...URL[]];
  /** The request with the credentials on it. Called for each attempt, so that a signature may hold the time. */
  authorize(request: HttpRequest, profile: OpenedProfile, now: number): HttpRequest;
  /**
   * The path of something small that every profile may read, by which it is seen whether credentials are accepted; absent where
   * listing and describing entities asks the system anyway.
   */
  readonly probe?: string;
  /** What the vendor documents, so that a limit is kept from the first request on. */
  readonly limits?: readonly RateLimit[];
  /** What an answer tells of limits; the common headers (read-limits.ts) where it is absent. */
  readLimits?(headers: Headers, now: number): readonly LimitState[];
  /** What an answer means, where its status alone does not tell; undefined: what the status says. */
  judge?(answer: JudgedAnswer): Judgement | undefined;
  /** True where errors also come with a status of success: then short answers are judged too. */
  readonly hidesErrors?: true;
}

/** A profile, and the credentials that it has at this moment. */
export interface OpenedProfile {
  /** The profile's properties of this connector. Nothing in them is secret. */
  readonly properties: JsonObject;
  readonly credentials: Credentials;
}

/** No more than so many requests in any stretch of that length. */
export interface RateLimit {
  /** By which the system's answers call it; the limit of the whole account is called by the empty text. */
  readonly name: string;
  readonly requests: number;
  readonly perMs: number;
  /** Which requests count; absent: all. */
  counts?(url: URL): boolean;
}

/** How much of a limit is left. */
export interface LimitState {
  /** Empty: that of the whole account. */
  readonly name: string;
  readonly remaining: number;
  /** How many requests there are in all, where the system tells it. */
  readonly requests?: number;
  readonly resetsInMs: number;
}

export interface JudgedAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, where it is a JSON object that is not long. */
  readonly json: JsonObject;
  /** The start of the body. */
  readonly text: string;
}

/** `fine`: whoever asked deals with it. */
export type Judgement = "fine" | { readonly code: ConnectorErrorCode; readonly retryAfterMs?: number };
