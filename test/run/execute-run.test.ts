import { describe, expect, it } from "vitest";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSqliteFlowStore } from "../../src/adapters/local/sqlite-flow-store.ts";
import { createSqliteInbox } from "../../src/adapters/local/sqlite-inbox.ts";
import { createSqliteRunStore } from "../../src/adapters/local/sqlite-run-store.ts";
import { refuseProfiles } from "../../src/connection/open-connection.ts";
import type { FlowDefinition } from "../../src/flow/flow.ts";
import { executeRun } from "../../src/run/execute-run.ts";
import type { ExecutePorts, RunControl } from "../../src/run/execute-run.ts";
import { claimRun, leaveFlow } from "../../src/run/claim-run.ts";
import { abortRun, CANCELLED } from "../../src/run/decide-run.ts";
import { publishRun } from "../../src/run/publish-run.ts";
import { listFiles } from "../../src/run/publish-set.ts";
import type { RunStore } from "../../src/run/run-store.ts";
import type { Run } from "../../src/run/run.ts";
import { clearForgotten } from "../../src/run/staging.ts";
import type { RunFile } from "../../src/run/segment.ts";
import { hasEnded } from "../../src/run/transitions.ts";
import type { FailedAttempt } from "../../src/run/work-slice.ts";
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
  it("ends with everything visible, its books balanced, and a receipt", async () => {
    const world = await World.of(lines(3));

    const run = await world.execute();

    expect(run).toMatchObject({ state: "published", counts: { read: 3, destinations: [{ written: 3 }] } });
    expect(world.output()).toEqual([lines(3)]);
    expect(world.receipt()).toMatchObject({
      flow: "flow",
      run: "run",
      counts: { read: 3 },
      objects: [{ bucket: "out", key: world.dataKeys()[0], kind: "data", records: 3, bytes: lines(3).length }],
    });
    expect((await world.ports.runs.position("flow"))!.active).toBeUndefined();
  });

  it("ends as an error of the data when every record was rejected, and shows the error file", async () => {
    const world = await World.of("broken\nbroken too\n");

    const run = await world.execute();

    expect(run).toMatchObject({ state: "aborted", failure: "data", counts: { read: 2, rejected: 2 } });
    expect(run.message).toContain("Every record was rejected");
    expect(await listFiles(run, world.ports)).toMatchObject([{ kind: "error", records: 2 }]);
    expect(world.errorKeys()).toHaveLength(1);
  });

  it("ends as transient when the store keeps failing, and leaves neither objects nor uploads", async () => {
    const world = await World.of(lines(3));
    world.objects.partsToFail = Infinity;

    const again: boolean[] = [];

    const run = await world.execute({ attemptFailed: (each) => void again.push(each.again) });

    expect(run).toMatchObject({ state: "aborted", failure: "transient", message: "no luck" });
    expect(again).toEqual([true, true, true, false]);
    expect(world.leftovers()).toEqual([]);
    expect(world.waits).toEqual([500, 1000, 2000]);
  });

  it("tries again what may pass, under other names", async () => {
    const world = await World.of(lines(3));
    world.objects.partsToFail = 2;
    const failed: FailedAttempt[] = [];

    const run = await world.execute({ attemptFailed: (each) => void failed.push(each) });

    expect(failed).toMatchObject(
      [1, 2].map((number) => ({ slice: 0, segment: 0, number, kind: "transient", again: true })),
    );

    expect(run).toMatchObject({ state: "published", counts: { read: 3, destinations: [{ written: 3 }] } });
    expect(world.dataKeys()).toEqual([expect.stringMatching(/-a3\.json$/)]);
    expect(world.objects.openUploads()).toEqual([]);
  });

  it("leaves no upload when the store fails while partitions are written", async () => {
    const world = await World.of(lines(9), [MAP_ALL, BY_KIND]);
    world.objects.partsToFail = Infinity;

    const run = await world.execute();

    expect(run).toMatchObject({ state: "aborted", failure: "transient" });
    expect(world.leftovers()).toEqual([]);
  });

  it("ends as canceled with nothing visible", async () => {
    const world = await World.of(`broken\n${lines(6000)}`);
    const controller = new AbortController();

    const run = await world.execute({ signal: controller.signal, progress: () => controller.abort() });

    expect(run).toMatchObject({ state: "aborted", failure: "canceled", message: "The run was cancelled." });
    expect(world.leftovers()).toEqual([]);
  });

  it("ends as canceled when the source was the first to notice", async () => {
    const controller = new AbortController();
    const world = await World.of(lines(3), [MAP_ALL], {
      ...fileSource([]),
      // oxlint-disable-next-line require-yield
      async *read({ signal }) {
        controller.abort();
        signal.throwIfAborted();
      },
    });

    const run = await world.execute({ signal: controller.signal });

    expect(run).toMatchObject({ state: "aborted", failure: "canceled" });
  });

  it("ends as canceled when it is asked to under way", async () => {
    const world = await World.of(lines(6000));

    const run = await world.execute({ progress: () => void world.cancel() });

    expect(run).toMatchObject({ state: "aborted", failure: "canceled" });
    expect(world.leftovers()).toEqual([]);
  });

  it("ends as canceled when it is asked to after its last record, before it is decided", async () => {
    const world = await World.of(`broken\n${lines(3)}`);
    const { runs } = world.ports;
    const asked: RunStore = {
      ...runs,
      async write(change) {
        if (change.run?.state === "committed") await world.cancel();
        return runs.write(change);
      },
    };

    const run = await world.execute({}, asked);

    expect(run).toMatchObject({ state: "aborted", failure: "canceled" });
    expect(world.dataKeys()).toEqual([]);
    expect(world.objects.openUploads()).toEqual([]);
  });

  it("cannot be cancelled once it is decided", async () => {
    const world = await World.of(lines(3));
    world.objects.completesLeft = 0;
    await expect(world.execute()).rejects.toThrow("no luck");
    world.objects.completesLeft = Infinity;

    const told = await world.cancel();
    const run = await world.execute();

    expect(told.state).toBe("committed");
    expect(run.state).toBe("published");
  });

  it("does not start when it is asked to cancel before", async () => {
    const world = await World.of(lines(3));
    await world.cancel();

    expect(await world.execute()).toMatchObject({ state: "aborted", failure: "canceled", counts: { read: 0 } });
    expect(world.leftovers()).toEqual([]);
  });

  it("leaves nothing when its flow is deleted under way", async () => {
    const world = await World.of(lines(6000));

    const run = await world.execute({ progress: () => void world.forget() });

    expect(run.state).toBe("aborted");
    expect(await world.ports.runs.list("flow", 10)).toEqual([]);
    expect(world.leftovers()).toEqual([]);
  });

  it("does not count for a flow that was made again meanwhile", async () => {
    const world = await World.of(lines(6000));
    const again = sampleFlow("flow", { id: "again" });

    const run = await world.execute({
      progress: () => void world.forget().then(() => world.ports.flows.create(again)),
    });
    const next = await claimRun(again, "next", world.ports);

    expect(run.state).toBe("aborted");
    expect(next.state).toBe("opened");
    expect(world.leftovers()).toEqual([]);
  });

  it("does not begin where the bucket could lose what it decides on", async () => {
    const world = await World.of(lines(3));
    world.objects.uploadDays = () => Promise.resolve(3);

    const run = await world.execute();

    expect(run).toMatchObject({
      state: "aborted",
      failure: "configuration",
      message: expect.stringContaining("3 days"),
    });
  });

  it("ends as transient when it was not done after a day", async () => {
    const world = await World.of(lines(3));
    world.clock += 25 * 60 * 60 * 1000;

    expect(await world.execute()).toMatchObject({ state: "aborted", failure: "transient" });
  });
});

describe("what lies in the staging bucket", () => {
  it("is removed when its run is forgotten", async () => {
    const world = await World.of(lines(3));
    await world.objects.put("staging", "runs/flow/run/a.json", Buffer.from("[]"));
    await world.objects.put("staging", "runs/flow/gone/a.json", Buffer.from("[]"));

    await clearForgotten("staging", world.ports);

    expect(world.objects.keys("staging")).toEqual(["runs/flow/run/a.json"]);
  });
});

describe("a run that is stopped", () => {
  it("goes on from the records that it has registered", async () => {
    const text = `broken\n${lines(7000)}`;
    const world = await World.of(text, [MAP_ALL], undefined, "none");

    let run = await world.execute({ shouldStop: () => true });
    for (let calls = 0; !hasEnded(run); run = await world.execute({ shouldStop: atSecondLook() })) {
      expect(world.dataKeys()).toEqual([]);
      expect(++calls).toBeLessThan(20);
    }

    expect(run).toMatchObject({ state: "published", counts: { read: 7001, rejected: 1 } });
    expect(world.output().join("").split("\n").toSorted()).toEqual(lines(7000).split("\n").toSorted());
    expect(world.dataKeys().length).toBeGreaterThan(2);
    expect(world.objects.openUploads()).toEqual([]);
  });

  it("begins anew where one file holds all records", async () => {
    const world = await World.of(lines(9000));

    const stopped = await world.execute({ shouldStop: atSecondLook() });
    const run = await world.execute();

    expect(stopped.state).toBe("running");
    expect(run.state).toBe("published");
    expect(world.output()).toEqual([lines(9000)]);
    expect(world.objects.openUploads()).toEqual([]);
  });

  it("repeats what was not registered after a crash, and shows it once", async () => {
    const world = await World.of(lines(9000), [MAP_ALL, BY_KIND], undefined, "none");
    await world.execute({ shouldStop: atSecondLook() });
    const { runs } = world.ports;
    const write: RunStore["write"] = (change) =>
      change.segment === undefined ? runs.write(change) : Promise.reject(new Error("crash"));

    const crash = world.execute({ shouldStop: atSecondLook() }, { ...runs, write });
    await expect(crash).rejects.toThrow("crash");
    expect(world.objects.openUploads().length).toBeGreaterThan(5);
    const run = await world.execute();

    expect(run).toMatchObject({ state: "published", counts: { destinations: [{ written: 9000 }] } });
    expect(world.output().join("").split("\n").toSorted()).toEqual(lines(9000).split("\n").toSorted());
    expect(world.objects.openUploads()).toEqual([]);
  });
});

describe("two at one run", () => {
  it("write its records once, and leave nothing behind", async () => {
    const world = await World.of(lines(9000), [MAP_ALL, BY_KIND], undefined, "none");

    const runs = await Promise.all([world.execute(), world.execute(), world.execute()]);

    expect(runs.map(({ state }) => state)).toEqual(["published", "published", "published"]);
    expect(world.output().join("").split("\n").toSorted()).toEqual(lines(9000).split("\n").toSorted());
    expect(world.objects.openUploads()).toEqual([]);
  });
});

describe("publishing", () => {
  it("can be repeated after a crash between any two objects", async () => {
    for (let crashAt = 0; crashAt < 5; crashAt++) {
      const world = await World.of(lines(50), [MAP_ALL, BY_KIND]);
      world.objects.completesLeft = crashAt;
      await expect(world.execute()).rejects.toThrow("no luck");
      expect(await world.stored()).toMatchObject({ state: "committed" });
      expect(world.receipt()).toBeUndefined();
      world.objects.completesLeft = Infinity;

      const run = await world.execute();

      expect(run).toMatchObject({ state: "published", counts: { destinations: [{ written: 50 }] } });
      expect(await listFiles(run, world.ports)).toHaveLength(5);
      expect(world.objects.openUploads()).toEqual([]);
      expect(world.output().join("").split("\n")).toHaveLength(51);
    }
  });

  it("takes an object for published that somebody has moved away", async () => {
    const world = await World.of(lines(50), [MAP_ALL, BY_KIND]);
    world.objects.completesLeft = 3;
    await expect(world.execute()).rejects.toThrow("no luck");
    for (const key of world.dataKeys()) await world.objects.delete("out", key);
    world.objects.completesLeft = Infinity;
    world.objects.forgetsCompleted = true;

    const run = await world.execute();

    expect(run.state).toBe("published");
    expect(world.dataKeys()).toHaveLength(2);
  });

  it("is blocked by an upload that is gone when days have passed since the decision", async () => {
    const world = await World.of(lines(3));
    world.objects.completesLeft = 0;
    await expect(world.execute()).rejects.toThrow("no luck");
    world.objects.completesLeft = Infinity;
    const [{ upload }] = (await listFiles(await world.stored(), world.ports)) as [RunFile];
    await world.objects.abortUpload(upload);
    world.clock += 73 * 60 * 60 * 1000;

    expect(await world.execute()).toMatchObject({ state: "committed", blocked: expect.stringContaining("is gone") });
  });

  it("is blocked by an object that the run did not write, and overwrites nothing", async () => {
    const world = await World.of(lines(3));
    world.objects.completesLeft = 0;
    await expect(world.execute()).rejects.toThrow("no luck");
    world.objects.completesLeft = Infinity;
    const [{ upload }] = (await listFiles(await world.stored(), world.ports)) as [RunFile];
    await world.objects.abortUpload(upload);
    await world.objects.put("out", upload.key, Buffer.from("theirs"));

    const run = await world.execute();
    const again = await world.execute();

    expect(run).toMatchObject({ state: "committed", blocked: expect.stringContaining("did not write") });
    expect(again).toEqual(run);
    expect(world.output()).toEqual(["theirs"]);
    expect((await world.ports.runs.position("flow"))!.active).toBe("run");
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

  it("does not go on when it sees other segments than were decided on", async () => {
    const world = await World.of(lines(3));
    world.objects.completesLeft = 0;
    await expect(world.execute()).rejects.toThrow("no luck");
    world.objects.completesLeft = Infinity;
    const stale: RunStore = {
      ...world.ports.runs,
      // oxlint-disable-next-line require-yield
      async *segments() {
        return;
      },
    };

    await expect(world.execute({}, stale)).rejects.toThrow("other ones are stored");
    expect(world.dataKeys()).toEqual([]);
  });
});

/** Lets one segment be written, then stops. */
function atSecondLook(): () => boolean {
  let looks = 0;
  return () => ++looks > 1;
}

/** A store that fails when it is told to. */
class FailingStore extends MemoryObjectStore {
  partsToFail = 0;
  completesLeft = Infinity;
  /** As some servers do: what is completed is not known any more. */
  forgetsCompleted = false;

  override async uploadPart(upload: Upload, number: number, body: Uint8Array): Promise<UploadedPart> {
    if (this.partsToFail-- > 0) throw new ObjectStoreError("Unavailable", "no luck");
    return super.uploadPart(upload, number, body);
  }

  override async completeUpload(upload: Upload, parts: readonly UploadedPart[]): Promise<void> {
    if (this.completesLeft-- <= 0) throw new ObjectStoreError("Unavailable", "no luck");
    if (this.forgetsCompleted && !this.openUploads().some(({ uploadId }) => uploadId === upload.uploadId)) {
      throw new ObjectStoreError("NoSuchUpload", "forgotten");
    }
    return super.completeUpload(upload, parts);
  }
}

/** One run of one flow with everything around it in memory. */
class World {
  readonly objects = new FailingStore(["out", "staging"]);
  readonly ports: ExecutePorts;
  readonly waits: number[] = [];
  clock = 1_700_000_000_000;

  private constructor(connector: Connector) {
    const database = openDatabase(":memory:");
    this.ports = {
      flows: createSqliteFlowStore(database),
      runs: createSqliteRunStore(database),
      inbox: createSqliteInbox(database),
      objects: this.objects,
      connectors: new Map([["Test", connector]]),
      openScratch: () => Promise.resolve(memoryScratch()),
      connect: refuseProfiles,
      stagingBucket: "staging",
      // Every look at the clock is a second later, so that workers look at their run after every batch.
      now: () => (this.clock += 1000),
      wait: async (milliseconds) => void this.waits.push(milliseconds),
    };
  }

  static async of(
    text: string,
    tasks: readonly Task[] = [MAP_ALL],
    source?: Connector["source"],
    aggregation: FileTarget["aggregation"] = "single-file",
  ): Promise<World> {
    const world = new World({
      type: "Test",
      key: "Test",
      label: "Test",
      docs: "https://example.com",
      source: source ?? fileSource([{ name: "a", bytes: Buffer.from(text), format: { type: "json" } }]),
      destination: {
        delivery: "append",
        check: () => [],
        describeObject: () => "out",
        files: () => ({ ...TARGET, aggregation }),
      },
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
    await claimRun(flow, "run", world.ports);
    return world;
  }

  execute(control: Partial<RunControl> = {}, runs = this.ports.runs): Promise<Run> {
    const whole = { signal: new AbortController().signal, shouldStop: () => false, ...control };
    return executeRun("flow", "run", { ...this.ports, runs }, whole);
  }

  async stored(): Promise<Run> {
    return (await this.ports.runs.get("flow", "run"))!;
  }

  async cancel(): Promise<Run> {
    return abortRun(await this.stored(), "canceled", CANCELLED, this.ports);
  }

  /** As DeleteFlow does it. */
  async forget(): Promise<void> {
    const flow = await this.ports.flows.get("flow");
    if (flow?.id !== (await this.ports.runs.get("flow", "run"))?.flowId) return;
    await this.ports.flows.delete("flow");
    await leaveFlow("flow", flow!.id, this.ports.runs);
    await this.cancel();
  }

  dataKeys(): readonly string[] {
    return this.objects.keys("out").filter((key) => !key.startsWith("_millrace/"));
  }

  errorKeys(): readonly string[] {
    return this.objects.keys("out").filter((key) => key.startsWith("_millrace/errors/"));
  }

  output(): readonly string[] {
    return this.dataKeys().map((key) => this.objects.text("out", key));
  }

  receipt(): unknown {
    const [key] = this.objects.keys("out").filter((each) => each.startsWith("_millrace/runs/"));
    return key === undefined ? undefined : JSON.parse(this.objects.text("out", key));
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
