const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * How long it is until a day ends in a time zone, where an answer came from that tells its time; a whole day where it does not.
 * On the two days of a year on which clocks are changed it is off by that hour.
 */
export function msToMidnight(headers: Headers, timeZone: string): number {
  const now = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(now)) return DAY_MS;
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "medium" }).format(now);
  const [hours, minutes, seconds] = time.split(":").map(Number) as [number, number, number];
  return DAY_MS - ((hours * 60 + minutes) * 60 + seconds) * 1000;
}
