import { describe, expect, it } from "vitest";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSqliteInbox } from "../../src/adapters/local/sqlite-inbox.ts";
import { refuseProfiles } from "../../src/connection/open-connection.ts";
import type { Endpoint, FlowDefinition } from "../../src/flow/flow.ts";
import { makePlan } from "../../src/run/make-plan.ts";
import { newRun } from "../../src/run/run.ts";
import type { Connector, ReadableSource, WrittenPlace } from "../../src/sdk/connector.ts";
import { readFileTarget } from "../../src/sdk/file-target.ts";
import { SettingsReader } from "../../src/sdk/settings-reader.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";
import { fileSource } from "../support/page-source.ts";
import { RunWorld } from "../support/run-world.ts";
import { sampleFlow } from "../support/sample-flow.ts";

describe("the plan of a run", () => {
  it("sends what a destination rejects to where the flow says, and does not read it again", async () => {
    const excluded: WrittenPlace[] = [];
    const connector: Connector = {
      type: "Test",
      key: "Test",
      label: "Test",
      docs: "https://example.com",
      source: {
        ...fileSource([]),
        excluding(settings, written) {
          excluded.push(...written);
          return settings;
        },
      },
      destination: {
        delivery: "append",
        errorHandling: true,
        check: () => [],
        describeObject: () => "out",
        files: (settings) => readFileTarget(new SettingsReader(settings)),
      },
    };
    const errorHandlingConfig = { bucketName: "in", bucketPrefix: "bad", failOnFirstDestinationError: true };
    const flow = sampleFlow("orders");
    const destinations: readonly Endpoint[] = [
      { connector: "Test", settings: { bucketName: "out", errorHandlingConfig } },
      { connector: "Test", settings: { bucketName: "out" } },
    ];
    const source = { connector: "Test", settings: {} };
    const ports = {
      inbox: createSqliteInbox(openDatabase(":memory:")),
      now: () => 5,
      objects: new MemoryObjectStore([]),
      connectors: new Map([["Test", connector]]),
      connect: refuseProfiles,
      stagingBucket: "staging",
    };

    const plan = await makePlan(
      newRun(flow, "run", 5),
      {
        flow: { ...flow, definition: { ...flow.definition, source, destinations } },
        position: undefined,
        rejecting: undefined,
      },
      ports,
      new AbortController().signal,
    );

    expect(plan.outputs).toMatchObject([
      { errors: { bucket: "in", prefix: "bad" }, failOnFirstError: true },
      { errors: { bucket: "out", prefix: "_millrace/errors" }, failOnFirstError: false },
    ]);
    expect(excluded).toContainEqual({ bucket: "in", prefix: "bad/orders/" });
  });

  it("asks a source that knows for its fields, and does not read it for them", async () => {
    const definition: Partial<FlowDefinition> = {
      destinations: [
        {
          connector: "S3",
          settings: {
            bucketName: "out",
            s3OutputFormatConfig: { fileType: "PARQUET", preserveSourceDataTyping: true },
          },
        },
      ],
    };
    let reads = 0;
    const record = { id: 1, day: "2030-01-01" };
    const source: ReadableSource = {
      ...fileSource([]),
      fields: async () => [
        { name: "day", type: { name: "date" } },
        { name: "never", type: { name: "boolean" } },
        { name: "id", type: { name: "int64" } },
      ],
      // oxlint-disable-next-line require-await
      async *read() {
        reads++;
        yield { at: 0, next: null, name: "records", records: [record] };
      },
    };
    const world = new RunWorld({ source, definition });

    const { plan, counts } = await world.run();

    expect(reads).toBe(1);
    expect(plan!.outputs[0]!.fields).toMatchObject([
      { name: "day", type: { name: "date" } },
      { name: "never", type: { name: "boolean" } },
      { name: "id", type: { name: "int64" } },
    ]);
    expect(counts.destinations[0]).toMatchObject({ written: 1, rejected: 0 });
  });
});
