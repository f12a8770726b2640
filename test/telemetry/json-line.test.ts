import { describe, expect, it } from "vitest";
import type { FlowEvent } from "../../src/flow/flow-event.ts";
import { skipped, suspended } from "../../src/run/run-events.ts";
import { jsonLine } from "../../src/telemetry/json-line.ts";
import { entryOfAttempt, entryOfError, entryOfEvent } from "../../src/telemetry/log-entry.ts";
import { sampleEvent, sampleFlow } from "../support/sample-flow.ts";

const AT = Date.UTC(2030, 0, 1);

describe("a line of the log", () => {
  const lineOf = (event: FlowEvent) => JSON.parse(jsonLine(entryOfEvent(event), event)) as Record<string, unknown>;
  const ended = { ...sampleEvent("e", AT), startedAt: AT - 1500, read: 10, filtered: 3 } as FlowEvent;

  it("says what ended, of what, with its metrics as CloudWatch takes them", () => {
    expect(lineOf(ended)).toEqual({
      time: "2030-01-01T00:00:00.000Z",
      level: "info",
      message: "The run has ended.",
      code: "successful",
      flow: "flow",
      run: "r1",
      connector: "S3",
      tookMs: 1500,
      read: 10,
      filtered: 3,
      rejected: 0,
      bytesRead: 0,
      bytesWritten: 0,
      FlowName: "flow",
      FlowExecutionsSucceeded: 1,
      FlowExecutionTime: 1500,
      FlowExecutionRecordsProcessed: 7,
      _aws: {
        Timestamp: AT,
        CloudWatchMetrics: [
          {
            Namespace: "Millrace",
            Dimensions: [["FlowName"], []],
            Metrics: [
              { Name: "FlowExecutionsSucceeded", Unit: "Count" },
              { Name: "FlowExecutionTime", Unit: "Milliseconds" },
              { Name: "FlowExecutionRecordsProcessed", Unit: "Count" },
            ],
          },
        ],
      },
    });
  });

  it("says what failed, and whose business it is", () => {
    const failed = { ...ended, outcome: "error", failure: "data", message: "Every record was rejected." } as FlowEvent;

    expect(lineOf(failed)).toMatchObject({
      level: "error",
      message: "Every record was rejected.",
      code: "data",
      FlowExecutionsFailed: 1,
    });
  });

  it("measures nothing of a run that was cancelled", () => {
    const canceled = { ...ended, outcome: "canceled", failure: "canceled", message: "why" } as FlowEvent;

    expect(lineOf(canceled)).not.toHaveProperty("_aws");
    expect(lineOf(canceled)).toMatchObject({ level: "info", code: "canceled" });
  });

  it("counts what was skipped, and suspended", () => {
    const flow = sampleFlow("orders", { statusMessage: "3 runs failed." });

    expect(lineOf(skipped(flow, "r9", AT, "r8"))).toMatchObject({
      level: "warn",
      message: "The run that was due at 2030-01-01T00:00:00.000Z is skipped: run r8 was still in progress.",
      FlowExecutionsSkipped: 1,
    });
    expect(lineOf(suspended(flow))).toMatchObject({ level: "error", message: "3 runs failed.", FlowsDeactivated: 1 });
  });

  it("says which attempt at which slice failed, and whether it is tried again", () => {
    const failed = {
      slice: 7,
      segment: 2,
      number: 1,
      error: new Error("no luck"),
      kind: "transient",
      again: true,
    } as const;

    const lines = [failed, { ...failed, again: false }].map(
      (each) => JSON.parse(jsonLine(entryOfAttempt("orders", "r1", each, AT))) as object,
    );

    expect(lines).toMatchObject([
      {
        level: "warn",
        message: "Attempt 1 at segment 2 of slice 7 failed, and is tried again: no luck",
        flow: "orders",
        run: "r1",
        slice: 7,
        code: "transient",
      },
      { level: "error", message: "Attempt 1 at segment 2 of slice 7 failed: no luck" },
    ]);
  });

  it("says what nobody else is told of", () => {
    const line = JSON.parse(jsonLine(entryOfError(new TypeError("broken"), AT))) as Record<string, unknown>;

    expect(line).toMatchObject({ time: "2030-01-01T00:00:00.000Z", level: "error", code: "TypeError" });
    expect(line["message"]).toMatch(/^TypeError: broken\n +at /);
  });
});
