import { CONNECTOR_ERRORS, ConnectorError } from "../sdk/connector-error.ts";
import type { ConnectorErrorCode } from "../sdk/connector-error.ts";
import type { Json, JsonObject } from "../sdk/json.ts";
import type { Problem } from "../sdk/problem.ts";
import { SettingsReader } from "../sdk/settings-reader.ts";
import { ConnectorFunctionError, type ConnectorFunctions } from "./connector-function.ts";

/** A registered connector, and how to reach it. */
export interface ReachedConnector {
  readonly functions: ConnectorFunctions;
  readonly lambdaArn: string;
  /** Resolves after so many milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
  /** Renews the credentials that the function will read. False when they cannot be renewed. */
  readonly renew?: (() => Promise<boolean>) | undefined;
}

/**
 * Asks a connector's function and gives what `read` makes of its answer. Asks again, a few times, where the protocol says
 * that this may help. Fails with a `ConnectorError`, or with a `ConnectorFunctionError` when the function cannot be called
 * or its answer is too large. `isAnswer` tells which failures are answers all the same.
 */
export async function askConnector<T>(
  connector: ReachedConnector,
  request: JsonObject,
  read: (answer: SettingsReader) => T,
  isAnswer: (failed: SettingsReader) => boolean = () => false,
): Promise<T> {
  let renewed = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await askOnce(connector, request, read, isAnswer);
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      if (error.code === "InvalidCredentials" && !renewed && (await connector.renew?.()) === true) {
        renewed = true;
        continue;
      }
      const pause = pauseBefore(error, attempt);
      if (pause === undefined) throw error;
      await connector.wait(pause);
    }
  }
}

const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
/** Whoever called the API waits with us. */
const LONGEST_PAUSE_MS = 5_000;

/** Undefined when asking again does not help, or only after longer than a caller waits. */
function pauseBefore({ code, retryAfterMs }: ConnectorError, attempt: number): number | undefined {
  if (!CONNECTOR_ERRORS[code].retry || attempt === MAX_ATTEMPTS) return undefined;
  const pause = retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1);
  return pause > LONGEST_PAUSE_MS ? undefined : pause;
}

async function askOnce<T>(
  { functions, lambdaArn }: ReachedConnector,
  request: JsonObject,
  read: (answer: SettingsReader) => T,
  isAnswer: (failed: SettingsReader) => boolean,
): Promise<T> {
  const answer = await functions.invoke(lambdaArn, request).catch((error: unknown) => {
    throw error instanceof ConnectorFunctionError ? asConnectorError(error) : error;
  });
  const reader = new SettingsReader(answer);
  const succeeded = reader.flag("isSuccess");
  if (!reader.has("isSuccess")) reader.report("isSuccess", "it is missing");
  if (reader.problems.length > 0) throw unusable(reader.problems);
  if (!succeeded && !isAnswer(reader)) throw toldError(reader);
  const value = read(reader);
  if (reader.problems.length > 0) throw unusable(reader.problems);
  return value;
}

function asConnectorError(error: ConnectorFunctionError): Error {
  switch (error.code) {
    case "TimedOut":
      return new ConnectorError("RequestTimeout", error.message, { cause: error });
    case "Throttled":
      return new ConnectorError("RateLimitExceeded", error.message, { cause: error });
    case "Unavailable":
      return new ConnectorError("ServiceUnavailable", error.message, { cause: error });
    // A handler that failed will fail again.
    case "Failed":
      return new ConnectorError("ClientError", error.message, { cause: error });
    case "NotFound":
    case "AccessDenied":
    case "TooLarge":
      return error;
  }
}

/** The service's words for it, which people search for. */
const NO_DETAILS = "No valid response and error details found in the connector response.";

function unusable(problems: readonly Problem[]): ConnectorError {
  const texts = problems.slice(0, 10).map(({ path, message }) => `${path}: ${message}`);
  return new ConnectorError("ClientError", `Got error from connector. ${NO_DETAILS} ${texts.join("; ")}`);
}

/** The error that the connector tells. */
function toldError(answer: SettingsReader): ConnectorError {
  const details = answer.within("errorDetails");
  const code = details.text("errorCode");
  const message = details.text("errorMessage");
  const seconds = details.number("retryAfterSeconds");
  if (answer.problems.length > 0) return unusable(answer.problems);
  return new ConnectorError(
    isCode(code) ? code : "UnknownError",
    `Got error from connector. ${message ?? NO_DETAILS}`,
    {
      ...(seconds !== undefined && { retryAfterMs: Math.max(seconds, 0) * 1000 }),
    },
  );
}

function isCode(code: Json | undefined): code is ConnectorErrorCode {
  return typeof code === "string" && Object.hasOwn(CONNECTOR_ERRORS, code);
}
