/** The fields of a cron expression as written, in capitals. */
export interface CronFields {
  readonly minute: string;
  readonly hour: string;
  readonly dayOfMonth: string;
  readonly month: string;
  readonly dayOfWeek: string;
  readonly year: string;
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based */
export const CRON_RULES: Readonly<Record<keyof CronFields, CronRule>> = {
  minute: { label: "minute", from: 0, to: 59 },
  hour: { label: "hour", from: 0, to: 23 },
  dayOfMonth: { label: "day of month", from: 1, to: 31, special: /^(\?|L|LW|([1-9]|[12]\d|3[01])W)$/ },
  month: {
    label: "month",
    from: 1,
    to: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  dayOfWeek: {
    label: "day of week",
    from: 1,
    to: 7,
    names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    special: /^(\?|L|([1-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(L|#[1-5]))$/,
  },
  year: { label: "year", from: 1970, to: 2199 },
};

export interface CronRule {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  /** Words for numbers, the first for `from`. */
  readonly names?: readonly string[];
  /** What the field allows besides numbers, ranges, steps and lists. */
  readonly special?: RegExp;
}

/** The numbers that a field means, in order, each once; undefined when it is none of numbers, ranges, steps and lists. */
export function valuesOf(field: string, rule: CronRule): readonly number[] | undefined {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const range = rangeOf(part, rule);
    if (range === undefined) return undefined;
    for (let value = range.low; value <= range.high; value += range.step) values.add(value);
  }
  return [...values].toSorted((a, b) => a - b);
}

/** The number of a word: `7`, `MON`. It may lie outside of what the rule allows. */
export function numberOf(word: string, rule: CronRule): number | undefined {
  if (/^\d{1,4}$/.test(word)) return Number(word);
  const name = rule.names?.indexOf(word) ?? -1;
  return name === -1 ? undefined : rule.from + name;
}

/** `*`, `7`, `1-5`, and each of them with a step: `0/15`, which goes on to the end. */
function rangeOf(part: string, rule: CronRule) {
  const [range = "", step, ...rest] = part.split("/");
  if (rest.length > 0 || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return undefined;
  const by = Number(step ?? 1);
  if (range === "*") return { low: rule.from, high: rule.to, step: by };
  const bounds = range.split("-").map((word) => numberOf(word, rule));
  const [low, last] = bounds;
  const high = bounds.length > 1 ? last : step === undefined ? low : rule.to;
  if (bounds.length > 2 || low === undefined || high === undefined) return undefined;
  return low <= high && low >= rule.from && high <= rule.to ? { low, high, step: by } : undefined;
}
