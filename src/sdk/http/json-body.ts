import { ConnectorError } from "../connector-error.ts";
import {
  isArray,
  isObject,
  type MemberSpan,
  membersOf,
  membersOfText,
  readValue,
  type Span,
  wholeArray,
} from "../json-spans.ts";
import type { Json } from "../json.ts";
import type { WholeAnswer } from "./connection.ts";

/**
 * A whole answer whose body is a JSON object, or an array of records. Records are taken out of it as bytes, and members read one
 * by one; nothing else is made into objects. What is neither fails with `ServerError`, which is worth another try.
 */
export class JsonBody {
  readonly bytes: Buffer;
  readonly #url: URL;
  /** The whole of an array. */
  readonly #list: Span | undefined;
  /** None of an array. */
  readonly #members: ReadonlyMap<string, MemberSpan>;

  constructor({ bytes, url }: Pick<WholeAnswer, "bytes" | "url">) {
    this.bytes = bytes;
    this.#url = url;
    // Members are found while the text is checked: looking through a long answer twice takes its time.
    const members = this.#read(() => membersOfText(bytes));
    this.#members = new Map((members ?? []).map((member) => [member.name, member]));
    this.#list = members === undefined ? this.#read(() => wholeArray(bytes)) : undefined;
  }

  /** The value to which the names lead, one within the other; undefined where there is none. */
  member(...path: readonly string[]): Json | undefined {
    const span = this.#find(path);
    return span === undefined ? undefined : this.#read(() => readValue(this.bytes, span));
  }

  text(...path: readonly string[]): string | undefined {
    const value = this.member(...path);
    return typeof value === "string" ? value : undefined;
  }

  /** Where the array of records is to which the names lead, without names the whole body; undefined where there is none. */
  findRecords(...path: readonly string[]): Span | undefined {
    const span = this.#find(path);
    return span !== undefined && isArray(this.bytes, span) ? span : undefined;
  }

  /** The same; fails with `ServerError` where there is none. */
  records(...path: readonly string[]): Span {
    const span = this.findRecords(...path);
    if (span !== undefined) return span;
    throw new ConnectorError(
      "ServerError",
      `${this.#name()} answered without ${path.length === 0 ? "a list" : `\`${path.join(".")}\``}`,
    );
  }

  #find(path: readonly string[]): Span | undefined {
    const [name, ...rest] = path;
    if (name === undefined) return this.#list;
    let span: Span | undefined = this.#members.get(name);
    for (const inner of rest) {
      if (span === undefined || !isObject(this.bytes, span)) return undefined;
      span = [...membersOf(this.bytes, span)].findLast((member) => member.name === inner);
    }
    return span;
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw new ConnectorError("ServerError", `${this.#name()} answered with what is neither a JSON object nor a list`);
    }
  }

  #name(): string {
    return this.#url.origin + this.#url.pathname;
  }
}

export function readJson(answer: WholeAnswer): JsonBody {
  return new JsonBody(answer);
}
