import { expect, it } from "vitest";
import { killRuns } from "./kill-runs.ts";

it("loses, doubles and half-writes nothing, however often its process is killed", { timeout: 300_000 }, async () => {
  const { runs, records, objects, statesAtKill, ...found } = await killRuns({ kills: 12, seed: 1, report: () => {} });

  expect(found).toEqual({
    kills: 12,
    failed: [],
    otherRecords: [],
    faults: [],
    untold: [],
    strays: [],
    stuck: [],
    leftovers: [],
  });
  expect(runs).toBeGreaterThanOrEqual(3);
  expect(records).toBeGreaterThan(0);
  expect(objects).toBeGreaterThan(runs);
  expect(Object.keys(statesAtKill).length).toBeGreaterThan(0);
});
