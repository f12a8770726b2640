import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { schedulerName, schedulerRequest } from "../../../src/adapters/aws/scheduler-request.ts";
import { isDue, nextTime, type Schedule } from "../../../src/flow/schedule.ts";
import { activation, at, cronText, monthsText, rateText, scheduleOf, timeText } from "../../support/schedules.ts";
import { serviceTimes } from "./scheduler-service.ts";

const TARGET = {
  group: "millrace",
  functionArn: "arn:aws:lambda:eu-west-1:111122223333:function:start-run",
  roleArn: "arn:aws:iam::111122223333:role/scheduler",
  deadLetterArn: "arn:aws:sqs:eu-west-1:111122223333:not-started",
};
const NOW = at("2026-11-25T10:27:13");

function requestOf(schedule: Schedule, activatedAt = NOW + 60_000, now = NOW) {
  return schedulerRequest({ flow: "orders", schedule, activatedAt }, now, TARGET);
}

interface Case {
  readonly text: string;
  readonly start?: string;
  readonly end?: string;
  readonly expression: string;
  readonly from?: string;
  readonly to?: string;
}

const CASES: readonly Case[] = [
  { text: "rate(1minutes)", expression: "rate(1 minute)", from: "2026-11-25T10:28:13" },
  { text: "rate(5minutes)", expression: "rate(5 minutes)", from: "2026-11-25T10:28:13" },
  { text: "rate(1hours)", expression: "rate(1 hour)", from: "2026-11-25T10:28:13" },
  { text: "rate(1days)", start: "2030-01-01T06:00:00", expression: "rate(1 day)", from: "2030-01-01T06:00:00" },
  // Never a start in the past: the grid goes on from its next time.
  { text: "rate(1days)", start: "2025-03-01T06:00:00", expression: "rate(1 day)", from: "2026-11-26T06:00:00" },
  { text: "rate(2weeks)", start: "2026-11-28T01:00:00", expression: "rate(14 days)", from: "2026-11-28T01:00:00" },
  {
    text: "rate(1hours)",
    start: "2026-12-01T00:00:00",
    end: "2026-12-02T00:30:00",
    expression: "rate(1 hour)",
    from: "2026-12-01T00:00:00",
    to: "2026-12-02T00:30:00",
  },
  {
    text: "rate(1hours)",
    start: "2026-12-01T00:00:00",
    end: "2026-12-02T00:00:00",
    expression: "rate(1 hour)",
    from: "2026-12-01T00:00:00",
    to: "2026-12-01T23:59:30",
  },
  // Half a second after a time that is still due.
  {
    text: "rate(1hours)",
    start: "2026-12-01T00:00:00",
    end: "2026-12-02T00:00:00.500",
    expression: "rate(1 hour)",
    from: "2026-12-01T00:00:00",
    to: "2026-12-02T00:00:01",
  },
  {
    text: "cron(0/15 8-17 ? jan-jun Mon-Fri)",
    expression: "cron(0/15 8-17 ? JAN-JUN MON-FRI *)",
    from: "2027-01-01T08:00:00",
  },
  { text: "cron(0 0 LW * ? *)", expression: "cron(0 0 LW * ? *)", from: "2026-11-30T00:00:00" },
  {
    text: "rate(1months)",
    start: "2026-12-15T06:30:00",
    expression: "cron(30 6 15 1,2,3,4,5,6,7,8,9,10,11,12 ? *)",
    from: "2026-12-15T06:30:00",
  },
  {
    text: "rate(3months)",
    start: "2026-12-31T06:30:00",
    expression: "cron(30 6 L 3,6,9,12 ? *)",
    from: "2026-12-31T06:30:00",
  },
  {
    text: "rate(3months)",
    start: "2026-12-30T06:30:00",
    expression: "cron(30 6 30 3,6,9,12 ? *)",
    from: "2026-12-30T06:30:00",
  },
  {
    text: "rate(6months)",
    start: "2027-02-28T00:00:00",
    expression: "cron(0 0 28 2,8 ? *)",
    from: "2027-02-28T00:00:00",
  },
  {
    text: "rate(1months)",
    start: "2027-01-30T00:00:00",
    expression: "cron(0 0 28,29,30 1,2,3,4,5,6,7,8,9,10,11,12 ? *)",
    from: "2027-01-30T00:00:00",
  },
  {
    text: "rate(12months)",
    start: "2028-02-29T00:00:00",
    expression: "cron(0 0 L 2 ? *)",
    from: "2028-02-29T00:00:00",
  },
  {
    text: "rate(24months)",
    start: "2027-05-01T00:00:00",
    expression: "cron(0 0 1 5 ? 2027/2)",
    from: "2027-05-01T00:00:00",
  },
  {
    text: "rate(24months)",
    start: "1951-05-01T00:00:00",
    expression: "cron(0 0 1 5 ? 1971/2)",
    from: "2027-05-01T00:00:00",
  },
  {
    text: "rate(8months)",
    start: "2027-05-01T00:00:00",
    expression: "cron(0 0 1 1,5,9 ? *)",
    from: "2027-05-01T00:00:00",
  },
  { text: "at(2030-01-01T06:00:00)", expression: "at(2030-01-01T06:00:00)" },
  { text: "once", expression: "at(2026-11-25T10:28:13)" },
  { text: "once", start: "2030-01-01T06:00:00", expression: "at(2030-01-01T06:00:00)" },
  // What is due only once more.
  {
    text: "rate(1days)",
    start: "2026-11-24T06:00:00",
    end: "2026-11-26T06:00:01",
    expression: "at(2026-11-26T06:00:00)",
  },
  { text: "cron(0 0 1 1 ? 2030)", expression: "at(2030-01-01T00:00:00)" },
];

describe("schedulerRequest", () => {
  it.each(CASES)("for $text from $start to $end is $expression from $from to $to", (each) => {
    const schedule = scheduleOf(each.text, {
      ...(each.start !== undefined && { startAt: at(each.start) }),
      ...(each.end !== undefined && { endAt: at(each.end) }),
    });

    const request = requestOf(schedule);

    expect(request?.ScheduleExpression).toBe(each.expression);
    expect(request?.StartDate && timeText(request.StartDate.getTime())).toBe(each.from);
    expect(request?.EndDate && timeText(request.EndDate.getTime())).toBe(each.to);
  });

  it("says everything about the call", () => {
    expect(requestOf(scheduleOf("rate(5minutes)"))).toEqual({
      Name: "orders-1c168adb00d208e42f93314529f1fa9c",
      GroupName: "millrace",
      Description: "Starts the flow orders",
      ScheduleExpression: "rate(5 minutes)",
      ScheduleExpressionTimezone: "UTC",
      StartDate: new Date("2026-11-25T10:28:13Z"),
      FlexibleTimeWindow: { Mode: "OFF" },
      State: "ENABLED",
      ActionAfterCompletion: "DELETE",
      Target: {
        Arn: "arn:aws:lambda:eu-west-1:111122223333:function:start-run",
        RoleArn: "arn:aws:iam::111122223333:role/scheduler",
        DeadLetterConfig: { Arn: "arn:aws:sqs:eu-west-1:111122223333:not-started" },
        RetryPolicy: { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 185 },
        Input: '{"flow":"orders","scheduledAt":"<aws.scheduler.scheduled-time>"}',
      },
    });
  });

  it.each([
    ["rate(1minutes)", 60],
    ["rate(1days)", 86_400],
    ["rate(1weeks)", 86_400],
    ["once", 86_400],
    ["cron(0,10 0 * * ? *)", 600],
  ])("lets %s be retried for %i seconds", (text, seconds) => {
    expect(requestOf(scheduleOf(text))?.Target?.RetryPolicy?.MaximumEventAgeInSeconds).toBe(seconds);
  });

  it.each(["at(2026-11-25T10:27:13)", "cron(0 0 1 1 ? 2026)"])("is nothing for %s, which is over", (text) => {
    expect(requestOf(scheduleOf(text))).toBeUndefined();
  });

  it("calls exactly when the flow is due", () => {
    const text = fc.oneof(cronText, rateText, fc.constantFrom("once", "at(2027-01-31T12:34:56)"));

    fc.assert(
      fc.property(text, activation(), later, ahead, (text, { activatedAt, span }, sinceThen, ahead) => {
        const schedule = scheduleOf(text, span);
        const now = activatedAt + sinceThen;
        const [from, until] = [now + ahead, now + ahead + 30 * DAY];
        const request = requestOf(schedule, activatedAt, now);
        const due = dueTimes(schedule, activatedAt, from, until);

        for (const atEnd of ["calls", "is over"] as const) {
          const calls = request === undefined ? [] : serviceTimes(request, from, until, atEnd);
          expect(calls.slice(0, MOST).map(timeText)).toEqual(due.map(timeText));
        }
        if (request?.StartDate !== undefined) expect(request.StartDate.getTime()).toBeGreaterThan(now);
        expect(request?.ScheduleExpression?.length ?? 0).toBeLessThanOrEqual(256);
      }),
      { numRuns: 500 },
    );
  });

  it("calls whenever a rate of months is due, and little more often", () => {
    fc.assert(
      fc.property(monthsText, activation(), later, ahead, (text, { activatedAt, span }, sinceThen, ahead) => {
        const schedule = scheduleOf(text, span);
        const now = activatedAt + sinceThen;
        const [from, until] = [now + ahead, now + ahead + 3 * 365 * DAY];
        const request = requestOf(schedule, activatedAt, now);
        const due = dueTimes(schedule, activatedAt, from, until);

        for (const atEnd of ["calls", "is over"] as const) {
          const calls = request === undefined ? [] : serviceTimes(request, from, until, atEnd);
          const wanted = calls.filter((time) => isDue(schedule, activatedAt, time));
          expect(wanted.map(timeText)).toEqual(due.map(timeText));
          // Three days of each of 37 months at the very most.
          expect(calls.length).toBeLessThanOrEqual(3 * 37);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("schedulerName", () => {
  it.each(["orders", "Sales!to@S3#daily.v1-x", "a".repeat(256), "日本"])(
    "is a name that the service takes, for %s",
    (flow) => {
      expect(schedulerName(flow)).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
    },
  );

  it("is another for another flow, even where only odd characters or ends differ", () => {
    const flows = [
      "a!b",
      "a@b",
      "a#b",
      "a_b",
      "A_b",
      `${"a".repeat(255)}b`,
      `${"a".repeat(255)}c`,
      schedulerName("a!b"),
    ];

    expect(new Set(flows.map((flow) => schedulerName(flow).toLowerCase())).size).toBe(flows.length);
  });

  it("begins like the flow, for people", () => {
    expect(schedulerName("Sales!to@S3#daily")).toMatch(/^Sales_to_S3_daily-[0-9a-f]{32}$/);
  });
});

const DAY = 86_400_000;
const MOST = 2000;

const ahead = fc.integer({ min: 0, max: 60 * DAY });

const later = fc.oneof(fc.constantFrom(0, -60_000, 250), ahead);

function dueTimes(schedule: Schedule, activatedAt: number, after: number, until: number): number[] {
  const times: number[] = [];
  for (let time = nextTime(schedule, activatedAt, after); time !== undefined && time <= until && times.length < MOST;) {
    times.push(time);
    time = nextTime(schedule, activatedAt, time);
  }
  return times;
}
