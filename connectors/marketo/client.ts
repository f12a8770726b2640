import { bearerToken, instanceUrl, msToMidnight } from "#sdk";
import type { ConnectorErrorCode, HttpSheet, Json, JudgedAnswer, Judgement } from "#sdk";

/*
 * https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/error-codes and .../rest/marketo-integration-best-practices
 */

/** Marketo refuses more than a hundred calls within that time, whoever makes them; it asks each integration to take half. */
const CALLS = 50;
const PER_MS = 20_000;

export const http: HttpSheet = {
  addresses: ({ properties }) => [instanceUrl(properties["instanceUrl"], "/")],
  authorize: bearerToken(),
  limits: [{ name: "", requests: CALLS, perMs: PER_MS }],
  hidesErrors: true,
  judge,
};

/** The errors that a body may hold, whatever its status says. */
const CODE_OF_ERROR: ReadonlyMap<string, ConnectorErrorCode> = new Map<string, ConnectorErrorCode>([
  ["600", "InvalidCredentials"],
  ["601", "InvalidCredentials"],
  ["602", "InvalidCredentials"],
  ["603", "AccessDenied"],
  ["604", "RequestTimeout"],
  ["610", "ResourceNotFoundError"],
  ["502", "ServiceUnavailable"],
  ["608", "ServiceUnavailable"],
  ["611", "ServerError"],
  ["713", "ServiceUnavailable"],
  ["719", "ServiceUnavailable"],
  ["606", "RateLimitExceeded"],
  ["607", "RateLimitExceeded"],
  ["615", "RateLimitExceeded"],
  ["1029", "RateLimitExceeded"],
]);

/** Whoever creates or enqueues a job deals with these, and whoever reads a list deals with the last. */
export const QUEUE_IS_FULL = "1029";
export const NO_SUCH_FILTER = "1035";
const NOTHING_FOUND = "702";

/** Nearly every error comes with the status 200, so what an answer means is in its body. */
function judge({ headers, json }: JudgedAnswer): Judgement | undefined {
  if (json["success"] !== false) return undefined;
  const [error] = (json["errors"] ?? []) as readonly Json[];
  const { code: name = "", message = "" } = (error ?? {}) as { readonly code?: string; readonly message?: string };
  if (name === NOTHING_FOUND || name === NO_SUCH_FILTER) return "fine";
  if (name === QUEUE_IS_FULL && !/quota/i.test(message)) return "fine";
  const code = CODE_OF_ERROR.get(name) ?? "ClientError";
  // No header is documented; whatever stands before Marketo may send one all the same.
  if (code !== "RateLimitExceeded" || headers.has("retry-after")) return { code };
  return { code, retryAfterMs: waitAfter(name, headers) };
}

/** Calls count for a while, those at once until one is over, and quotas until it is midnight in Chicago. */
function waitAfter(error: string, headers: Headers): number {
  if (error === "606") return PER_MS;
  if (error === "615") return 2000;
  return msToMidnight(headers, "America/Chicago");
}
