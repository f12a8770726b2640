import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runStoreContract } from "../contract/run-store.ts";
import type { Stores } from "../contract/stores.ts";
import { anyScenario, QUIET } from "./scenario.ts";
import { simulate } from "./simulate.ts";
import { MUTATIONS } from "./mutations.ts";
import { scenarioOf } from "./find-mutant.ts";
import { storeOf, Tables } from "./tables.ts";

describe("a simulation", () => {
  it("gives the same history for the same seed, to the letter", { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const once = await simulate(seed, anyScenario(seed), { traced: true });
      const again = await simulate(seed, anyScenario(seed), { traced: true });

      expect(again.trace.join("\n")).toBe(once.trace.join("\n"));
    }
  });

  it("gives another history for another seed", async () => {
    const scenario = anyScenario(1);
    const traces: string[] = [];
    for (const seed of [1, 2, 3]) traces.push((await simulate(seed, scenario, { traced: true })).trace.join("\n"));

    expect(new Set(traces).size).toBe(3);
  });

  it("goes the same way whether it is told or not", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { trace: _, ...told } = await simulate(seed, anyScenario(seed), { traced: true });
      const { trace: none, ...untold } = await simulate(seed, anyScenario(seed));

      expect(none).toEqual([]);
      expect(untold).toEqual(told);
    }
  });

  it("tells every call, in the order in which they have their effect", async () => {
    const { trace, calls } = await simulate(1, QUIET, { traced: true });

    const commit = trace.findIndex((line) => line.includes("RUN r0 committed"));
    const complete = trace.findIndex((line) => line.includes("objects.completeUpload"));
    expect(commit).toBeGreaterThan(0);
    expect(complete).toBeGreaterThan(commit);
    expect(trace.filter((line) => line.includes("→"))).toHaveLength(calls);
  });

  it("says what is wrong, and where", async () => {
    const { mutation } = MUTATIONS.completeBeforeCommit;

    const { wrong, trace } = await simulate(1, scenarioOf("completeBeforeCommit", 1), { mutation, traced: true });

    expect(wrong).toMatch(/visible/);
    expect(trace.some((line) => line.endsWith(`WRONG ${wrong}`))).toBe(true);
  });
});

describe("npm run sim", () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, "main.ts"), ...args], { encoding: "utf8" });

  it("looks again at one history", () => {
    const { status, stdout } = run("crash", "--seed", "1", "--at", "12", "--fate", "kill-after");

    expect(status).toBe(0);
    expect(stdout).toMatch(/^\| crash \| 1 \| 1 \| \d+ \| 1 \| 1 \| 0 \|/m);
  });

  it("prints the same trace twice", () => {
    const args = ["any", "--seed", "7", "--trace"];

    const [once, again] = [run(...args), run(...args)];

    expect(once.stdout).toContain("npm run sim -- any --seed 7\n");
    expect(again.stdout).toBe(once.stdout);
  });

  it.each([["nothing"], ["any", "--seeds", "0"], ["--mutants", "any"], ["--speed"]])(
    "refuses what it does not know: %s %s",
    (...args) => {
      const { status, stderr } = run(...args);

      expect(status).toBe(2);
      expect(stderr).toContain("npm run sim -- [campaign …]");
    },
  );
});

runStoreContract({
  name: "the tables of the simulation",
  open: () => {
    const runs = storeOf(new Tables());
    const stores = { runs } as Stores;
    return Promise.resolve({ stores, others: stores, close: () => Promise.resolve() });
  },
});
