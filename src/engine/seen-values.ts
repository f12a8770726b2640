import { BOOLEAN, NESTED, NUMBER } from "../batch/cell-kind.ts";
import { sameType } from "../batch/field-type.ts";
import type { FieldType } from "../batch/field-type.ts";

const MAX_DECIMAL_DIGITS = 38;
/** Every decimal of so many significant digits survives a double and back. */
const SAFE_DOUBLE_DIGITS = 15;
const INT64_MAX = 2n ** 63n - 1n;

const POINT = 46;
const LETTER_E = 69;
const ZERO = 48;
const NINE = 57;

/** What has been seen of one field, just enough to name the narrowest type that holds all of it exactly. */
export class SeenValues {
  /** A bit for every cell kind. */
  #kinds = 0;
  #declared: FieldType | undefined;
  #conflicting = false;
  #wholeDigits = 0;
  #scale = 0;
  #fitsLong = true;
  #fitsDouble = true;
  #hasExponent = false;

  addKind(kind: number): void {
    this.#kinds |= 1 << kind;
  }

  addDeclared(type: FieldType): void {
    if (this.#declared === undefined) this.#declared = type;
    else if (!sameType(this.#declared, type)) {
      const wider = widen(this.#declared, type);
      if (wider === undefined) this.#conflicting = true;
      else this.#declared = wider;
    }
  }

  /** A number's text, in JSON's grammar. */
  addNumber(bytes: Buffer, start: number, end: number): void {
    this.#kinds |= 1 << NUMBER;
    let digits = 0;
    let scale = -1;
    let exponent = false;
    for (let at = start; at < end; at++) {
      const c = bytes[at]!;
      if (c === POINT) scale = 0;
      else if ((c & ~32) === LETTER_E) {
        exponent = true;
        break;
      } else if (c >= ZERO && c <= NINE) {
        digits++;
        if (scale >= 0) scale++;
      }
    }
    const decimals = Math.max(scale, 0);
    this.#wholeDigits = Math.max(this.#wholeDigits, digits - decimals);
    this.#scale = Math.max(this.#scale, decimals);
    if (exponent) this.#hasExponent = true;
    if (digits > SAFE_DOUBLE_DIGITS) this.#fitsDouble = false;
    if (exponent || scale >= 0 || (digits > 18 && !isLong(bytes.latin1Slice(start, end)))) this.#fitsLong = false;
  }

  /** Undefined: text, or nothing but nulls. */
  type(): FieldType | undefined {
    if (this.#conflicting || (this.#declared !== undefined && this.#kinds !== 0)) return undefined;
    if (this.#declared !== undefined) return this.#declared;
    switch (this.#kinds) {
      case 1 << BOOLEAN:
        return { name: "boolean" };
      case 1 << NESTED:
        return { name: "json" };
      case 1 << NUMBER:
        return this.#numberType();
      default:
        return undefined;
    }
  }

  #numberType(): FieldType | undefined {
    if (this.#fitsLong) return { name: "int64" };
    if (this.#fitsDouble) return { name: "double" };
    const precision = this.#wholeDigits + this.#scale;
    if (this.#hasExponent || precision > MAX_DECIMAL_DIGITS) return undefined;
    return { name: "decimal", precision, scale: this.#scale };
  }
}

function isLong(text: string): boolean {
  const value = BigInt(text);
  return value <= INT64_MAX && value >= -INT64_MAX - 1n;
}

function widen(a: FieldType, b: FieldType): FieldType | undefined {
  const order = ["int32", "int64"];
  const widest = Math.max(order.indexOf(a.name), order.indexOf(b.name));
  if (order.includes(a.name) && order.includes(b.name)) return { name: widest === 1 ? "int64" : "int32" };
  const floats = ["float", "double"];
  if (floats.includes(a.name) && floats.includes(b.name)) return { name: "double" };
  return undefined;
}
