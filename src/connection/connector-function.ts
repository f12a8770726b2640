import type { JsonObject } from "../sdk/json.ts";

/** The Lambda functions of registered connectors. */
export interface ConnectorFunctions {
  /**
   * Hands a request of the custom connector protocol to a function and gives its answer. Fails with a
   * `ConnectorFunctionError`.
   */
  invoke(lambdaArn: string, request: JsonObject, signal?: AbortSignal): Promise<JsonObject>;
}

/**
 * `NotFound`, `AccessDenied`: the function cannot be called; `TimedOut`, `Throttled`, `Unavailable`: calling again may help;
 * `TooLarge`: the answer has more bytes than Lambda lets through, so asking for less may help; `Failed`: the function
 * itself failed, or gave no usable answer.
 */
export type ConnectorFunctionErrorCode =
  | "NotFound"
  | "AccessDenied"
  | "TimedOut"
  | "Throttled"
  | "Unavailable"
  | "TooLarge"
  | "Failed";

export class ConnectorFunctionError extends Error {
  readonly code: ConnectorFunctionErrorCode;

  constructor(code: ConnectorFunctionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ConnectorFunctionError";
    this.code = code;
  }
}
