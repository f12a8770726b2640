import * as fc from "fast-check";
import { parseScheduleExpression, type ScheduleExpression } from "../../src/flow/schedule-expression.ts";
import type { Schedule } from "../../src/flow/schedule.ts";

export function expressionOf(text: string): ScheduleExpression {
  const expression = parseScheduleExpression(text);
  if ("fault" in expression) throw new Error(`${text}: ${expression.fault}`);
  return expression;
}

export function scheduleOf(text: string, span: Pick<Schedule, "startAt" | "endAt"> = {}): Schedule {
  return { expression: expressionOf(text), pull: "complete", offsetMs: 0, ...span };
}

export function at(text: string): number {
  const time = Date.parse(`${text}Z`);
  if (Number.isNaN(time)) throw new Error(`${text} is no time`);
  return time;
}

export function timeText(time: number): string {
  return new Date(time).toISOString().replace(/(\.000)?Z$/, "");
}

/** A field of cron: a number, a range, a step or a list of them. */
function field(from: number, to: number, name: (value: number) => string = String): fc.Arbitrary<string> {
  const value = fc.integer({ min: from, max: to });
  const step = fc.integer({ min: 1, max: Math.max(2, Math.ceil((to - from) / 2)) });
  const range = fc.tuple(value, value).map((ends) =>
    ends
      .toSorted((a, b) => a - b)
      .map(name)
      .join("-"),
  );
  const part = fc.oneof(
    value.map(name),
    range,
    fc.tuple(fc.oneof(fc.constant("*"), value.map(name), range), step).map((both) => both.join("/")),
  );
  return fc.oneof(
    fc.constant("*"),
    part,
    fc.array(part, { minLength: 2, maxLength: 3 }).map((parts) => parts.join(",")),
  );
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const dayOfMonth = fc.oneof(
  { weight: 2, arbitrary: field(1, 31) },
  fc.constantFrom("L", "LW"),
  fc.integer({ min: 1, max: 31 }).map((day) => `${day}W`),
);
const weekday = fc.oneof(fc.constantFrom(...WEEKDAYS), fc.integer({ min: 1, max: 7 }).map(String));
const dayOfWeek = fc.oneof(
  { weight: 2, arbitrary: field(1, 7, (value) => WEEKDAYS[value - 1]!) },
  field(1, 7),
  fc.constant("L"),
  weekday.map((day) => `${day}L`),
  fc.tuple(weekday, fc.integer({ min: 1, max: 5 })).map((both) => both.join("#")),
);
const days = fc.oneof(
  dayOfMonth.map((day) => [day, "?"] as const),
  dayOfWeek.map((day) => ["?", day] as const),
);
const month = fc.oneof(
  { weight: 2, arbitrary: fc.constant("*") },
  field(1, 12),
  field(1, 12, (value) => MONTHS[value - 1]!),
);
const year = fc.oneof({ weight: 4, arbitrary: fc.constant("*") }, field(2024, 2031));

export const cronText: fc.Arbitrary<string> = fc
  .tuple(field(0, 59), field(0, 23), days, month, year)
  .map(([minute, hour, [day, weekday], month, year]) => `cron(${minute} ${hour} ${day} ${month} ${weekday} ${year})`);

export const rateText: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 2000 })),
    fc.constantFrom("minutes", "hours", "days", "weeks"),
  )
  .map(([every, unit]) => `rate(${every}${unit})`);

export const monthsText: fc.Arbitrary<string> = fc.integer({ min: 1, max: 30 }).map((every) => `rate(${every}months)`);

const DAY = 86_400_000;

export interface Activation {
  readonly activatedAt: number;
  readonly span: Pick<Schedule, "startAt" | "endAt">;
}

/** An activation, and a start and an end near it or none. Ends are often whole days, hours or minutes after the start. */
export function activation(): fc.Arbitrary<Activation> {
  const start = fc.oneof(
    fc.constantFrom(undefined, 0),
    fc.integer({ min: -400 * DAY, max: 0 }),
    fc.integer({ min: 0, max: 20 * DAY }),
  );
  const length = fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    fc.tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom(60_000, 3_600_000, DAY, DAY * 7, 1_234_567)),
  );
  return fc.tuple(instant, start, length).map(([activatedAt, start, length]) => {
    const startAt = start === undefined ? undefined : activatedAt + start;
    const endAt = length === undefined ? undefined : Math.max(startAt ?? 0, activatedAt) + length[0] * length[1];
    return { activatedAt, span: { ...(startAt !== undefined && { startAt }), ...(endAt !== undefined && { endAt }) } };
  });
}

/** An instant of the years 2023 to 2030, often a whole minute, day or month. */
const instant: fc.Arbitrary<number> = fc
  .tuple(
    fc.integer({ min: at("2023-01-01T00:00:00"), max: at("2030-12-31T00:00:00") }),
    fc.constantFrom(1, 1000, 60_000, 86_400_000),
    fc.boolean(),
  )
  .map(([time, unit, monthEnd]) => {
    const rounded = Math.floor(time / unit) * unit;
    const date = new Date(rounded);
    return monthEnd ? Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0) + (rounded % 86_400_000) : rounded;
  });
