import { InvokeCommand, type InvokeCommandOutput, LambdaClient } from "@aws-sdk/client-lambda";
import {
  ConnectorFunctionError,
  type ConnectorFunctionErrorCode,
  type ConnectorFunctions,
} from "../../connection/connector-function.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";

export interface LambdaFunctionsOptions {
  readonly region: string;
  /** Of a server that speaks Lambda's API, such as `http://127.0.0.1:9001`; undefined for Amazon's own. */
  readonly endpoint?: string | undefined;
  /** How long an answer may take: that for records, and that for everything else. AppFlow's times where not given. */
  readonly timeouts?: { readonly recordsMs: number; readonly otherMs: number };
}

/**
 * AppFlow's own limits:
 * https://github.com/awslabs/aws-appflow-custom-connector-python#readme
 */
const TIMEOUTS = { recordsMs: 30_000, otherMs: 10_000 };
const RECORD_REQUESTS = ["QueryDataRequest", "RetrieveDataRequest", "WriteDataRequest"];

/** What Lambda takes and gives: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_BYTES = 6 * 1024 * 1024;

/** Functions in AWS Lambda, or in a server that speaks its API. With the credentials that the process finds. */
export function createLambdaFunctions(options: LambdaFunctionsOptions): ConnectorFunctions & { close(): void } {
  const { region, endpoint, timeouts = TIMEOUTS } = options;
  // Whoever asks knows whether asking again does harm.
  const client = new LambdaClient({ region, ...(endpoint !== undefined && { endpoint }), maxAttempts: 1 });
  return {
    async invoke(lambdaArn, request, signal) {
      const payload = Buffer.from(JSON.stringify(request));
      if (payload.length > MAX_BYTES) {
        throw new ConnectorFunctionError("Failed", `The request for ${lambdaArn} is larger than Lambda's 6 MiB.`);
      }
      const limitMs = RECORD_REQUESTS.some((type) => type === request["type"]) ? timeouts.recordsMs : timeouts.otherMs;
      const timeout = AbortSignal.timeout(limitMs);
      const command = new InvokeCommand({ FunctionName: lambdaArn, Payload: payload });
      const abortSignal = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
      const output = await client.send(command, { abortSignal }).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw timeout.aborted ? timedOut(lambdaArn, limitMs, error) : invokeError(lambdaArn, error);
      });
      return readOutput(lambdaArn, output);
    },
    close: () => client.destroy(),
  };
}

function readOutput(lambdaArn: string, { FunctionError: failure, Payload: payload }: InvokeCommandOutput): JsonObject {
  const bytes = Buffer.from(payload ?? []);
  const answer = parse(bytes.toString());
  if (failure !== undefined) throw functionError(lambdaArn, answer);
  if (bytes.length > MAX_BYTES) throw tooLarge(lambdaArn);
  if (typeof answer === "object" && answer !== null && !Array.isArray(answer)) return answer as JsonObject;
  throw new ConnectorFunctionError("Failed", `${lambdaArn} answered with something else than a JSON object.`);
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Lambda's own failures of a function come the same way as those that the function throws. */
const ERROR_TYPES: ReadonlyMap<string, ConnectorFunctionErrorCode> = new Map([
  ["Function.ResponseSizeTooLarge", "TooLarge"],
  ["Sandbox.Timedout", "TimedOut"],
]);

function functionError(lambdaArn: string, answer: Json | undefined): ConnectorFunctionError {
  const { errorType, errorMessage } = (typeof answer === "object" ? answer : {}) as Readonly<Record<string, unknown>>;
  const type = typeof errorType === "string" ? errorType : "";
  const message = typeof errorMessage === "string" ? errorMessage : "it says nothing about it";
  const code = ERROR_TYPES.get(type) ?? (/Task timed out after/.test(message) ? "TimedOut" : "Failed");
  if (code === "TooLarge") return tooLarge(lambdaArn);
  return new ConnectorFunctionError(code, `The function ${lambdaArn} failed: ${message.slice(0, MAX_MESSAGE)}`);
}

const MAX_MESSAGE = 500;

function tooLarge(lambdaArn: string): ConnectorFunctionError {
  return new ConnectorFunctionError("TooLarge", `The answer of ${lambdaArn} is larger than Lambda's 6 MiB.`);
}

function timedOut(lambdaArn: string, limitMs: number, cause: unknown): ConnectorFunctionError {
  const message = `${lambdaArn} did not answer within ${limitMs / 1000} seconds.`;
  return new ConnectorFunctionError("TimedOut", message, { cause });
}

interface Meaning {
  readonly code: ConnectorFunctionErrorCode;
  readonly advice: string;
}

const DENIED: Meaning = {
  code: "AccessDenied",
  advice: "Allow the engine's role lambda:InvokeFunction, and let the function's resource policy do so too.",
};
const CREDENTIALS: Meaning = { code: "AccessDenied", advice: "Give the engine credentials that are valid." };
const LATER: Meaning = { code: "Unavailable", advice: "Try again later." };

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ["ResourceNotFoundException", { code: "NotFound", advice: "Check the function's ARN and region." }],
  ["AccessDeniedException", DENIED],
  ["KMSAccessDeniedException", { code: "AccessDenied", advice: "Allow the function the key of its environment." }],
  ["UnrecognizedClientException", CREDENTIALS],
  ["InvalidSignatureException", CREDENTIALS],
  ["ExpiredTokenException", CREDENTIALS],
  ["CredentialsProviderError", CREDENTIALS],
  ["TooManyRequestsException", { code: "Throttled", advice: LATER.advice }],
]);

function invokeError(lambdaArn: string, error: unknown): ConnectorFunctionError {
  const { name, message } = error instanceof Error ? error : { name: String(error), message: "" };
  const { code, advice } = MEANINGS.get(name) ?? byStatus(error);
  const text = `Cannot call ${lambdaArn} (${name}: ${message.slice(0, MAX_MESSAGE)}). ${advice}`;
  return new ConnectorFunctionError(code, text, { cause: error });
}

function byStatus(error: unknown): Meaning {
  const status = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
  if (status === undefined || status === 429 || status >= 500) return LATER;
  return status === 403 ? DENIED : { code: "Failed", advice: "Lambda will refuse it again as it is." };
}
