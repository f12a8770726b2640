import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLambdaFunctions } from "../../../src/adapters/aws/lambda-functions.ts";
import type { JsonObject } from "../../../src/sdk/json.ts";
import { type FunctionOutcome, type LambdaServer, startLambdaServer } from "../../support/lambda-server.ts";

const ARN = "arn:aws:lambda:eu-west-1:111122223333:function:ledger:live";

/** The official client, signing for real, against a server that speaks Lambda's protocol. */
describe("functions in Lambda", () => {
  let server: LambdaServer;
  let functions: ReturnType<typeof createLambdaFunctions>;
  let outcome: FunctionOutcome;
  let asked: { readonly request: JsonObject; readonly arn: string } | undefined;

  beforeEach(async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    server = await startLambdaServer((request, arn) => {
      asked = { request, arn };
      return outcome;
    });
    functions = createLambdaFunctions({
      region: "eu-west-1",
      endpoint: server.origin,
      timeouts: { recordsMs: 900, otherMs: 500 },
    });
  });

  afterEach(async () => {
    functions.close();
    await server[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
  });

  it("hands over the request and gives the answer", async () => {
    outcome = { answer: { isSuccess: true, "«ü»": [1, null] } };

    const answer = await functions.invoke(ARN, { type: "ListEntitiesRequest", maxResult: 10 });

    expect(answer).toEqual({ isSuccess: true, "«ü»": [1, null] });
    expect(asked).toEqual({ request: { type: "ListEntitiesRequest", maxResult: 10 }, arn: ARN });
  });

  it.each<[string, FunctionOutcome, string, RegExp]>([
    [
      "a handler that throws",
      { error: { errorType: "RuntimeError", errorMessage: "Exception while processing the request" } },
      "Failed",
      /failed: Exception while processing the request$/,
    ],
    [
      "a handler that takes too long for its own limit",
      {
        error: { errorType: "Sandbox.Timedout", errorMessage: "RequestId: 1 Error: Task timed out after 3.00 seconds" },
      },
      "TimedOut",
      /Task timed out/,
    ],
    [
      "an answer that Lambda cuts",
      {
        error: {
          errorType: "Function.ResponseSizeTooLarge",
          errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        },
      },
      "TooLarge",
      /larger than Lambda's 6 MiB/,
    ],
    ["an answer that a server lets through", { answer: { text: "x".repeat(6 * 1024 * 1024) } }, "TooLarge", /6 MiB/],
    ["an answer that is no JSON", { text: "<html>" }, "Failed", /something else than a JSON object/],
    ["an answer that is no object", { answer: ["ok"] }, "Failed", /something else than a JSON object/],
    ["no answer", { text: "" }, "Failed", /something else than a JSON object/],
    [
      "no function",
      { refused: { status: 404, name: "ResourceNotFoundException" } },
      "NotFound",
      /Check the function's ARN/,
    ],
    ["no permission", { refused: { status: 403, name: "AccessDeniedException" } }, "AccessDenied", /resource policy/],
    ["too many calls", { refused: { status: 429, name: "TooManyRequestsException" } }, "Throttled", /Try again later/],
    ["a service in trouble", { refused: { status: 500, name: "ServiceException" } }, "Unavailable", /Try again later/],
    [
      "a request that cannot be",
      { refused: { status: 415, name: "UnsupportedMediaTypeException" } },
      "Failed",
      /again as it is/,
    ],
    ["a function that is silent", { silentForMs: 700 }, "TimedOut", /did not answer within 0.5 seconds/],
  ])("tells what %s means", async (_, happens, code, message) => {
    outcome = happens;

    const calling = functions.invoke(ARN, { type: "DescribeEntityRequest" });

    await expect(calling).rejects.toMatchObject({ name: "ConnectorFunctionError", code });
    await expect(calling).rejects.toThrow(message);
    expect(server.requests).toHaveLength(1);
  });

  it("waits longer for records than for anything else", async () => {
    outcome = { silentForMs: 1100 };

    await expect(functions.invoke(ARN, { type: "QueryDataRequest" })).rejects.toThrow("within 0.9 seconds");
  });

  it("says when nobody is there", async () => {
    await server[Symbol.asyncDispose]();
    const calling = functions.invoke(ARN, { type: "DescribeEntityRequest" });
    server = await startLambdaServer(() => outcome);

    await expect(calling).rejects.toMatchObject({ code: "Unavailable" });
  });

  it("stops when it is told to, and fails with the reason", async () => {
    outcome = { silentForMs: 700 };
    const reason = new Error("stopped by hand");

    await expect(functions.invoke(ARN, { type: "DescribeEntityRequest" }, AbortSignal.abort(reason))).rejects.toBe(
      reason,
    );
  });

  it("sends no request that Lambda cannot take", async () => {
    const request = { type: "WriteDataRequest", records: ["x".repeat(6 * 1024 * 1024)] };

    await expect(functions.invoke(ARN, request)).rejects.toMatchObject({ code: "Failed" });
    expect(server.requests).toEqual([]);
  });
});
