import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../../src/adapters/local/open-database.ts";
import { TimerAlarm } from "../../../src/adapters/local/timer-alarm.ts";
import { scheduleOf } from "../../support/schedules.ts";

const FLOWS = 300;

describe("the timer in three processes", () => {
  let folder: string;
  let children: ChildProcess[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-"));
  });

  afterAll(async () => {
    for (const child of children) {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
    await rm(folder, { recursive: true });
  });

  it("starts every flow once, by the machine's own clock", async () => {
    const file = join(folder, "alarm.db");
    const database = openDatabase(file);
    const alarm = new TimerAlarm({ database, fire: () => Promise.resolve(), report: () => undefined });
    const lines: string[] = [];
    children = [1, 2, 3].map(() => spawn(process.execPath, [join(import.meta.dirname, "timer-process.ts"), file]));
    for (const child of children) {
      child.stdout!.on("data", (data: Buffer) => lines.push(...data.toString().trim().split("\n")));
    }

    for (let n = 0; n < FLOWS; n++) await alarm.set(`flow-${n}`, scheduleOf("once"), Date.now() + 20 * n);
    for (let wait = 0; lines.length < FLOWS && wait < 400; wait++) await sleep(100);
    await sleep(500);
    database.close();

    expect(new Set(lines).size).toBe(FLOWS);
    expect(lines).toHaveLength(FLOWS);
  });
});
