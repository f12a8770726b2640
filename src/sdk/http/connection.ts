import { ConnectorError } from "../connector-error.ts";
import type { JsonObject } from "../json.ts";
import type { Dispatch, HttpAnswer, HttpRequest } from "./dispatch.ts";

/**
 * A system, as a profile opens it. Requests are authorised, kept within the system's limits, and sent again while that may
 * help and is harmless. What comes back is a success, or what `judge` calls fine; all else fails with a `ConnectorError`
 * that holds no credential, or with the session's reason to end.
 */
export interface Connection {
  /** The profile's properties of this connector. Nothing in them is secret. */
  readonly properties: JsonObject;
  /** The address of a path in the system, or of a link that the system gave. Fails with `ServerError` where it is none. */
  url(pathOrLink: string): URL;
  /** For bodies of any length, which are read while they come. A body that breaks off is not asked for again. */
  readonly send: Dispatch;
  /**
   * What `read` makes of the whole answer. A body that breaks off is asked for again, and so is an answer with which `read`
   * fails in a way that may pass.
   */
  ask<T>(request: HttpRequest, read: (answer: WholeAnswer) => T): Promise<T>;
  /**
   * Waits, for what the system does by itself. Fails with the session's reason to end, and at once with `RequestTimeout` where
   * the time would be up before.
   */
  readonly wait: (milliseconds: number) => Promise<void>;
}

export interface WholeAnswer extends Omit<HttpAnswer, "body"> {
  /** The caller's alone. */
  readonly bytes: Buffer;
}

/** For connectors without profiles. */
export const NO_CONNECTION: Connection = {
  properties: {},
  url: refuse,
  send: () => Promise.reject(noProfile()),
  ask: () => Promise.reject(noProfile()),
  wait: () => Promise.reject(noProfile()),
};

function refuse(): never {
  throw noProfile();
}

function noProfile(): ConnectorError {
  return new ConnectorError("InvalidArgument", "There is no connector profile to make requests with — name one");
}
