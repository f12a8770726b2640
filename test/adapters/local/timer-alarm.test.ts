import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../../src/adapters/local/open-database.ts";
import { TimerAlarm } from "../../../src/adapters/local/timer-alarm.ts";
import { nextTime, type Schedule } from "../../../src/flow/schedule.ts";
import { at, scheduleOf, timeText } from "../../support/schedules.ts";
import { settled, VirtualClock } from "./virtual-clock.ts";

const START = at("2026-11-25T10:00:00");
const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

let folder: string;
let clock: VirtualClock;
let opened: DatabaseSync[];
/** `flow scheduledAt`, in the order of the calls. */
let fired: string[];
let reported: unknown[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-"));
  clock = new VirtualClock(START);
  opened = [];
  fired = [];
  reported = [];
});

afterEach(async () => {
  for (const database of opened) if (database.isOpen) database.close();
  await rm(folder, { recursive: true });
});

interface Process {
  readonly alarm: TimerAlarm;
  /** The process is gone, without a word. */
  kill(): void;
}

type Fire = (flow: string, scheduledAt: number) => Promise<void>;

/** A process on the one file that all of them share. */
function open(fire: Fire = () => Promise.resolve(), file = "alarm.db"): Process {
  const database = openDatabase(file === ":memory:" ? file : join(folder, file));
  opened.push(database);
  let dead = false;
  const alarm = new TimerAlarm({
    database,
    fire: (flow, scheduledAt) => {
      fired.push(`${flow} ${timeText(scheduledAt)}`);
      return fire(flow, scheduledAt);
    },
    report: (error) => dead || reported.push(error),
    clock: {
      now: () => clock.now(),
      wake: (ms, then) => clock.wake(ms, () => dead || then()),
    },
  });
  const kill = () => {
    dead = true;
    database.close();
  };
  return { alarm, kill };
}

/** A process that starts flows. */
function run(fire?: Fire): Process {
  const process = open(fire);
  process.alarm.start();
  return process;
}

const never: Fire = () => new Promise(() => undefined);

describe("the timer", () => {
  it("starts a flow at each of its times", async () => {
    const { alarm } = run();
    await alarm.set("a", scheduleOf("rate(20minutes)"), START);
    await alarm.set("b", scheduleOf("cron(30 * * * ? *)"), START);

    await clock.pass(HOUR);

    expect(fired).toEqual([
      "a 2026-11-25T10:00:00",
      "a 2026-11-25T10:20:00",
      "b 2026-11-25T10:30:00",
      "a 2026-11-25T10:40:00",
      "a 2026-11-25T11:00:00",
    ]);
  });

  it("is on time", async () => {
    const late: number[] = [];
    const { alarm } = run(async (_, scheduledAt) => void late.push(clock.now() - scheduledAt));
    await alarm.set("a", scheduleOf("cron(0/7 * * * ? *)"), START);

    await clock.pass(5 * HOUR);

    expect(new Set(late)).toEqual(new Set([0]));
  });

  it("waits for a start a year ahead, longer than any timer of Node's", async () => {
    const { alarm } = run();
    await alarm.set("a", scheduleOf("rate(1hours)", { startAt: START + 365 * 24 * HOUR }), START);

    await clock.pass(HOUR);
    clock.suspend(365 * 24 * HOUR - 2 * HOUR);
    await clock.pass(HOUR - SECOND);
    const before = [...fired];
    await clock.pass(MINUTE);

    expect(before).toEqual([]);
    expect(fired).toEqual(["a 2027-11-25T10:00:00"]);
  });

  it("stops at the end, and starts a flow once that runs once", async () => {
    const { alarm } = run();
    await alarm.set("a", scheduleOf("rate(1minutes)", { endAt: START + 2 * MINUTE }), START);
    await alarm.set("b", scheduleOf("once"), START + SECOND);

    await clock.pass(HOUR);

    expect(fired).toEqual(["a 2026-11-25T10:00:00", "b 2026-11-25T10:00:01", "a 2026-11-25T10:01:00"]);
  });

  it("takes notes until it is started", async () => {
    const { alarm } = open();
    await alarm.set("a", scheduleOf("rate(1hours)"), START);
    await clock.pass(MINUTE);
    const before = [...fired];

    alarm.start();
    await clock.pass(MINUTE);

    expect(before).toEqual([]);
    expect(fired).toEqual(["a 2026-11-25T10:00:00"]);
  });

  it("makes up for what passed while no process ran by one start, for the latest time", async () => {
    const first = run();
    await first.alarm.set("a", scheduleOf("rate(20minutes)"), START);
    await clock.pass(MINUTE);
    await first.alarm.stop();
    await clock.pass(5 * HOUR);

    run();
    await clock.pass(30 * MINUTE);

    expect(fired).toEqual(["a 2026-11-25T10:00:00", "a 2026-11-25T15:00:00", "a 2026-11-25T15:20:00"]);
  });

  it("makes up for the last time of a schedule that ended meanwhile", async () => {
    const first = run();
    await first.alarm.set("a", scheduleOf("rate(1hours)", { endAt: START + 4 * HOUR }), START);
    await clock.pass(MINUTE);
    await first.alarm.stop();
    await clock.pass(100 * HOUR);

    run();
    await clock.pass(10 * HOUR);

    expect(fired).toEqual(["a 2026-11-25T10:00:00", "a 2026-11-25T13:00:00"]);
  });

  it("wakes up soon after the machine has slept", async () => {
    const { alarm } = run();
    await alarm.set("a", scheduleOf("rate(1hours)"), START);
    await clock.pass(MINUTE);

    clock.suspend(7 * HOUR);
    await clock.pass(15 * SECOND);

    expect(fired).toEqual(["a 2026-11-25T10:00:00", "a 2026-11-25T17:00:00"]);
  });

  it("waits again when the clock is set back", async () => {
    const { alarm } = run();
    await alarm.set("a", scheduleOf("rate(1hours)"), START);
    await clock.pass(HOUR);

    clock.suspend(-2 * HOUR);
    await clock.pass(3 * HOUR);

    expect(fired).toEqual(["a 2026-11-25T10:00:00", "a 2026-11-25T11:00:00", "a 2026-11-25T12:00:00"]);
  });

  it("starts a flow again, for the same time, when the process died meanwhile", async () => {
    const first = run(never);
    await first.alarm.set("a", scheduleOf("rate(1hours)"), START);
    await clock.pass(SECOND);
    first.kill();

    run();
    await clock.pass(50 * SECOND);
    const during = [...fired];
    await clock.pass(30 * MINUTE);

    expect(during).toEqual(["a 2026-11-25T10:00:00"]);
    expect(fired).toEqual(["a 2026-11-25T10:00:00", "a 2026-11-25T10:00:00"]);
  });

  it("starts each flow from one of two processes", async () => {
    const [one, two] = [run(), run()];
    for (let n = 0; n < 50; n++) {
      const { alarm } = n % 2 === 0 ? one : two;
      await alarm.set(`flow-${n}`, scheduleOf("rate(10minutes)"), START);
    }

    await clock.pass(HOUR - SECOND);

    expect(new Set(fired).size).toBe(300);
    expect(fired).toHaveLength(300);
  });

  it("sees within seconds what another process has set", async () => {
    run();
    const other = open();
    await clock.pass(SECOND);
    await other.alarm.set("a", scheduleOf("once"), START + SECOND);

    await clock.pass(15 * SECOND);

    expect(fired).toEqual(["a 2026-11-25T10:00:01"]);
  });

  it("starts 10,000 flows that are due in the same minute", async () => {
    const { alarm } = open(undefined, ":memory:");
    for (let n = 0; n < 10_000; n++) await alarm.set(`flow-${n}`, scheduleOf("cron(1 10 * * ? *)"), START);

    alarm.start();
    await clock.pass(2 * MINUTE);
    while (fired.length < 10_000 && reported.length === 0) await settled();

    expect(new Set(fired).size).toBe(10_000);
    expect(fired).toHaveLength(10_000);
  });

  it("tries again in half a minute when a flow could not be started, and goes on with the others", async () => {
    let broken = true;
    const { alarm } = run(async (flow) => {
      if (flow === "a" && broken) throw new Error("the disk is full");
    });
    await alarm.set("a", scheduleOf("rate(1hours)"), START);
    await alarm.set("b", scheduleOf("rate(1hours)"), START);

    await clock.pass(SECOND);
    broken = false;
    await clock.pass(HOUR - MINUTE);

    expect(fired.toSorted()).toEqual(["a 2026-11-25T10:00:00", "a 2026-11-25T10:00:00", "b 2026-11-25T10:00:00"]);
    expect(reported).toEqual([new Error("the disk is full")]);
  });

  it("goes on when the database could not be read for a while", async () => {
    const { alarm } = run();
    await alarm.set("a", scheduleOf("rate(1hours)"), START + MINUTE);
    const other = openDatabase(join(folder, "alarm.db"));
    opened.push(other);

    other.exec("ALTER TABLE alarm RENAME TO elsewhere");
    await clock.pass(5 * MINUTE);
    const during = [...fired];
    other.exec("ALTER TABLE elsewhere RENAME TO alarm");
    await clock.pass(5 * MINUTE);

    expect(during).toEqual([]);
    expect(reported.length).toBeGreaterThan(0);
    expect(reported.length).toBeLessThan(20);
    expect(fired).toEqual(["a 2026-11-25T10:01:00"]);
  });

  it("waits, when it is stopped, for the flow that it is starting", async () => {
    let finish: () => void = () => undefined;
    const { alarm } = run(() => new Promise((resolve) => (finish = resolve)));
    await alarm.set("a", scheduleOf("rate(1minutes)"), START);
    await clock.pass(SECOND);
    let stopped = false;
    const stopping = alarm.stop().then(() => (stopped = true));
    await settled();
    const before = stopped;

    finish();
    await stopping;
    await clock.pass(HOUR);

    expect(before).toBe(false);
    expect(fired).toEqual(["a 2026-11-25T10:00:00"]);
  });
});

describe("setting the timer", () => {
  it("changes nothing when the same is set again", async () => {
    const { alarm } = run();
    for (let n = 0; n < 4; n++) {
      await alarm.set("a", scheduleOf("rate(1hours)"), START);
      await clock.pass(10 * MINUTE);
    }

    expect(fired).toEqual(["a 2026-11-25T10:00:00"]);
  });

  it("does not repeat a schedule that is over when it is set again", async () => {
    const { alarm } = run();
    await alarm.set("a", scheduleOf("once"), START);
    await clock.pass(HOUR);
    await alarm.set("a", scheduleOf("once"), START);
    await clock.pass(HOUR);

    expect(fired).toEqual(["a 2026-11-25T10:00:00"]);
  });

  it("lets a changed schedule hold from then on", async () => {
    const { alarm } = run();
    await alarm.set("a", scheduleOf("rate(1hours)"), START);
    await clock.pass(90 * MINUTE);
    await alarm.set("a", scheduleOf("rate(20minutes)"), START);
    await clock.pass(20 * MINUTE);

    expect(fired).toEqual(["a 2026-11-25T10:00:00", "a 2026-11-25T11:00:00", "a 2026-11-25T11:40:00"]);
  });

  it("begins anew with another activation", async () => {
    const { alarm } = run();
    await alarm.set("a", scheduleOf("rate(1hours)"), START);
    await clock.pass(5 * MINUTE);
    await alarm.clear("a");
    await clock.pass(2 * HOUR);
    await alarm.set("a", scheduleOf("rate(1hours)"), clock.now() + SECOND);
    await clock.pass(MINUTE);

    expect(fired).toEqual(["a 2026-11-25T10:00:00", "a 2026-11-25T12:05:01"]);
  });

  it("makes up for an activation that was set late, as after a crash", async () => {
    const { alarm } = run();
    await alarm.set("a", scheduleOf("rate(1hours)"), START - 90 * MINUTE);

    await clock.pass(MINUTE);

    expect(fired).toEqual(["a 2026-11-25T09:30:00"]);
  });

  it("holds what was set while the flow was being started", async () => {
    const { alarm }: Process = run(async (_, time) => {
      if (time === START) await alarm.set("a", scheduleOf("cron(7 * * * ? *)"), START);
    });
    await alarm.set("a", scheduleOf("rate(1hours)"), START);

    await clock.pass(90 * MINUTE);

    expect(fired).toEqual(["a 2026-11-25T10:00:00", "a 2026-11-25T10:07:00", "a 2026-11-25T11:07:00"]);
  });

  it("starts a flow no more that was cleared, even while it was being started", async () => {
    const { alarm }: Process = run((flow) => alarm.clear(flow));
    await alarm.set("a", scheduleOf("rate(1minutes)"), START);

    await clock.pass(HOUR);
    await alarm.clear("a");

    expect(fired).toEqual(["a 2026-11-25T10:00:00"]);
  });
});

type Step = { readonly type: "pass" | "suspend" | "down" | "kill"; readonly ms: number } | { readonly type: "second" };

const length = fc.oneof(fc.integer({ min: 1, max: 5 * MINUTE }), fc.integer({ min: 1, max: 3 * HOUR }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: length.map((ms) => ({ type: "pass" as const, ms })) },
  fc
    .tuple(fc.constantFrom("suspend" as const, "down" as const, "kill" as const), length)
    .map(([type, ms]) => ({ type, ms })),
  fc.constant({ type: "second" as const }),
);
const text = fc.constantFrom(
  "rate(1minutes)",
  "rate(7minutes)",
  "rate(1hours)",
  "cron(0/10 * * * ? *)",
  "cron(3,5 10,12 * * ? *)",
  "once",
);

describe("the timer, whatever happens", () => {
  it("starts every flow at each time, or makes up for it by a later one", async () => {
    let file = 0;
    await fc.assert(
      fc.asyncProperty(text, fc.array(step, { maxLength: 12 }), async (text, steps) => {
        const schedule = scheduleOf(text);
        const history = await live(schedule, steps, `${++file}.db`);

        const due = dueTimes(schedule, START, clock.now() - 2 * MINUTE);
        const times = history.fired.map(({ time }) => time);
        // Only what is due, each once, in order; a process that dies may leave the last one to be repeated.
        expect(times.every((time) => nextTime(schedule, START, time - 1) === time)).toBe(true);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(times.length - new Set(times).size).toBeLessThanOrEqual(history.kills);
        // Nothing is left undone.
        expect(times.at(-1) ?? 0).toBeGreaterThanOrEqual(due.at(-1) ?? 0);
        // What fell into undisturbed time was started itself.
        const missing = due.filter((time) => !times.includes(time) && history.undisturbed(time));
        expect(missing.map(timeText)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});

interface History {
  readonly fired: readonly { readonly time: number }[];
  readonly kills: number;
  /** Whether a process had run for a while at the time, and ran on for a while. */
  undisturbed(time: number): boolean;
}

/** Sets one flow, lets all of it happen, and gives the timer five minutes of peace at the end. */
async function live(schedule: Schedule, steps: readonly Step[], file: string): Promise<History> {
  clock = new VirtualClock(START);
  const calls: { time: number }[] = [];
  const disturbed: [from: number, to: number][] = [];
  let dying = false;
  let kills = 0;
  const fire: Fire = (_, time) => {
    calls.push({ time });
    return dying ? new Promise(() => undefined) : Promise.resolve();
  };
  const begin = () => {
    const process = open(fire, file);
    process.alarm.start();
    return process;
  };
  let processes = [begin()];
  await processes[0]!.alarm.set("a", schedule, START);

  for (const step of [...steps, { type: "pass", ms: 5 * MINUTE } as const]) {
    const from = clock.now();
    switch (step.type) {
      case "pass":
        await clock.pass(step.ms);
        continue;
      case "suspend":
        clock.suspend(step.ms);
        break;
      case "down":
        await Promise.all(processes.map(({ alarm }) => alarm.stop()));
        await clock.pass(step.ms);
        processes = [begin()];
        break;
      case "kill":
        // The process hangs in whatever it starts next, and dies later.
        dying = true;
        await clock.pass(Math.min(step.ms, 50 * SECOND));
        for (const process of processes) process.kill();
        dying = false;
        kills++;
        processes = [begin()];
        break;
      case "second":
        processes.push(begin());
        continue;
    }
    disturbed.push([from, clock.now()]);
  }
  await Promise.all(processes.map(({ alarm }) => alarm.stop()));
  return {
    fired: calls,
    kills,
    // A claim lasts a minute, a sleep fifteen seconds.
    undisturbed: (time) => disturbed.every(([from, to]) => time < from - MINUTE || time > to + 90 * SECOND),
  };
}

function dueTimes(schedule: Schedule, activatedAt: number, until: number): number[] {
  const times: number[] = [];
  for (let time = nextTime(schedule, activatedAt, 0); time !== undefined && time <= until;) {
    times.push(time);
    time = nextTime(schedule, activatedAt, time);
  }
  return times;
}
