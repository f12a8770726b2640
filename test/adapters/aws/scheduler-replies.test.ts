import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterEach, describe, expect, it } from "vitest";
import { createSchedulerAlarm } from "../../../src/adapters/aws/scheduler-alarm.ts";
import { schedulerName } from "../../../src/adapters/aws/scheduler-request.ts";
import type { Alarm } from "../../../src/flow/alarm.ts";
import { scheduleOf } from "../../support/schedules.ts";

/* What the adapter makes of EventBridge Scheduler's replies, those above all that no emulator gives. */

const TARGET = {
  group: "millrace",
  functionArn: "arn:aws:lambda:eu-west-1:111122223333:function:start-run",
  roleArn: "arn:aws:iam::111122223333:role/scheduler",
  deadLetterArn: "arn:aws:sqs:eu-west-1:111122223333:not-started",
};
const NOW = 1_800_000_000_000;
const EVERY_HOUR = scheduleOf("rate(1hours)");

type Reply = readonly [method: string, status: number, error?: string];

const NO_SCHEDULE: Reply = ["PUT", 404, "ResourceNotFoundException"];

let server: Server | undefined;
let client: SchedulerClient | undefined;

afterEach(async () => {
  client?.destroy();
  await new Promise((resolve) => server?.close(resolve));
});

/** An alarm whose server gives these replies, in this order, and fails for anything else. */
async function alarmWith(replies: readonly Reply[]): Promise<{ alarm: Alarm; requests: string[] }> {
  const requests: string[] = [];
  const left = [...replies];
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const [method, status, error] = left.shift() ?? ["none", 500];
    const expected = method === request.method;
    response.writeHead(expected ? status : 500, {
      "content-type": "application/json",
      ...(error !== undefined && { "x-amzn-errortype": error }),
    });
    request
      .resume()
      .on("end", () => response.end(JSON.stringify(error === undefined ? {} : { Message: "as AWS says it" })));
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  client = new SchedulerClient({
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    maxAttempts: 1,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  return { alarm: createSchedulerAlarm({ client, target: TARGET, now: () => NOW }), requests };
}

describe("the alarm on EventBridge Scheduler", () => {
  it("updates a schedule that is there", async () => {
    const { alarm, requests } = await alarmWith([["PUT", 200]]);

    await alarm.set("orders", EVERY_HOUR, NOW);

    expect(requests).toEqual([`PUT /schedules/${schedulerName("orders")}`]);
  });

  it("makes a schedule that is not there", async () => {
    const { alarm, requests } = await alarmWith([NO_SCHEDULE, ["POST", 200]]);

    await alarm.set("orders", EVERY_HOUR, NOW);

    expect(requests.map((request) => request.split(" ")[0])).toEqual(["PUT", "POST"]);
  });

  it("updates a schedule that somebody else has just made", async () => {
    const { alarm, requests } = await alarmWith([NO_SCHEDULE, ["POST", 409, "ConflictException"], ["PUT", 200]]);

    await alarm.set("orders", EVERY_HOUR, NOW);

    expect(requests).toHaveLength(3);
  });

  it.each<readonly [string, readonly Reply[], RegExp]>([
    [
      "no group",
      [NO_SCHEDULE, ["POST", 404, "ResourceNotFoundException"]],
      /^Cannot schedule the flow `orders` in the group `millrace` \(ResourceNotFoundException: as AWS says it\)\. Deploy the stack, which makes the schedule group\.$/,
    ],
    ["no access", [["PUT", 403, "AccessDeniedException"]], /Allow the engine's role scheduler:CreateSchedule/],
    [
      "too many schedules",
      [NO_SCHEDULE, ["POST", 402, "ServiceQuotaExceededException"]],
      /Delete flows that are not needed, or have the quota/,
    ],
    ["a bad target", [["PUT", 400, "ValidationException"]], /Check the function, the role and the queue/],
    ["too many requests", [["PUT", 429, "ThrottlingException"]], /Try again later\.$/],
    ["a broken service", [["PUT", 500, "InternalServerException"]], /Try again later\.$/],
  ])("tells what to do about %s", async (_, replies, message) => {
    const { alarm } = await alarmWith(replies);

    await expect(alarm.set("orders", EVERY_HOUR, NOW)).rejects.toThrow(message);
  });

  it("is content when there is nothing to take away, and with nothing else", async () => {
    const { alarm, requests } = await alarmWith([
      ["DELETE", 404, "ResourceNotFoundException"],
      ["DELETE", 409, "ConflictException"],
    ]);

    await alarm.clear("orders");

    const url = new URL(requests[0]!.replace("DELETE ", ""), "http://127.0.0.1");
    expect([url.pathname, url.searchParams.get("groupName")]).toEqual([
      `/schedules/${schedulerName("orders")}`,
      "millrace",
    ]);
    await expect(alarm.clear("orders")).rejects.toThrow(/^Cannot stop starting the flow `orders` \(ConflictException/);
  });
});
