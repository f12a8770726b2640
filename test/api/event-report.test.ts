import { describe, expect, it } from "vitest";
import { connectors } from "../../connectors/index.ts";
import { reportOf } from "../../src/api/event-report.ts";
import type { FlowEvent } from "../../src/flow/flow-event.ts";
import type { Flow } from "../../src/flow/flow.ts";
import { skipped, suspended } from "../../src/run/run-events.ts";
import { sampleEvent, sampleFlow } from "../support/sample-flow.ts";

const CATALOGUE = new Map(connectors.map((connector) => [connector.type, connector]));
const AT = Date.UTC(2026, 0, 10, 8, 0, 4, 900);

describe("what EventBridge is told", () => {
  const ended = {
    ...sampleEvent("e", AT),
    trigger: "scheduled",
    about: {
      ...sampleEvent("e", AT).about,
      source: { connector: "Zendesk", profile: "helpdesk", settings: { object: "tickets" } },
      destinations: [{ connector: "S3", settings: { bucketName: "lake", bucketPrefix: "raw" } }],
    },
    startedAt: AT - 4780,
    window: { from: AT - 3_600_000, to: AT - 4780 },
    read: 45,
    filtered: 3,
    rejected: 2,
    bytesRead: 10_240,
  } as FlowEvent;
  const about = {
    "flow-name": "flow",
    "flow-arn": "arn:aws:appflow:eu-west-1:111122223333:flow/flow",
    "created-by": "arn:aws:iam::111122223333:user/ops",
  };
  const ends = {
    source: "ZENDESK/helpdesk",
    "source-object": "tickets",
    destination: "S3",
    "destination-object": "s3://lake/raw",
    "trigger-type": "SCHEDULED",
  };

  it("has AppFlow's members, all of them texts", () => {
    expect(reportOf(ended, CATALOGUE)).toEqual({
      detailType: "AppFlow End Flow Run Report",
      resources: [about["flow-arn"]],
      detail: {
        ...about,
        ...ends,
        "execution-id": "r1",
        "start-time": "2026-01-10T08:00:00.120Z[UTC]",
        "incremental-transfer-time-range": "2026-01-10T07:00:04.900Z[UTC]/2026-01-10T08:00:00.120Z[UTC]",
        "end-time": "2026-01-10T08:00:04.900Z[UTC]",
        status: "Execution Successful",
        "num-of-records-processed": "42",
        "num-of-record-failures": "2",
        "num-of-records-filtered": "3",
        "num-of-documents-processed": "0",
        "data-processed": "10240",
      },
    });
  });

  it("says why a run has failed, in bounded length", () => {
    const failed = { ...ended, outcome: "error", failure: "data", message: `${"x".repeat(2046)}\u{1F600}more` };

    const { detail } = reportOf(failed as FlowEvent, CATALOGUE);

    expect(detail["status"]).toBe("Execution Failed");
    expect(detail["error"]).toBe(`${"x".repeat(2046)}\ufffd…`);
  });

  it("says which run has started, and which waits for help", () => {
    const { type: _, ...facts } = ended as Extract<FlowEvent, { type: "run-ended" }>;
    const started = reportOf({ ...facts, type: "run-started" }, CATALOGUE);
    const blocked = reportOf({ ...facts, type: "run-blocked", message: "no access" }, CATALOGUE);

    expect(started).toMatchObject({ detailType: "AppFlow Start Flow Run Report", detail: { "execution-id": "r1" } });
    expect(started.detail).not.toHaveProperty("status");
    expect(blocked).toMatchObject({ detailType: "Millrace Flow Run Blocked", detail: { error: "no access" } });
  });

  it("says what was skipped, and what is suspended", () => {
    const flow: Flow = sampleFlow("orders", { updatedAt: AT, statusMessage: "3 runs failed." });

    expect(reportOf(skipped(flow, "r9", AT, "r8"), CATALOGUE)).toMatchObject({
      detailType: "Millrace Flow Run Skipped",
      detail: { "flow-name": "orders", "due-time": "2026-01-10T08:00:04.900Z[UTC]", "execution-in-progress": "r8" },
    });
    expect(reportOf(suspended(flow), CATALOGUE)).toMatchObject({
      detailType: "AppFlow Scheduled Flow Deactivated",
      detail: {
        "trigger-type": "ONDEMAND",
        "deactivation-time": "2026-01-10T08:00:04.900Z[UTC]",
        "deactivation-reason": "3 runs failed.",
      },
    });
  });
});
