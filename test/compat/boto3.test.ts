import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { serve } from "../../src/cli/serve.ts";
import { versionOf } from "../support/find-program.ts";
import { createTestApp, flowBody, FULL_KEY } from "../support/test-app.ts";

const hasBoto3 = versionOf("python3", ["-c", "import boto3; print(boto3.__version__)"]) !== undefined;

it.skipIf(!hasBoto3)("does for boto3 what it does for the AWS SDKs", async () => {
  const app = createTestApp();
  const server = await serve((request) => app.handle(request), {
    port: 0,
    report: (error) => expect.fail(String(error)),
  });
  const script = join(import.meta.dirname, "boto3-calls.py");
  const body = flowBody("orders");

  const { stdout } = await promisify(execFile)("python3", [
    script,
    server.url,
    FULL_KEY.id,
    FULL_KEY.secret.reveal(),
    JSON.stringify(body),
  ]);
  await server.close(0);

  const result = JSON.parse(stdout) as { readonly run: string };
  expect(result).toEqual({
    created: ["Active", "Active", "Active"],
    listed: [["orders-0", "orders-1"], ["orders-2"]],
    left: [],
    run: expect.stringMatching(/^[0-9a-f-]{36}$/),
    records: [[result.run, "InProgress"]],
    last: "InProgress",
    late: false,
    tasks: body["tasks"],
    failures: {
      missing: ["ResourceNotFoundException", 404],
      taken: ["ConflictException", 409],
      busy: ["ConflictException", 409],
      invalid: ["ValidationException", 400],
      "wrong secret": ["InvalidSignatureException", 403],
      tags: null,
      untag: ["ValidationException", 400],
    },
  });
  expect(app.reports).toEqual([]);
});
