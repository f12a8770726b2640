import { randomUUID } from "node:crypto";
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimRun } from "../../src/run/claim-run.ts";
import { executeRun } from "../../src/run/execute-run.ts";
import type { Run } from "../../src/run/run.ts";
import { DATABASE_FILE } from "../../src/cli/local-engine.ts";
import { millrace } from "../support/cli.ts";
import { DataFolder } from "../support/data-folder.ts";

let data: DataFolder;

beforeEach(async () => {
  data = await DataFolder.make({ "1.json": '{"n":1}\n' });
});

afterEach(() => data.remove());

describe("millrace reconcile", () => {
  it("tells what a restored database has forgotten, and makes it known with --write", async () => {
    await data.run();
    await backUp();
    const { id } = await runAgain();
    await restore();

    const told = await reconcile("--json");
    const unknown = await millrace(["runs", "show", id, "--data", data.path]);
    const written = await reconcile("orders", "--write");
    const again = await reconcile();

    expect([told.code, unknown.code, written.code, again.code]).toEqual([3, 1, 0, 0]);
    expect(JSON.parse(told.stdout)).toMatchObject({ flow: "orders", forgotten: [id], problems: [], written: false });
    expect(written.stdout).toBe("orders: reconciled\n  1 published runs were not known\n");
    expect(again.stdout).toBe("orders: as published\n");
  });

  it("makes runs known that others then say of what they cannot do with them", async () => {
    await data.run();
    await backUp();
    const { id } = await runAgain();
    await restore();
    await reconcile("--write");

    const [shown, verified, redriven, receipt] = await Promise.all([
      millrace(["runs", "show", id, "--data", data.path]),
      millrace(["verify", id, "--data", data.path]),
      millrace(["redrive", id, "--data", data.path]),
      millrace(["verify", "--receipt", receiptOf(id), "--bucket", `lake=${data.bucket("lake")}`]),
    ]);

    expect([shown.code, verified.code, redriven.code, receipt.code]).toEqual([0, 1, 1, 0]);
    expect(shown.stdout).toContain("known by its receipt alone");
    expect(verified.stderr).toContain("verify that, with --receipt");
    expect(redriven.stderr).toContain("known by its receipt alone");
  });

  it("cancels a run that was under way", async () => {
    const { id } = await data.run({}, { shouldStop: () => true });

    const told = await reconcile("--json");
    const written = await reconcile("--write");
    const shown = await millrace(["runs", "show", id, "--data", data.path, "--json"]);

    expect([told.code, written.code]).toEqual([3, 0]);
    expect(JSON.parse(told.stdout)).toMatchObject({ unfinished: { run: id } });
    expect(JSON.parse(shown.stdout)).toMatchObject({ status: "canceled" });
    expect(await readdir(data.bucket("lake"))).not.toContain("orders");
  });

  it("changes nothing where a person is needed, and knows the command line that is wrong", async () => {
    await data.run();
    await backUp();
    const { id } = await runAgain();
    await restore();
    const whole = await readFile(receiptOf(id), "utf8");
    await writeFile(receiptOf(id), whole.slice(0, 50));

    const broken = await reconcile("--write");
    await rm(receiptOf(id));
    const missing = await reconcile("--write");
    const [unknown, many] = await Promise.all([reconcile("other"), reconcile("orders", "other")]);

    expect([broken.code, missing.code, unknown.code, many.code]).toEqual([3, 3, 1, 1]);
    expect(broken.stdout).toContain(`lake/_millrace/runs/orders/${id}.json is no receipt`);
    expect(missing.stdout).toContain(`Run ${id} has no receipt`);
    expect((await millrace(["runs", "show", id, "--data", data.path])).code).toBe(1);
  });
});

function reconcile(...args: readonly string[]) {
  return millrace(["reconcile", ...args, "--data", data.path]);
}

function receiptOf(id: string): string {
  return join(data.bucket("lake"), "_millrace", "runs", "orders", `${id}.json`);
}

/** Carries out another run of the flow. */
function runAgain(): Promise<Run> {
  return data.with(async (stores) => {
    const flow = await stores.flows.get("orders");
    const id = randomUUID();
    await claimRun(flow!, id, stores);
    return executeRun("orders", id, stores, { signal: new AbortController().signal, shouldStop: () => false });
  });
}

/** No process has the database open, so the file is all of it. */
function backUp(): Promise<void> {
  return copyFile(join(data.path, DATABASE_FILE), join(data.path, "backup.db"));
}

function restore(): Promise<void> {
  return copyFile(join(data.path, "backup.db"), join(data.path, DATABASE_FILE));
}
