import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, serve } from "../../src/cli/serve.ts";
import { versionOf } from "../support/find-program.ts";
import { createTestApp, flowBody, FULL_KEY, type TestApp } from "../support/test-app.ts";

const hasCli = versionOf("aws", ["--version"]) !== undefined;

describe.skipIf(!hasCli)("the AWS CLI", () => {
  let app: TestApp;
  let server: RunningServer;

  /** What `aws appflow …` prints, as JSON where it succeeds. */
  const aws = (args: readonly string[], secret = FULL_KEY.secret.reveal()) =>
    new Promise<{ readonly code: number; readonly output: Record<string, unknown>; readonly errors: string }>(
      (resolve) => {
        const environment = {
          PATH: process.env["PATH"],
          HOME: process.env["HOME"],
          AWS_ACCESS_KEY_ID: FULL_KEY.id,
          AWS_SECRET_ACCESS_KEY: secret,
          AWS_CONFIG_FILE: "/dev/null",
          AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
          AWS_MAX_ATTEMPTS: "1",
        };
        const command = ["appflow", ...args, "--endpoint-url", server.url, "--region", "eu-west-1", "--output", "json"];
        execFile("aws", command, { env: environment }, (error, stdout, errors) => {
          const output = stdout.trim() === "" ? {} : (JSON.parse(stdout) as Record<string, unknown>);
          resolve({ code: Number(error?.code ?? 0), output, errors });
        });
      },
    );
  beforeAll(async () => {
    app = createTestApp();
    server = await serve((request) => app.handle(request), { port: 0, report: (error) => expect.fail(String(error)) });
  });

  afterAll(() => server.close(0));

  // Each call takes the CLI a second or two, so one test makes them all.
  it("creates, runs and shows a flow, and prints what it is refused for", async () => {
    const created = await aws(["create-flow", "--cli-input-json", JSON.stringify(flowBody("orders"))]);
    const started = await aws(["start-flow", "--flow-name", "orders"]);
    const [described, records, missing, wrong] = await Promise.all([
      aws(["describe-flow", "--flow-name", "orders"]),
      aws(["describe-flow-execution-records", "--flow-name", "orders", "--max-results", "5"]),
      aws(["describe-flow", "--flow-name", "nothing"]),
      aws(["list-flows"], "wrong"),
    ]);

    const flowArn = "arn:aws:appflow:eu-west-1:111122223333:flow/orders";
    expect(created).toMatchObject({ code: 0, output: { flowArn, flowStatus: "Active" } });
    expect(started.output).toMatchObject({ flowArn, flowStatus: "Active" });
    expect(described.output).toMatchObject({ ...flowBody("orders"), triggerConfig: { triggerProperties: {} } });
    expect(records.output).toMatchObject({
      flowExecutions: [{ executionId: started.output["executionId"], executionStatus: "InProgress" }],
    });
    expect([missing.code, wrong.code]).not.toContain(0);
    expect(missing.errors).toContain(
      "An error occurred (ResourceNotFoundException) when calling the DescribeFlow operation: Flow with name nothing does not exist.",
    );
    expect(wrong.errors).toContain("(InvalidSignatureException)");
    expect(app.reports).toEqual([]);
  });
});
