import {
  CancelFlowExecutionsCommand,
  CreateFlowCommand,
  type CreateFlowCommandInput,
  DeleteFlowCommand,
  DescribeFlowCommand,
  ListFlowsCommand,
  ListTagsForResourceCommand,
  StartFlowCommand,
  StopFlowCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFlowCommand,
  type UpdateFlowCommandInput,
} from "@aws-sdk/client-appflow";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ServedApp, serveApp } from "../support/appflow-client.ts";
import { endNewest } from "../support/sample-flow.ts";
import { flowBody } from "../support/test-app.ts";

const ARN = "arn:aws:appflow:eu-west-1:111122223333:flow/orders";
const MAP_A = { taskType: "Map", sourceFields: ["a"], destinationField: "a", connectorOperator: { S3: "NO_OP" } };

function scheduled(scheduleExpression: string): Record<string, unknown> {
  return { triggerConfig: { triggerType: "Scheduled", triggerProperties: { Scheduled: { scheduleExpression } } } };
}

/** What happens to flows after they are created, through the official client. */
describe("a flow", () => {
  let served: ServedApp;
  let now: number;
  const create = (changes: Record<string, unknown> = {}, name = "orders") =>
    served.client.send(new CreateFlowCommand(flowBody(name, changes) as unknown as CreateFlowCommandInput));
  const update = (changes: Record<string, unknown> = {}) =>
    served.client.send(new UpdateFlowCommand(flowBody("orders", changes) as unknown as UpdateFlowCommandInput));
  const describeFlow = () => served.client.send(new DescribeFlowCommand({ flowName: "orders" }));
  const start = () => served.client.send(new StartFlowCommand({ flowName: "orders" }));
  const stop = () => served.client.send(new StopFlowCommand({ flowName: "orders" }));

  beforeEach(async () => {
    now = Date.now();
    served = await serveApp({ ports: { now: () => now } });
  });

  afterEach(() => served.close());

  describe("that is updated", () => {
    it("is replaced whole, but for its key, tags, status and origin", async () => {
      const kmsArn = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001";
      await create({ description: "first", kmsArn, tags: { team: "data" } });
      const before = await describeFlow();
      now += 1000;

      const answer = await update({ tasks: [MAP_A] });

      const after = await describeFlow();
      expect(answer).toMatchObject({ flowStatus: "Active" });
      expect(after).toMatchObject({ kmsArn, tags: { team: "data" }, tasks: [MAP_A], createdAt: before.createdAt });
      expect(after).not.toHaveProperty("description");
      expect(after.lastUpdatedAt).toEqual(new Date(now));
    });

    it.each([
      ["other mappings", { tasks: [MAP_A] }, 2],
      ["a description", { description: "new" }, 1],
      ["another rhythm", scheduled("rate(6hours)"), 1],
    ])("has another schema version after %s only if its output changes", async (_, changes, version) => {
      await create();

      await update(changes);

      expect((await describeFlow()).schemaVersion).toBe(version);
    });

    it("takes back what DescribeFlow gives, and does not change by it", async () => {
      await create({ description: "nightly", ...scheduled("rate(3hours)"), tasks: [MAP_A] });
      const { flowName, description, triggerConfig, sourceFlowConfig, destinationFlowConfigList, tasks } =
        await describeFlow();

      await served.client.send(
        new UpdateFlowCommand({
          flowName,
          description,
          triggerConfig,
          sourceFlowConfig,
          destinationFlowConfigList,
          tasks,
        }),
      );

      const { $metadata: _, ...after } = await describeFlow();
      expect(after).toMatchObject({ description, triggerConfig, sourceFlowConfig, tasks, schemaVersion: 1 });
    });

    it("says all that is wrong, in the service's words", async () => {
      await create();

      await expect(update({ triggerConfig: { triggerType: "Scheduled" }, tasks: [] })).rejects.toMatchObject({
        name: "ValidationException",
        message: expect.stringMatching(
          /^Update Flow request failed due to:\[TriggerProps is required for Scheduled Trigger Type\..*tasks: a flow needs/,
        ) as unknown,
      });
      expect((await describeFlow()).triggerConfig?.triggerType).toBe("OnDemand");
    });

    it("keeps the object that it writes to", async () => {
      await create();
      const destinationFlowConfigList = [
        { connectorType: "S3", destinationConnectorProperties: { S3: { bucketName: "other-bkt" } } },
      ];

      await expect(update({ destinationFlowConfigList })).rejects.toMatchObject({
        name: "ValidationException",
        message: expect.stringContaining(
          "Update Flow request failed due to:[Destination object for the destination connector can not be updated",
        ) as unknown,
      });
    });

    it("is not there", async () => {
      await expect(update()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    });

    it("changes once for a client token, and refuses the token for something else", async () => {
      await create();

      await update({ description: "a", clientToken: "t" });
      await update({ description: "b" });
      await update({ description: "a", clientToken: "t" });

      expect((await describeFlow()).description).toBe("b");
      await expect(update({ description: "c", clientToken: "t" })).rejects.toMatchObject({ name: "ConflictException" });
    });

    it("waits for StartFlow when it becomes a scheduled one", async () => {
      await create();

      const answers = [await update(scheduled("rate(1hours)")), await start(), await update(scheduled("rate(2hours)"))];

      expect(answers.map(({ flowStatus }) => flowStatus)).toEqual(["Draft", "Active", "Active"]);
      expect(served.app.alarms.get("orders")).toMatchObject({ expression: { every: 2 }, activatedAt: now + 1000 });
      expect(await update()).toMatchObject({ flowStatus: "Active" });
      expect(served.app.alarms.has("orders")).toBe(false);
    });
  });

  describe("that is scheduled", () => {
    it("goes from draft to active to suspended and back", async () => {
      const created = await create(scheduled("rate(1hours)"));
      const started = await start();
      const again = await start();
      const alarm = served.app.alarms.get("orders");
      const stopped = await stop();
      const silent = served.app.alarms.has("orders");
      const restarted = await start();

      expect([created, started, again, stopped, restarted].map(({ flowStatus }) => flowStatus)).toEqual([
        "Draft",
        "Active",
        "Active",
        "Suspended",
        "Active",
      ]);
      expect([started.executionId, again.executionId]).toEqual([undefined, undefined]);
      expect(alarm).toMatchObject({ expression: { type: "rate", every: 1, unit: "hour" }, activatedAt: now + 1000 });
      expect(silent).toBe(false);
      expect(served.app.alarms.has("orders")).toBe(true);
      expect(served.app.started).toEqual([]);
    });

    it("is woken no more when it is deleted", async () => {
      await create(scheduled("rate(1hours)"));
      await start();

      await served.client.send(new DeleteFlowCommand({ flowName: "orders" }));

      expect(served.app.alarms.has("orders")).toBe(false);
    });
  });

  it("cannot be stopped when it runs on demand", async () => {
    await create();

    await expect(stop()).rejects.toMatchObject({
      name: "UnsupportedOperationException",
      $metadata: { httpStatusCode: 400 },
    });
    await expect(served.client.send(new StopFlowCommand({ flowName: "none" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  describe("whose runs are cancelled", () => {
    const cancel = (executionIds?: string[]) =>
      served.client.send(new CancelFlowExecutionsCommand({ flowName: "orders", executionIds }));

    it("tells the ids of those that it could not cancel", async () => {
      await create();
      const { executionId: first } = await start();
      await endNewest(served.app.ports.runs, "orders");
      now += 1;
      const { executionId: second } = await start();

      const answer = await cancel([first!, second!, "none"]);

      expect(answer.invalidExecutions).toEqual([first, "none"]);
      expect((await describeFlow()).lastRunExecutionDetails?.mostRecentExecutionStatus).toBe("CancelStarted");
      expect(served.app.cancelled).toEqual([`orders/${second}`]);
    });

    it("cancels whatever is in progress when no ids are given, as often as it is told", async () => {
      await create();
      const { executionId } = await start();

      const answers = [await cancel(), await cancel(), await cancel([executionId!])];

      expect(answers.map(({ invalidExecutions }) => invalidExecutions)).toEqual([undefined, undefined, undefined]);
    });

    it("has nothing to cancel when no run is in progress", async () => {
      await create();

      expect((await cancel()).invalidExecutions).toBeUndefined();
      await expect(served.client.send(new CancelFlowExecutionsCommand({ flowName: "none" }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
    });
  });

  describe("that is tagged", () => {
    const tagsOf = async (resourceArn = ARN) =>
      (await served.client.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
    const tag = (tags: Record<string, string>, resourceArn = ARN) =>
      served.client.send(new TagResourceCommand({ resourceArn, tags }));

    it("has no tags, then some, then fewer", async () => {
      await create();
      const before = await tagsOf();

      await tag({ team: "data", "cost:center": "42" });
      await tag({ team: "sales" });
      const between = await tagsOf();
      await expect(
        served.client.send(new UntagResourceCommand({ resourceArn: ARN, tagKeys: ["team", "none", "a b"] })),
      ).rejects.toMatchObject({ name: "ValidationException" });
      await served.client.send(new UntagResourceCommand({ resourceArn: ARN, tagKeys: ["team", "none"] }));

      expect([before, between, await tagsOf()]).toEqual([
        {},
        { team: "sales", "cost:center": "42" },
        { "cost:center": "42" },
      ]);
      expect((await describeFlow()).tags).toEqual({ "cost:center": "42" });
      expect((await served.client.send(new ListFlowsCommand({}))).flows?.[0]?.tags).toEqual({ "cost:center": "42" });
    });

    it("has at most fifty tags", async () => {
      await create();
      await tag(
        Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${"abcde"[n % 5]!.repeat(1 + n / 5)}`, ""])),
      );

      await expect(tag({ more: "x" })).rejects.toMatchObject({
        name: "ValidationException",
        message: expect.stringContaining("51 tags") as unknown,
      });
    });

    it.each([
      "arn:aws:appflow:eu-west-1:111122223333:flow/none",
      "arn:aws:appflow:eu-central-1:111122223333:flow/orders",
      "arn:aws:appflow:eu-west-1:111122223333:connectorprofile/crm",
    ])("is not %s", async (arn) => {
      await create();

      for (const call of [tagsOf(arn), tag({ a: "b" }, arn)]) {
        await expect(call).rejects.toMatchObject({ name: "ResourceNotFoundException" });
      }
    });

    it("keeps its tags when it is updated, and its update when it is tagged", async () => {
      await create({ tags: { a: "1" } });

      await Promise.all([update({ description: "x" }), tag({ b: "2" }), tag({ c: "3" })]);

      expect(await describeFlow()).toMatchObject({ description: "x", tags: { a: "1", b: "2", c: "3" } });
    });
  });

  it("is one of as many as there may be", async () => {
    const small = await serveApp({ config: { quotas: { flows: 1, concurrentRuns: 1 } } });
    try {
      const send = (name: string) =>
        small.client.send(new CreateFlowCommand(flowBody(name) as unknown as CreateFlowCommandInput));
      await send("orders");
      const runs = { flowName: "orders", clientToken: "t" };
      const first = await small.client.send(new StartFlowCommand(runs));

      expect((await small.client.send(new StartFlowCommand(runs))).executionId).toBe(first.executionId);
      await expect(small.client.send(new StartFlowCommand({ flowName: "orders" }))).rejects.toMatchObject({
        name: "ServiceQuotaExceededException",
      });
      await expect(send("more")).rejects.toMatchObject({
        name: "ServiceQuotaExceededException",
        $metadata: { httpStatusCode: 402 },
      });
    } finally {
      await small.close();
    }
  });
});
