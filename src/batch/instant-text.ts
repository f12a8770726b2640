import { DIGIT_PAIRS } from "./number-text.ts";

/* Dates and instants between bytes and numbers: ISO 8601, the proleptic Gregorian calendar, UTC. */

const ZERO = 48;
const DASH = 45;
const COLON = 58;
const POINT = 46;
const PLUS = 43;
const LETTER_T = 84;
const LETTER_Z = 90;
const BLANK = 32;
const MS_PER_DAY = 86_400_000;
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days between the first of March and the first of each month after it, from January on. */
const DAYS_SINCE_MARCH = [306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275];
/** Of the count in `daysFromCivil`: from 400 years before March of the year 0, that day counted. */
const DAYS_TO_1970 = 865_566;

/** 0000-01-01 and 9999-12-31. */
const FIRST_PLAIN_DAY = -719_528;
const LAST_PLAIN_DAY = 2_932_896;

/** The last instant for which `readInstant` answered a number: the nanoseconds beyond its whole millisecond. */
export const instant = { nanos: 0, hasZone: false };

/**
 * Milliseconds since 1970 of `YYYY-MM-DDThh:mm:ss`, with `T` or a blank, an optional fraction of up to nine digits,
 * and `Z`, `+hh:mm`, `+hhmm`, `+hh` or nothing (read as UTC); of a bare date, its midnight. NaN for any other text.
 */
export function readInstant(bytes: Uint8Array, start: number, end: number): number {
  instant.nanos = 0;
  instant.hasZone = false;
  const length = end - start;
  if (length === 10) return readDay(bytes, start, end) * MS_PER_DAY;
  if (length < 19) return Number.NaN;
  const separator = bytes[start + 10];
  if (separator !== LETTER_T && separator !== BLANK) return Number.NaN;
  const day = readDay(bytes, start, start + 10);
  const hour = twoDigits(bytes, start + 11);
  const minute = twoDigits(bytes, start + 14);
  const second = twoDigits(bytes, start + 17);
  if (bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return Number.NaN;
  if ((hour | minute | second) < 0 || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  let time = day * MS_PER_DAY + (hour * 3600 + minute * 60 + second) * 1000;
  let at = start + 19;
  if (at < end && bytes[at] === POINT) {
    at++;
    const first = at;
    let nanos = 0;
    for (; at < end && isDigit(bytes[at]!); at++) if (at - first < 9) nanos = nanos * 10 + (bytes[at]! - ZERO);
    const digits = at - first;
    if (digits === 0) return Number.NaN;
    // Nearly every fraction is of milliseconds.
    if (digits === 3) time += nanos;
    else {
      for (let missing = digits; missing < 9; missing++) nanos *= 10;
      const millis = Math.floor(nanos / 1_000_000);
      time += millis;
      instant.nanos = nanos - millis * 1_000_000;
    }
  }
  if (at === end) return time;
  instant.hasZone = true;
  const sign = bytes[at];
  if (sign === LETTER_Z) return at + 1 === end ? time : Number.NaN;
  if (sign !== PLUS && sign !== DASH) return Number.NaN;
  const offsetHour = twoDigits(bytes, at + 1);
  let offsetMinute = 0;
  if (end - at === 6 && bytes[at + 3] === COLON) offsetMinute = twoDigits(bytes, at + 4);
  else if (end - at === 5) offsetMinute = twoDigits(bytes, at + 3);
  else if (end - at !== 3) return Number.NaN;
  if ((offsetHour | offsetMinute) < 0 || offsetHour > 23 || offsetMinute > 59) return Number.NaN;
  const offset = (offsetHour * 60 + offsetMinute) * 60_000;
  return sign === PLUS ? time - offset : time + offset;
}

/** Days since 1970-01-01 of `YYYY-MM-DD`; NaN for any other text or for a day that does not exist. */
export function readDay(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 10 || bytes[start + 4] !== DASH || bytes[start + 7] !== DASH) return Number.NaN;
  const century = twoDigits(bytes, start);
  const yearOfCentury = twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  if ((century | yearOfCentury | month | day) < 0) return Number.NaN;
  if (month < 1 || month > 12 || day < 1 || day > DAYS_IN_MONTH[month - 1]!) return Number.NaN;
  const year = century * 100 + yearOfCentury;
  if (month === 2 && day === 29 && !(year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0))) return Number.NaN;
  return daysFromCivil(year, month, day);
}

/** The texts of days that were written before, of years that have four digits: a table by the day's lowest bits. */
const KNOWN_DAYS = 4096;
const DAY_BYTES = 12;
const knownDays = Int32Array.from({ length: KNOWN_DAYS }, (_, slot) => ~slot);
const dayTexts = new DataView(new ArrayBuffer(KNOWN_DAYS * DAY_BYTES));

/** Writes `YYYY-MM-DD`. Room: 16 bytes. Years outside 0–9999 get ISO's sign and six digits. */
export function writeDay(out: DataView, at: number, days: number): number {
  const slot = days & (KNOWN_DAYS - 1);
  const text = slot * DAY_BYTES;
  if (knownDays[slot] !== days) {
    if (days < FIRST_PLAIN_DAY || days > LAST_PLAIN_DAY) return writeCivil(out, at, days);
    writeCivil(dayTexts, text, days);
    knownDays[slot] = days;
  }
  out.setInt32(at, dayTexts.getInt32(text));
  out.setInt32(at + 4, dayTexts.getInt32(text + 4));
  out.setInt16(at + 8, dayTexts.getInt16(text + 8));
  return at + 10;
}

function writeCivil(out: DataView, at: number, days: number): number {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + (yearOfEra >> 2) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9);
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const size = Math.abs(year);
  let o = at;
  if (year < 0 || year > 9999) {
    out.setUint8(o++, year < 0 ? DASH : PLUS);
    o = writeTwo(out, o, Math.floor(size / 10_000) % 100);
  }
  o = writeTwo(out, o, Math.floor(size / 100) % 100);
  o = writeTwo(out, o, size % 100);
  out.setUint8(o++, DASH);
  o = writeTwo(out, o, month);
  out.setUint8(o++, DASH);
  return writeTwo(out, o, day);
}

/**
 * Writes an instant: milliseconds since 1970 and the nanoseconds beyond them. The fraction has three digits, or six or
 * nine when there is more to say. `utc` adds the `Z`. Room: 40 bytes.
 */
export function writeInstant(out: DataView, at: number, ms: number, nanos: number, utc: boolean): number {
  const days = Math.floor(ms / MS_PER_DAY);
  let rest = (ms - days * MS_PER_DAY) | 0;
  let o = writeDay(out, at, days);
  out.setUint8(o, LETTER_T);
  const hour = (rest / 3_600_000) | 0;
  rest -= hour * 3_600_000;
  const minute = (rest / 60_000) | 0;
  rest -= minute * 60_000;
  const second = (rest / 1000) | 0;
  writeTwo(out, o + 1, hour);
  out.setUint8(o + 3, COLON);
  writeTwo(out, o + 4, minute);
  out.setUint8(o + 6, COLON);
  writeTwo(out, o + 7, second);
  out.setUint8(o + 9, POINT);
  o = writeThree(out, o + 10, rest - second * 1000);
  if (nanos !== 0) {
    const micros = Math.floor(nanos / 1000);
    o = writeThree(out, o, micros);
    if (nanos !== micros * 1000) o = writeThree(out, o, nanos - micros * 1000);
  }
  if (utc) out.setUint8(o++, LETTER_Z);
  return o;
}

/**
 * Days since 1970-01-01 of a day in the proleptic Gregorian calendar, years 0 to 9999. Years are counted from March, so
 * that a leap day is a year's last, and a cycle of 400 years late, so that nothing is negative.
 */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year + 399 : year + 400;
  const century = (y / 100) | 0;
  return 365 * y + (y >> 2) - century + (century >> 2) + DAYS_SINCE_MARCH[month - 1]! + day - DAYS_TO_1970;
}

/** Negative unless both bytes are digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function isDigit(c: number): boolean {
  return c >= ZERO && c <= 57;
}

function writeTwo(out: DataView, at: number, value: number): number {
  out.setUint16(at, DIGIT_PAIRS[value]!, true);
  return at + 2;
}

function writeThree(out: DataView, at: number, value: number): number {
  const hundreds = (value / 100) | 0;
  out.setUint8(at, ZERO + hundreds);
  return writeTwo(out, at + 1, value - hundreds * 100);
}
