import { describe, expect, it } from "vitest";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSqliteFlowStore } from "../../src/adapters/local/sqlite-flow-store.ts";
import { createSqliteRunStore } from "../../src/adapters/local/sqlite-run-store.ts";
import type { FlowDefinition } from "../../src/flow/flow.ts";
import { executeRun } from "../../src/run/execute-run.ts";
import type { ExecutePorts, RunControl } from "../../src/run/execute-run.ts";
import { newRun } from "../../src/run/new-run.ts";
import { publishRun } from "../../src/run/publish-run.ts";
import type { RunStore } from "../../src/run/run-store.ts";
import type { Run } from "../../src/run/run.ts";
import type { Connector, FileTarget } from "../../src/sdk/connector.ts";
import { ObjectStoreError } from "../../src/sdk/object-store.ts";
import type { Upload, UploadedPart } from "../../src/sdk/object-store.ts";
import type { Task } from "../../src/tasks/task.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";
import { memoryScratch } from "../support/memory-scratch.ts";
import { fileSource } from "../support/page-source.ts";
import { sampleFlow } from "../support/sample-flow.ts";

const MAP_ALL: Task = { type: "map-all", index: 0, exclude: [] };
const BY_KIND: Task = { type: "partition", index: 1, fields: ["kind"] };

describe("a run", () => {
  it("ends with everything visible and its books balanced", async () => {
    const world = await World.of(lines(3));

    const run = await world.execute();

    expect(run).toMatchObject({ status: "successful", counts: { read: 3, destinations: [{ written: 3 }] } });
    expect(run.checkpoint).toBeUndefined();
    expect(world.output()).toEqual([lines(3)]);
  });

  it("ends as an error of the data when every record was rejected, and shows the error file", async () => {
    const world = await World.of("broken\nbroken too\n");

    const run = await world.execute();

    expect(run).toMatchObject({ status: "error", failure: "data", objects: [{ kind: "error", records: 2 }] });
    expect(run.message).toContain("Every record was rejected");
  });

  it("ends as transient when the store fails, and leaves neither objects nor uploads", async () => {
    const world = await World.of(lines(3));
    world.objects.failParts = true;

    const run = await world.execute();

    expect(run).toMatchObject({ status: "error", failure: "transient", message: "no luck", objects: [] });
    expect(world.leftovers()).toEqual([]);
  });

  it("leaves no upload when the store fails while partitions are written", async () => {
    const world = await World.of(lines(9), [MAP_ALL, BY_KIND]);
    world.objects.failParts = true;

    const run = await world.execute();

    expect(run).toMatchObject({ status: "error", failure: "transient" });
    expect(world.leftovers()).toEqual([]);
  });

  it("ends as canceled with nothing visible, not even rejected records", async () => {
    const world = await World.of(`broken\n${lines(6000)}`);
    const controller = new AbortController();

    const run = await world.execute({ signal: controller.signal, progress: () => controller.abort() });

    expect(run).toMatchObject({ status: "canceled", objects: [] });
    expect(run.failure).toBeUndefined();
    expect(world.leftovers()).toEqual([]);
  });

  it("ends as canceled when the source was the first to notice", async () => {
    const world = await World.of(lines(3), [MAP_ALL], {
      ...fileSource([]),
      // oxlint-disable-next-line require-yield
      async *read({ signal }) {
        signal.throwIfAborted();
      },
    });

    const run = await world.execute({ signal: AbortSignal.abort() });

    expect(run).toMatchObject({ status: "canceled", message: "The run was cancelled." });
  });

  it("ends as canceled when it is asked to under way", async () => {
    const world = await World.of(lines(6000));

    const run = await world.execute({ progress: () => void world.askToCancel() });

    expect(run).toMatchObject({ status: "canceled", message: "The run was cancelled.", objects: [] });
    expect(world.leftovers()).toEqual([]);
  });

  it("ends as canceled when it is asked to after its last record, before it is decided", async () => {
    const world = await World.of(`broken\n${lines(3)}`);
    const { runs } = world.ports;
    let reads = 0;
    const asked: RunStore = {
      ...runs,
      async get(flow, id) {
        // The last look is the one before the decision: 1 at the start, 1 after the only batch, then that one.
        if (++reads === 3) await world.askToCancel();
        return runs.get(flow, id);
      },
    };

    const run = await world.execute({}, asked);

    expect(reads).toBe(3);
    expect(run).toMatchObject({ status: "canceled", objects: [] });
    expect(world.leftovers()).toEqual([]);
  });

  it("does not start when it is asked to cancel before", async () => {
    const world = await World.of(lines(3));
    await world.askToCancel();

    expect(await world.execute()).toMatchObject({ status: "canceled", counts: { read: 0 }, objects: [] });
  });

  it("ends as canceled when it is asked to while it is stopped", async () => {
    const world = await World.of(lines(9000));
    await world.execute({ shouldStop: () => true });
    await world.askToCancel();

    const run = await world.execute();

    expect(run).toMatchObject({ status: "canceled", objects: [] });
    expect(world.leftovers()).toEqual([]);
    expect(world.objects.keys("staging")).toEqual([]);
  });

  it("leaves nothing when its flow is deleted under way", async () => {
    const world = await World.of(lines(6000));

    const execution = world.execute({ progress: () => void world.forget() });

    await expect(execution).rejects.toThrow("was deleted while it was carried out");
    expect(world.leftovers()).toEqual([]);
  });
});

describe("a run that is stopped", () => {
  for (const tasks of [[MAP_ALL], [MAP_ALL, BY_KIND]]) {
    it(`gives the same objects, whether partitioned or not (${tasks.length} tasks), and clears its staging`, async () => {
      const text = `broken\n${lines(7000)}`;
      const [whole, cut] = [await World.of(text, tasks), await World.of(text, tasks)];
      await whole.execute();

      let run = await cut.execute({ shouldStop: () => true });
      for (; run.endedAt === undefined; run = await cut.execute({ shouldStop: () => true })) {
        expect(cut.objects.keys("out")).toEqual([]);
      }

      expect(run.status).toBe("successful");
      expect(cut.output()).toEqual(whole.output());
      expect(cut.objects.keys("staging")).toEqual([]);
      expect(cut.objects.openUploads()).toEqual([]);
    });

    it(`goes on from its last checkpoint after a crash before the next is saved (${tasks.length} tasks)`, async () => {
      const [whole, cut] = [await World.of(lines(9000), tasks), await World.of(lines(9000), tasks)];
      await whole.execute();
      await cut.execute({ shouldStop: () => true });
      const { runs } = cut.ports;
      const before = JSON.stringify((await cut.stored()).checkpoint);
      const update = (run: Run) =>
        JSON.stringify(run.checkpoint) === before ? runs.update(run) : Promise.reject(new Error("crash"));

      const crash = cut.execute({ shouldStop: () => true }, { ...runs, update });
      await expect(crash).rejects.toThrow("crash");
      const run = await cut.execute();

      expect(run.status).toBe("successful");
      expect(cut.output()).toEqual(whole.output());
    });
  }

  it("leaves no upload when it cannot go on", async () => {
    const world = await World.of(`broken\n${lines(6000)}`);
    await world.execute({ shouldStop: () => true });
    for (const key of world.objects.keys("staging")) await world.objects.delete("staging", key);

    const run = await world.execute();

    expect(run).toMatchObject({ status: "error", failure: "transient" });
    expect(world.objects.openUploads()).toEqual([]);
  });
});

describe("publishing", () => {
  it("can be repeated after a crash between any two objects", async () => {
    for (let crashAt = 0; crashAt < 5; crashAt++) {
      const world = await World.of(lines(50), [MAP_ALL, BY_KIND]);
      world.objects.completesLeft = crashAt;
      await expect(world.execute()).rejects.toThrow("no luck");
      expect(await world.stored()).toMatchObject({ status: "publishing" });
      world.objects.completesLeft = Infinity;

      const run = await world.execute();

      expect(run).toMatchObject({ status: "successful", counts: { destinations: [{ written: 50 }] } });
      expect(run.objects).toHaveLength(5);
      expect(world.leftovers().filter((left) => typeof left !== "string")).toEqual([]);
      expect(world.output().join("").split("\n")).toHaveLength(51);
    }
  });

  it("answers with what is stored when somebody else has ended the run", async () => {
    const world = await World.of(lines(3));
    world.objects.completesLeft = 0;
    await expect(world.execute()).rejects.toThrow("no luck");
    world.objects.completesLeft = Infinity;
    const decided = await world.stored();

    const [first, second] = [await publishRun(decided, world.ports), await publishRun(decided, world.ports)];

    expect(second).toEqual(first);
  });

  it("refuses a run without a decision", async () => {
    const world = await World.of(lines(1));
    await expect(publishRun({ ...(await world.stored()), checkpoint: {} }, world.ports)).rejects.toThrow("no decision");
  });
});

/** A store that fails when it is told to. */
class FailingStore extends MemoryObjectStore {
  failParts = false;
  completesLeft = Infinity;

  override async uploadPart(upload: Upload, number: number, body: Uint8Array): Promise<UploadedPart> {
    if (this.failParts) throw new ObjectStoreError("Unavailable", "no luck");
    return super.uploadPart(upload, number, body);
  }

  override async completeUpload(upload: Upload, parts: readonly UploadedPart[]): Promise<void> {
    if (this.completesLeft-- <= 0) throw new ObjectStoreError("Unavailable", "no luck");
    return super.completeUpload(upload, parts);
  }
}

/** One run of one flow with everything around it in memory. */
class World {
  readonly objects = new FailingStore(["out", "staging"]);
  readonly ports: ExecutePorts;

  private constructor(connector: Connector) {
    const database = openDatabase(":memory:");
    let now = 1_700_000_000_000;
    this.ports = {
      flows: createSqliteFlowStore(database),
      runs: createSqliteRunStore(database),
      objects: this.objects,
      connectors: new Map([["Test", connector]]),
      openScratch: () => Promise.resolve(memoryScratch()),
      stagingBucket: "staging",
      // Every look at the clock is a second later, so that progress is saved after every batch.
      now: () => (now += 1000),
    };
  }

  static async of(text: string, tasks: readonly Task[] = [MAP_ALL], source?: Connector["source"]): Promise<World> {
    const world = new World({
      type: "Test",
      key: "Test",
      label: "Test",
      docs: "https://example.com",
      source: source ?? fileSource([{ name: "a", bytes: Buffer.from(text), format: { type: "json" } }]),
      destination: { delivery: "append", check: () => [], describeObject: () => "out", files: () => TARGET },
    });
    const definition: FlowDefinition = {
      name: "flow",
      trigger: { type: "on-demand" },
      source: { connector: "Test", settings: {} },
      destinations: [{ connector: "Test", settings: {} }],
      tasks,
    };
    const flow = sampleFlow("flow", { definition });
    await world.ports.flows.create(flow);
    await world.ports.runs.create(newRun(flow, "run", 1_700_000_000_000));
    return world;
  }

  execute(control: Partial<RunControl> = {}, runs = this.ports.runs): Promise<Run> {
    const whole = { signal: new AbortController().signal, shouldStop: () => false, ...control };
    return executeRun("flow", "run", { ...this.ports, runs }, whole);
  }

  async stored(): Promise<Run> {
    return (await this.ports.runs.get("flow", "run"))!;
  }

  async askToCancel(): Promise<void> {
    for (;;) {
      const run = await this.stored();
      const asked = { ...run, status: "cancel-started" as const, version: run.version + 1 };
      if (await this.ports.runs.update(asked)) return;
    }
  }

  async forget(): Promise<void> {
    await this.ports.flows.delete("flow");
    await this.ports.runs.deleteAll("flow");
  }

  output(): readonly string[] {
    return this.objects.keys("out").map((key) => this.objects.text("out", key));
  }

  leftovers(): readonly (string | Upload)[] {
    return [...this.objects.keys("out"), ...this.objects.keys("staging"), ...this.objects.openUploads()];
  }
}

const TARGET: FileTarget = {
  bucket: "out",
  prefix: "",
  format: "json",
  typed: false,
  layout: {
    datePath: false,
    granularity: undefined,
    schemaVersionFolder: false,
    executionFolder: false,
  },
  aggregation: "single-file",
  targetFileBytes: undefined,
};

function lines(count: number): string {
  return Array.from({ length: count }, (_, i) => `{"id":${i},"kind":"k${i % 5}"}\n`).join("");
}
