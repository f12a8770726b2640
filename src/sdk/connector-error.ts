/**
 * The codes by which connectors say what went wrong. They are those of AppFlow's custom connector protocol
 * (https://docs.aws.amazon.com/appflow/latest/userguide/custom-connectors.html), with what follows from each:
 * `retry`: the same call may succeed a little later; `fault`: who can do something about it. docs/errors.md explains them.
 */
export const CONNECTOR_ERRORS = {
  InvalidArgument: { retry: false, fault: "settings" },
  InvalidCredentials: { retry: false, fault: "credentials" },
  AccessDenied: { retry: false, fault: "credentials" },
  ResourceNotFoundError: { retry: false, fault: "settings" },
  RequestTimeout: { retry: true, fault: "system" },
  RateLimitExceeded: { retry: true, fault: "system" },
  ServiceUnavailable: { retry: true, fault: "system" },
  ClientError: { retry: false, fault: "system" },
  ServerError: { retry: true, fault: "system" },
  UnknownError: { retry: true, fault: "system" },
  PartialWriteFailure: { retry: false, fault: "data" },
} as const satisfies Record<string, Consequence>;

export interface Consequence {
  readonly retry: boolean;
  /** The flow's or profile's settings, its credentials, the other system, or the records. */
  readonly fault: "settings" | "credentials" | "system" | "data";
}

export type ConnectorErrorCode = keyof typeof CONNECTOR_ERRORS;

export interface ConnectorErrorOptions {
  readonly cause?: unknown;
  /** How long the system asks to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** A connector could not do what it was asked for. Choose the code by what should happen next. */
export class ConnectorError extends Error {
  readonly code: ConnectorErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ConnectorErrorCode, message: string, { cause, retryAfterMs }: ConnectorErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ConnectorError";
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
