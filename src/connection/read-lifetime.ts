import type { SettingsReader } from "../sdk/settings-reader.ts";

/** How long metadata is kept when nobody says otherwise: AppFlow's hour. */
export const DEFAULT_LIFETIME_MS = 3_600_000;

/** AppFlow keeps metadata ten minutes at least, whatever a connector says. */
const MIN_LIFETIME_MS = 600_000;
/** Nobody waits longer for a new field, whatever a connector says. */
const MAX_LIFETIME_MS = 30 * 86_400_000;

const UNITS: ReadonlyMap<string, number> = new Map([
  ["NANOSECONDS", 1e-6],
  ["MICROSECONDS", 1e-3],
  ["MILLISECONDS", 1],
  ["SECONDS", 1000],
  ["MINUTES", 60_000],
  ["HOURS", 3_600_000],
  ["DAYS", 86_400_000],
]);

/** How long an answer about entities may be kept, in milliseconds. */
export function readLifetime(answer: SettingsReader): number {
  const reader = answer.within("cacheControl");
  const [time, unit] = [reader.number("timeToLive"), reader.choice("timeToLiveUnit", UNITS)];
  if (time === undefined || unit === undefined) return DEFAULT_LIFETIME_MS;
  return Math.min(Math.max(Math.ceil(time * unit), MIN_LIFETIME_MS), MAX_LIFETIME_MS);
}
