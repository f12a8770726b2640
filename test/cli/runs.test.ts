import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LocalStores } from "../../src/cli/local-engine.ts";
import { executeRun } from "../../src/run/execute-run.ts";
import { listFiles } from "../../src/run/publish-set.ts";
import { routeBuckets } from "../../src/cli/route-buckets.ts";
import type { Run } from "../../src/run/run.ts";
import type { RunFile } from "../../src/run/segment.ts";
import { ObjectStoreError } from "../../src/sdk/object-store.ts";
import { millrace } from "../support/cli.ts";
import { DataFolder } from "../support/data-folder.ts";

let data: DataFolder;

beforeEach(async () => {
  data = await DataFolder.make({ "1.json": '{"n":1}\n{"n":2}\nbroken\n' });
});

afterEach(() => data.remove());

describe("millrace runs", () => {
  it("lists runs, newest first, for people and for machines", async () => {
    const { id } = await data.run();

    const [text, json, none, unknown] = await Promise.all([
      runs("list"),
      runs("list", "orders", "--json"),
      runs("list", "--limit", "0"),
      runs("list", "no-such-flow"),
    ]);

    expect([text.code, json.code, none.code, unknown.code]).toEqual([0, 0, 1, 1]);
    expect(text.stdout).toMatch(new RegExp(`^\\S+Z  ${id}  successful  orders  3 records`));
    expect(JSON.parse(json.stdout)).toMatchObject({
      run: id,
      flow: "orders",
      status: "successful",
      counts: { read: 3 },
    });
  });

  it("shows one run with its books and its objects", async () => {
    const { id } = await data.run();

    const [text, json] = await Promise.all([runs("show", id), runs("show", id, "--json")]);

    expect(text.stdout).toContain("3 read = 2 written + 0 filtered + 1 rejected");
    expect(text.stdout).toContain("1 rejected records");
    expect(JSON.parse(json.stdout)).toMatchObject({
      status: "successful",
      objects: [
        { kind: "data", records: 2 },
        { kind: "error", records: 1 },
      ],
      lost: [],
    });
  });

  it("cancels a run that nobody carries out, and none that is decided", async () => {
    const { id } = await data.run({}, { shouldStop: () => true });

    const first = await runs("cancel", id, "--json");
    const second = await runs("cancel", id);
    await data.remove();
    data = await DataFolder.make({ "1.json": '{"n":1}\n' });
    const published = await data.run();
    const late = await runs("cancel", published.id);

    expect([first.code, second.code, late.code]).toEqual([0, 0, 1]);
    expect(JSON.parse(first.stdout)).toMatchObject({ status: "canceled", state: "aborted", objects: [] });
    expect(late.stderr).toContain("cannot be cancelled");
    expect(await readdir(join(data.bucket("lake"), "orders"))).toHaveLength(1);
  });

  it("says what is in the way of a blocked run, tries again, and gives up what is lost", async () => {
    const { run, object } = await blockedRun();

    const told = await runs("repair", run.id);
    const again = await runs("repair", run.id, "--retry");
    const both = await runs("repair", run.id, "--retry", "--give-up");
    const lost = await runs("repair", run.id, "--give-up", "--json");
    const ended = await runs("repair", run.id, "--retry");
    const verified = await millrace(["verify", run.id, "--data", data.path]);

    expect([told.code, again.code, both.code, lost.code, ended.code, verified.code]).toEqual([3, 3, 1, 3, 1, 0]);
    expect(told.stdout).toMatch(new RegExp(`blocked  lake/${object}, 2 records: .*did not write`));
    expect(told.stderr).toContain("--retry");
    expect(JSON.parse(lost.stdout)).toMatchObject({
      status: "successful",
      message: expect.stringContaining("2 records were lost with one object"),
      lost: [{ bucket: "lake", key: object, records: 2 }],
    });
    expect(verified.stderr).toContain(object);
    expect(await readFile(join(data.bucket("lake"), object), "utf8")).toBe("theirs");
  });

  it("publishes a blocked run once its cause is mended, and exits with 0", async () => {
    const { run } = await decidedRun();
    const lake = data.bucket("lake");
    await rename(lake, `${lake}-away`);
    const later = () => Date.now() + 100 * HOUR;
    const blocked = await data.with((stores) => carryOn(run, { ...stores, now: later }));

    const away = await runs("show", run.id);
    await rename(`${lake}-away`, lake);
    const { code, stdout } = await runs("repair", run.id, "--retry", "--json");

    expect(blocked.blocked).toContain("There is no bucket `lake`");
    expect(away.stdout).toContain("blocked");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: "successful", lost: [], blockedBy: [] });
    expect((await millrace(["verify", run.id, "--data", data.path])).code).toBe(0);
  });

  it("says what is wrong with a command line, and teaches with --help", async () => {
    const results = await Promise.all([
      millrace(["runs"]),
      runs("lst"),
      runs("show"),
      runs("show", "no-such-run"),
      runs("list", "--retry"),
      runs("--help"),
    ]);

    expect(results.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1, 0]);
    expect(results[5].stdout).toContain("--give-up");
  });
});

function runs(...args: string[]) {
  return millrace(["runs", ...args, "--data", data.path]);
}

const HOUR = 60 * 60 * 1000;

/** A run that is decided, and of which nothing is published. */
async function decidedRun(): Promise<{ run: Run; files: readonly RunFile[] }> {
  const failing = (stores: LocalStores): LocalStores => {
    const objects = routeBuckets(() => stores.objects);
    const completeUpload = () => Promise.reject(new ObjectStoreError("Unavailable", "no luck"));
    return { ...stores, objects: { ...objects, completeUpload } };
  };
  await expect(data.run({}, {}, failing)).rejects.toThrow("no luck");
  return data.with(async (stores) => {
    const [run] = await stores.runs.list("orders", 1);
    return { run: run!, files: await listFiles(run!, stores) };
  });
}

/** A run whose object has a name that somebody else has taken. */
async function blockedRun(): Promise<{ run: Run; object: string }> {
  const { run, files } = await decidedRun();
  const { upload } = files.find(({ kind }) => kind === "data")!;
  return data.with(async (stores) => {
    await stores.objects.abortUpload(upload);
    await stores.objects.put("lake", upload.key, Buffer.from("theirs"));
    return { run: await carryOn(run, stores), object: upload.key };
  });
}

function carryOn({ flow, id }: Run, stores: LocalStores): Promise<Run> {
  return executeRun(flow, id, stores, { signal: new AbortController().signal, shouldStop: () => false });
}
