import {
  CreateScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSchedulerAlarm } from "../../../src/adapters/aws/scheduler-alarm.ts";
import { schedulerName } from "../../../src/adapters/aws/scheduler-request.ts";
import type { Alarm } from "../../../src/flow/alarm.ts";
import { scheduleOf } from "../../support/schedules.ts";
import { type MotoServer, motoMissing, startMoto } from "../../support/moto-server.ts";

const missing = motoMissing();
const TARGET = {
  group: "millrace",
  functionArn: "arn:aws:lambda:eu-west-1:123456789012:function:start-run",
  roleArn: "arn:aws:iam::123456789012:role/scheduler",
  deadLetterArn: "arn:aws:sqs:eu-west-1:123456789012:not-started",
};

describe("the alarm on EventBridge Scheduler (moto)", () => {
  if (missing !== undefined) {
    it.skip(`keeps a schedule for each flow: skipped because ${missing}`, () => undefined);
    return;
  }

  let moto: MotoServer;
  let client: SchedulerClient;
  let alarm: Alarm;
  let now: number;

  beforeAll(async () => {
    moto = await startMoto();
    client = new SchedulerClient({
      region: "eu-west-1",
      endpoint: moto.endpoint,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    await client.send(new CreateScheduleGroupCommand({ Name: "millrace" }));
    now = Date.now();
    alarm = createSchedulerAlarm({ client, target: TARGET, now: () => now });
  });

  afterAll(async () => {
    client.destroy();
    await moto.stop();
  });

  const stored = (flow: string) =>
    client.send(new GetScheduleCommand({ Name: schedulerName(flow), GroupName: "millrace" }));

  async function names(): Promise<(string | undefined)[]> {
    const { Schedules = [] } = await client.send(new ListSchedulesCommand({ GroupName: "millrace" }));
    return Schedules.map(({ Name }) => Name);
  }

  it("makes a schedule, and changes it", async () => {
    await alarm.set("a!flow@x#1", scheduleOf("rate(5minutes)"), now + alarm.leadMs);
    const first = await stored("a!flow@x#1");
    await alarm.set("a!flow@x#1", scheduleOf("cron(0 6 * * ? *)"), now + alarm.leadMs);
    const second = await stored("a!flow@x#1");

    expect(first).toMatchObject({
      ScheduleExpression: "rate(5 minutes)",
      ScheduleExpressionTimezone: "UTC",
      State: "ENABLED",
      StartDate: new Date(Math.ceil((now + 60_000) / 1000) * 1000),
      Target: {
        Arn: TARGET.functionArn,
        Input: '{"flow":"a!flow@x#1","scheduledAt":"<aws.scheduler.scheduled-time>"}',
      },
    });
    expect(second).toMatchObject({ ScheduleExpression: "cron(0 6 * * ? *)" });
    expect(await names()).toHaveLength(1);
  });

  it("is content with being told twice, and with taking away what is not there", async () => {
    await alarm.set("twice", scheduleOf("once"), now + alarm.leadMs);
    await alarm.set("twice", scheduleOf("once"), now + alarm.leadMs);
    await alarm.clear("twice");
    await alarm.clear("twice");

    expect(await names()).not.toContain(schedulerName("twice"));
  });

  it("keeps one schedule when two callers set it at once", async () => {
    await Promise.all(
      Array.from({ length: 5 }, (_, n) => alarm.set("raced", scheduleOf(`rate(${n + 2}hours)`), now + alarm.leadMs)),
    );

    expect((await names()).filter((name) => name === schedulerName("raced"))).toHaveLength(1);
  });

  it("takes the schedule of a flow away that is never due again", async () => {
    await alarm.set("over", scheduleOf("rate(5minutes)"), now + alarm.leadMs);
    await alarm.set("over", scheduleOf("at(2020-01-01T00:00:00)"), now + alarm.leadMs);

    expect(await names()).not.toContain(schedulerName("over"));
  });

  it("takes a start long ago, which the service would refuse", async () => {
    await alarm.set("old", scheduleOf("cron(0 6 * * ? *)", { startAt: now - 86_400_000 * 400 }), now);

    expect((await stored("old")).StartDate!.getTime()).toBeGreaterThan(now);
  });
});
