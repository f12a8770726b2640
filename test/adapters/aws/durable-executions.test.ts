import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createDurableExecutions } from "../../../src/adapters/aws/durable-executions.ts";
import { startServer, type TestServer } from "../../support/http-server.ts";

const FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:millrace-prod-runFlow";
const RUN = "5f0c2f5e-0d0b-4a58-9f4d-3d8b9a1f0c11";
const OTHER = "6f0c2f5e-0d0b-4a58-9f4d-3d8b9a1f0c22";

/** Executions by page, and what was asked. */
let pages: readonly (readonly string[])[];
let asked: { readonly method: string; readonly url: URL; readonly execution: unknown; readonly body: string }[];
let refuses: boolean;
let server: TestServer;

describe("the executions of a durable function", () => {
  beforeAll(async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
    // https://docs.aws.amazon.com/lambda/latest/api/API_ListDurableExecutionsByFunction.html
    server = await startServer((request, response) => {
      void (async () => {
        const url = new URL(request.url!, "http://lambda");
        const execution = request.headers["x-amz-durable-execution-name"];
        asked.push({ method: request.method!, url, execution, body: (await buffer(request)).toString() });
        if (refuses) response.writeHead(403, { "x-amzn-ErrorType": "AccessDeniedException" }).end(`{"Message":"no"}`);
        else if (request.method === "POST") response.writeHead(202).end();
        else response.end(JSON.stringify(pageAt(Number(url.searchParams.get("Marker") ?? 0))));
      })();
    });
  });

  afterAll(() => server[Symbol.asyncDispose]());

  beforeEach(() => {
    [pages, asked, refuses] = [[[]], [], false];
  });

  const executions = () =>
    createDurableExecutions({ region: "eu-west-1", endpoint: server.origin, functionArn: `${FUNCTION}:durable` });

  it("tells which runs are under way, by the names of those that run, on any version", async () => {
    pages = [[RUN], [`${OTHER}-zzz`, "named-by-lambda"]];

    const underWay = await executions().underWay();

    expect([underWay.has(RUN), underWay.has(OTHER)]).toEqual([true, true]);
    expect(asked).toHaveLength(2);
    for (const { method, url } of asked) {
      expect(method).toBe("GET");
      expect(decodeURIComponent(url.pathname)).toContain(`/functions/${FUNCTION}/`);
      expect(url.searchParams.getAll("Statuses")).toEqual(["RUNNING"]);
    }
  });

  it("begins another under a name of its own, without waiting for it", async () => {
    await executions().beginAgain("orders", RUN, "k3x");

    const [{ method, url, execution, body }] = asked as [(typeof asked)[number]];
    expect([method, decodeURIComponent(url.pathname)]).toEqual([
      "POST",
      `/2015-03-31/functions/${FUNCTION}:durable/invocations`,
    ]);
    expect(execution).toBe(`${RUN}-k3x`);
    // https://docs.aws.amazon.com/lambda/latest/api/API_Execution.html
    expect(String(execution)).toMatch(/^[a-zA-Z0-9-_]{1,64}$/);
    expect(JSON.parse(body)).toEqual({ flow: "orders", runId: RUN });
  });

  it("fails with what was refused", async () => {
    refuses = true;

    await expect(executions().beginAgain("orders", RUN, "k3x")).rejects.toThrow(/AccessDeniedException/);
    await expect(executions().underWay()).rejects.toMatchObject({ name: "AccessDeniedException" });
  });
});

function pageAt(index: number) {
  const DurableExecutions = pages[index]!.map((DurableExecutionName) => ({
    DurableExecutionName,
    DurableExecutionArn: `${FUNCTION}:1/durable-execution/${DurableExecutionName}/1`,
    FunctionArn: FUNCTION,
    Status: "RUNNING",
    StartTimestamp: 1_700_000_000,
  }));
  return { DurableExecutions, ...(index + 1 < pages.length && { NextMarker: String(index + 1) }) };
}
