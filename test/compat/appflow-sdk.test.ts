import {
  AppflowClient,
  CreateFlowCommand,
  type CreateFlowCommandInput,
  DeleteFlowCommand,
  DescribeFlowCommand,
  DescribeFlowExecutionRecordsCommand,
  ListFlowsCommand,
  paginateDescribeFlowExecutionRecords,
  paginateListFlows,
  StartFlowCommand,
} from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AccessKey } from "../../src/api/key-store.ts";
import { serve, type RunningServer } from "../../src/cli/serve.ts";
import { endNewest, sampleFlow } from "../support/sample-flow.ts";
import { createTestApp, EXPIRED_KEY, flowBody, FULL_KEY, READER_KEY, type TestApp } from "../support/test-app.ts";

/** The official client, signing for real, over HTTP. */
describe("the AWS SDK for JavaScript", () => {
  let app: TestApp;
  let server: RunningServer;
  let client: AppflowClient;
  let now: number;

  const clientOf = (key: AccessKey, region = "eu-west-1", endpoint = server.url) =>
    new AppflowClient({
      endpoint,
      region,
      credentials: { accessKeyId: key.id, secretAccessKey: key.secret.reveal() },
      maxAttempts: 1,
    });
  const create = (name: string, changes: Record<string, unknown> = {}) =>
    client.send(new CreateFlowCommand(flowBody(name, changes) as unknown as CreateFlowCommandInput));
  const endRunOf = async (flowName: string, changes: Parameters<typeof endNewest>[2] = {}) => {
    await endNewest(app.ports.runs, flowName, changes);
  };
  const SCHEDULED = {
    triggerConfig: {
      triggerType: "Scheduled",
      triggerProperties: { Scheduled: { scheduleExpression: "rate(1hours)" } },
    },
  };

  beforeEach(async () => {
    now = Date.now();
    app = createTestApp({ ports: { now: () => now } });
    server = await serve(app.handle, { port: 0, report: (error) => expect.fail(String(error)) });
    client = clientOf(FULL_KEY);
  });

  afterEach(async () => {
    client.destroy();
    await server.close();
    expect(app.reports).toEqual([]);
  });

  describe("CreateFlow", () => {
    it("makes an on-demand flow that is active", async () => {
      const answer = await create("orders");

      expect(answer).toMatchObject({
        flowArn: "arn:aws:appflow:eu-west-1:111122223333:flow/orders",
        flowStatus: "Active",
      });
      expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    });

    it("makes a scheduled flow that is a draft", async () => {
      expect(await create("orders", SCHEDULED)).toMatchObject({ flowStatus: "Draft" });
    });

    it("gives the first answer again to the same token and request", async () => {
      const first = await create("orders", { clientToken: "t-1", tags: { team: "data" } });
      const again = await create("orders", { tags: { team: "data" }, clientToken: "t-1" });

      expect(again.flowArn).toBe(first.flowArn);
    });

    it.each([
      ["another request", "orders", { clientToken: "t-1", description: "other" }],
      ["another flow", "invoices", { clientToken: "t-1" }],
      ["the same name", "orders", { clientToken: "t-2" }],
    ])("refuses a token for %s", async (_, name, changes) => {
      await create("orders", { clientToken: "t-1" });

      await expect(create(name, changes)).rejects.toMatchObject({
        name: "ConflictException",
        $metadata: { httpStatusCode: 409 },
      });
    });

    it("refuses the same name after the token is forgotten", async () => {
      const at = now - 8 * 3_600_000;
      await app.ports.flows.create(sampleFlow("orders"), { token: "CreateFlow/t-1", digest: "", answer: {}, at });

      await expect(create("orders", { clientToken: "t-1" })).rejects.toMatchObject({
        name: "ConflictException",
        message: "A flow with name orders already exists.",
      });
    });

    it("reports everything that is wrong with a request", async () => {
      const tasks = [
        { taskType: "Truncate", sourceFields: ["a"] },
        { taskType: "Mask", sourceFields: ["a"], connectorOperator: { S3: "MASK_LAST_N" } },
      ];

      const failure = await create("orders", { tasks }).catch((error: unknown) => error as Error);

      expect(failure).toMatchObject({ name: "ValidationException", $metadata: { httpStatusCode: 400 } });
      expect((failure as Error).message).toBe(
        "Create Flow request failed: [" +
          "tasks[0].taskProperties.TRUNCATE_LENGTH: Truncate needs TRUNCATE_LENGTH — say how many characters to keep, " +
          "tasks[1].taskProperties.MASK_LENGTH: Mask with MASK_LAST_N needs MASK_LENGTH — say how many characters to mask]",
      );
    });
  });

  describe("DescribeFlow", () => {
    it("gives back what was sent, and only that", async () => {
      const sent = {
        description: "orders, daily",
        tags: { team: "data", "cost:center": "42" },
        triggerConfig: {
          triggerType: "Scheduled",
          triggerProperties: {
            Scheduled: {
              scheduleExpression: "rate(1hours)",
              dataPullMode: "Incremental",
              scheduleStartTime: new Date("2030-01-01T00:00:00.250Z"),
              scheduleOffset: 600,
              timezone: "Europe/Paris",
            },
          },
        },
        tasks: [
          { taskType: "Map", sourceFields: ["b"], destinationField: "", taskProperties: {} },
          { taskType: "Map_all", sourceFields: [""], taskProperties: { EXCLUDE_SOURCE_FIELDS_LIST: "[]" } },
          { taskType: "Filter", sourceFields: ["a"], connectorOperator: { S3: "PROJECTION" } },
        ],
      };
      const body = flowBody("orders", sent);
      await create("orders", sent);

      const { $metadata: _, ...answer } = await client.send(new DescribeFlowCommand({ flowName: "orders" }));

      expect(answer).toEqual({
        ...body,
        flowArn: "arn:aws:appflow:eu-west-1:111122223333:flow/orders",
        flowStatus: "Draft",
        kmsArn: "arn:aws:kms:eu-west-1:111122223333:alias/aws/appflow",
        createdAt: new Date(now),
        lastUpdatedAt: new Date(now),
        createdBy: "arn:aws:iam::111122223333:user/ops",
        lastUpdatedBy: "arn:aws:iam::111122223333:user/ops",
        schemaVersion: 1,
      });
    });

    it("names the flow's own key when it has one", async () => {
      const kmsArn = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001";
      await create("orders", { kmsArn });

      expect(await client.send(new DescribeFlowCommand({ flowName: "orders" }))).toMatchObject({ kmsArn });
    });

    it("has empty trigger properties for an on-demand flow", async () => {
      await create("orders");

      const { triggerConfig } = await client.send(new DescribeFlowCommand({ flowName: "orders" }));

      expect(triggerConfig).toEqual({ triggerType: "OnDemand", triggerProperties: {} });
    });

    it("tells of the last run as soon as it has started", async () => {
      await create("orders");
      const before = await client.send(new DescribeFlowCommand({ flowName: "orders" }));
      await client.send(new StartFlowCommand({ flowName: "orders" }));

      const running = await client.send(new DescribeFlowCommand({ flowName: "orders" }));
      await endRunOf("orders", { state: "aborted", failure: "configuration", message: "no bucket `src-bkt`" });
      const failed = await client.send(new DescribeFlowCommand({ flowName: "orders" }));

      expect(before.lastRunExecutionDetails).toBeUndefined();
      expect(running.lastRunExecutionDetails).toEqual({
        mostRecentExecutionTime: new Date(now),
        mostRecentExecutionStatus: "InProgress",
      });
      expect(failed.lastRunExecutionDetails).toEqual({
        mostRecentExecutionTime: new Date(now),
        mostRecentExecutionStatus: "Error",
        mostRecentExecutionMessage: "no bucket `src-bkt`",
      });
    });

    it.each(["nothing", "!", "a".repeat(300)])("finds no flow %j", async (flowName) => {
      await expect(client.send(new DescribeFlowCommand({ flowName }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        $metadata: { httpStatusCode: 404 },
      });
    });
  });

  describe("ListFlows", () => {
    it("lists every flow once, by name, page by page", async () => {
      const names = Array.from({ length: 25 }, (_, n) => `flow-${String(n).padStart(2, "0")}`);
      for (const name of names) await create(name);

      const first = await client.send(new ListFlowsCommand({}));
      const second = await client.send(new ListFlowsCommand({ nextToken: first.nextToken }));
      const paged: unknown[] = [];
      for await (const page of paginateListFlows({ client, pageSize: 5 }, {})) {
        paged.push(page.flows!.map((flow) => flow.flowName));
      }

      expect([first.flows?.length, second.flows?.length, second.nextToken]).toEqual([20, 5, undefined]);
      expect(paged.filter((page) => (page as unknown[]).length > 0)).toHaveLength(5);
      expect(paged.flat()).toEqual(names);
    });

    it("says what a flow is", async () => {
      await create("orders", { description: "all orders", tags: { team: "data" } });
      await client.send(new StartFlowCommand({ flowName: "orders" }));

      const { flows } = await client.send(new ListFlowsCommand({}));

      expect(flows).toEqual([
        {
          flowArn: "arn:aws:appflow:eu-west-1:111122223333:flow/orders",
          flowName: "orders",
          description: "all orders",
          flowStatus: "Active",
          sourceConnectorType: "S3",
          destinationConnectorType: "S3",
          triggerType: "OnDemand",
          createdAt: new Date(now),
          lastUpdatedAt: new Date(now),
          createdBy: "arn:aws:iam::111122223333:user/ops",
          lastUpdatedBy: "arn:aws:iam::111122223333:user/ops",
          tags: { team: "data" },
          lastRunExecutionDetails: {
            mostRecentExecutionStatus: "InProgress",
            mostRecentExecutionTime: new Date(now),
          },
        },
      ]);
    });

    it.each([{ maxResults: 0 }, { maxResults: 101 }, { nextToken: "made-up" }, { nextToken: "a.b" }])(
      "refuses %j",
      async (input) => {
        await expect(client.send(new ListFlowsCommand(input))).rejects.toMatchObject({
          name: "ValidationException",
          $metadata: { httpStatusCode: 400 },
        });
      },
    );
  });

  describe("StartFlow", () => {
    it("starts a run of an on-demand flow", async () => {
      await create("orders");

      const answer = await client.send(new StartFlowCommand({ flowName: "orders" }));

      expect(answer).toMatchObject({ flowStatus: "Active", flowArn: expect.stringContaining("flow/orders") });
      expect(answer.executionId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(app.started).toEqual([`orders/${answer.executionId}`]);
    });

    it("gives the same run to the same token, and takes it up again until it ends", async () => {
      await create("orders");
      const start = () => client.send(new StartFlowCommand({ flowName: "orders", clientToken: "t-1" }));

      const first = await start();
      const second = await start();
      await endRunOf("orders");
      const third = await start();

      expect([second.executionId, third.executionId]).toEqual([first.executionId, first.executionId]);
      expect(app.started).toEqual([`orders/${first.executionId}`, `orders/${first.executionId}`]);
      expect(await app.ports.runs.list("orders", 10)).toHaveLength(1);
    });

    it("refuses a second run while one is in progress", async () => {
      await create("orders");
      const { executionId } = await client.send(new StartFlowCommand({ flowName: "orders" }));

      await expect(client.send(new StartFlowCommand({ flowName: "orders" }))).rejects.toMatchObject({
        name: "ConflictException",
        message: `Flow orders has a run in progress (${executionId}) — start it again afterwards`,
        $metadata: { httpStatusCode: 409 },
      });
    });

    it("lets one of many callers start a run", async () => {
      await create("orders");

      const results = await Promise.allSettled(
        Array.from({ length: 10 }, () => client.send(new StartFlowCommand({ flowName: "orders" }))),
      );

      expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
      expect(app.started).toHaveLength(1);
    });

    it("activates a scheduled flow, without a run, as often as it is asked to", async () => {
      await create("orders", SCHEDULED);

      const answers = await Promise.all(
        Array.from({ length: 5 }, () => client.send(new StartFlowCommand({ flowName: "orders" }))),
      );
      const { flowStatus } = await client.send(new DescribeFlowCommand({ flowName: "orders" }));

      for (const answer of answers) expect(answer).toMatchObject({ flowStatus: "Active" });
      expect(answers.map((answer) => answer.executionId)).toEqual(Array.from({ length: 5 }));
      expect(flowStatus).toBe("Active");
      expect(app.started).toEqual([]);
    });

    it("finds no flow that is not there", async () => {
      await expect(client.send(new StartFlowCommand({ flowName: "nothing" }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        message: "Flow with name nothing does not exist.",
      });
    });
  });

  describe("DescribeFlowExecutionRecords", () => {
    it("tells what a run has done", async () => {
      await create("orders");
      const { executionId } = await client.send(new StartFlowCommand({ flowName: "orders" }));
      await endRunOf("orders", {
        updatedAt: now + 1500,
        counts: {
          read: 100,
          filtered: 10,
          filteredBy: [],
          rejected: 3,
          dataErrors: 0,
          bytesRead: 5000,
          destinations: [{ written: 85, rejected: 2, bytesWritten: 4000 }],
        },
      });

      const { flowExecutions } = await client.send(new DescribeFlowExecutionRecordsCommand({ flowName: "orders" }));

      expect(flowExecutions).toEqual([
        {
          executionId,
          executionStatus: "Successful",
          startedAt: new Date(now),
          lastUpdatedAt: new Date(now + 1500),
          executionResult: {
            recordsProcessed: 90,
            bytesProcessed: 5000,
            bytesWritten: 4000,
            errorInfo: { putFailuresCount: 5 },
          },
        },
      ]);
    });

    it("shows a publishing run as in progress, and why a failed one failed", async () => {
      await create("orders");
      await client.send(new StartFlowCommand({ flowName: "orders" }));
      const [run] = await app.ports.runs.list("orders", 1);
      await app.ports.runs.write({ run: { ...run!, state: "committed", version: 2 } });
      const records = () => client.send(new DescribeFlowExecutionRecordsCommand({ flowName: "orders" }));

      const publishing = await records();
      await endRunOf("orders", { state: "aborted", failure: "configuration", message: "the bucket is gone" });
      const failed = await records();

      expect(publishing.flowExecutions).toMatchObject([{ executionStatus: "InProgress" }]);
      expect(publishing.flowExecutions![0]!.executionResult!.errorInfo).toBeUndefined();
      expect(failed.flowExecutions).toMatchObject([
        {
          executionStatus: "Error",
          executionResult: { errorInfo: { putFailuresCount: 0, executionMessage: "the bucket is gone" } },
        },
      ]);
    });

    it("lists every run once, newest first, page by page", async () => {
      await create("orders");
      const ids: (string | undefined)[] = [];
      for (let n = 0; n < 7; n++) {
        ids.unshift((await client.send(new StartFlowCommand({ flowName: "orders" }))).executionId);
        await endRunOf("orders");
        now += 1;
      }

      const paged: (string | undefined)[] = [];
      const pages = paginateDescribeFlowExecutionRecords({ client, pageSize: 3 }, { flowName: "orders" });
      for await (const page of pages) paged.push(...page.flowExecutions!.map((record) => record.executionId));

      expect(paged).toEqual(ids);
    });

    it("does not take the page token of another flow, nor a changed one", async () => {
      for (const name of ["orders", "invoices"]) {
        await create(name);
        for (let n = 0; n < 2; n++) {
          await client.send(new StartFlowCommand({ flowName: name }));
          await endRunOf(name);
        }
      }
      const { nextToken } = await client.send(
        new DescribeFlowExecutionRecordsCommand({ flowName: "orders", maxResults: 1 }),
      );
      const flip = (at: number) =>
        nextToken!.slice(0, at) + (nextToken![at] === "A" ? "B" : "A") + nextToken!.slice(at + 1);
      const tokens = Array.from({ length: nextToken!.length }, (_, at) => ["orders", flip(at)] as const);

      for (const [flowName, token] of [["invoices", nextToken] as const, ...tokens]) {
        await expect(
          client.send(new DescribeFlowExecutionRecordsCommand({ flowName, nextToken: token })),
        ).rejects.toMatchObject({ name: "ValidationException" });
      }
    });

    it("finds no flow that is not there", async () => {
      await expect(client.send(new DescribeFlowExecutionRecordsCommand({ flowName: "nothing" }))).rejects.toMatchObject(
        { name: "ResourceNotFoundException" },
      );
    });
  });

  describe("DeleteFlow", () => {
    it("removes a flow and its history", async () => {
      await create("orders");
      await client.send(new StartFlowCommand({ flowName: "orders" }));
      await endRunOf("orders");

      await client.send(new DeleteFlowCommand({ flowName: "orders" }));

      await expect(client.send(new DescribeFlowCommand({ flowName: "orders" }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
      await create("orders");
      expect(
        (await client.send(new DescribeFlowExecutionRecordsCommand({ flowName: "orders" }))).flowExecutions,
      ).toEqual([]);
    });

    it("refuses a flow with a run in progress, unless forced", async () => {
      await create("orders");
      await client.send(new StartFlowCommand({ flowName: "orders" }));

      await expect(client.send(new DeleteFlowCommand({ flowName: "orders" }))).rejects.toMatchObject({
        name: "ConflictException",
        $metadata: { httpStatusCode: 409 },
      });
      await client.send(new DeleteFlowCommand({ flowName: "orders", forceDelete: true }));

      expect(await app.ports.runs.unfinished()).toMatchObject([{ state: "aborting", failure: "canceled" }]);
      await create("orders");
      const again = await client.send(new DescribeFlowCommand({ flowName: "orders" }));
      const runs = await client.send(new DescribeFlowExecutionRecordsCommand({ flowName: "orders" }));
      expect(again.lastRunExecutionDetails).toBeUndefined();
      expect(runs.flowExecutions).toEqual([]);
    });

    it("gives a flow that is made again runs of its own for an old token", async () => {
      const start = () => client.send(new StartFlowCommand({ flowName: "orders", clientToken: "t-1" }));
      await create("orders");
      const first = await start();
      await client.send(new DeleteFlowCommand({ flowName: "orders", forceDelete: true }));
      now += 1;
      await create("orders");

      expect((await start()).executionId).not.toBe(first.executionId);
    });

    it("finds no flow that is not there", async () => {
      await expect(client.send(new DeleteFlowCommand({ flowName: "nothing" }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
    });
  });

  it("is told of an operation that is not there", async () => {
    client = clientOf(FULL_KEY, "eu-west-1", `${server.url}/other`);

    await expect(client.send(new ListFlowsCommand({}))).rejects.toMatchObject({
      name: "UnknownOperationException",
      $metadata: { httpStatusCode: 404 },
    });
  });

  it("may read but not write with a read-only key", async () => {
    await create("orders");
    client = clientOf(READER_KEY);

    const { flows } = await client.send(new ListFlowsCommand({}));

    expect(flows).toHaveLength(1);
    for (const command of [
      new StartFlowCommand({ flowName: "orders" }),
      new DeleteFlowCommand({ flowName: "orders" }),
      new CreateFlowCommand(flowBody("more") as unknown as CreateFlowCommandInput),
    ]) {
      await expect(client.send(command as StartFlowCommand)).rejects.toMatchObject({
        name: "AccessDeniedException",
        $metadata: { httpStatusCode: 403 },
      });
    }
  });

  it("is refused with an expired key, and when it signs for another region", async () => {
    await expect(clientOf(EXPIRED_KEY).send(new ListFlowsCommand({}))).rejects.toMatchObject({
      name: "ExpiredTokenException",
    });
    await expect(clientOf(FULL_KEY, "us-east-1").send(new ListFlowsCommand({}))).rejects.toMatchObject({
      name: "InvalidSignatureException",
      message: "Credential should be scoped to a valid region: 'eu-west-1'.",
    });
  });
});
