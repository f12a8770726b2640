import type { Json, JsonObject } from "./json.ts";
import type { Problem } from "./problem.ts";

/**
 * Reads settings, or another JSON object that somebody else made, member by member and collects everything that is wrong with them. Every method gives a usable value,
 * so reading goes on behind a problem. Null is the same as absent; members that nobody asks for do not matter.
 */
export class SettingsReader {
  readonly problems: Problem[];
  readonly #settings: JsonObject;
  readonly #path: string;

  constructor(settings: JsonObject, path = "", problems: Problem[] = []) {
    this.#settings = settings;
    this.#path = path;
    this.problems = problems;
  }

  /** The reader of a member that has members itself. */
  within(name: string): SettingsReader {
    const value = this.#member(name);
    if (value !== undefined && !isObject(value)) this.report(name, `${show(value)} is not an object`);
    return new SettingsReader(isObject(value) ? value : {}, `${this.#pathOf(name)}.`, this.problems);
  }

  /** The readers of a list's items, each of which has members itself. */
  each(name: string): readonly SettingsReader[] {
    const value = this.#member(name);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every(isObject)) {
      return value.map((item, index) => new SettingsReader(item, `${this.#pathOf(name)}[${index}].`, this.problems));
    }
    this.report(name, `${show(value)} is not a list of objects`);
    return [];
  }

  /** Texts by name. */
  textsByName(name: string): ReadonlyMap<string, string> {
    const value = this.#member(name);
    if (value === undefined) return new Map();
    const entries = isObject(value) ? Object.entries(value).filter(([, text]) => text !== null) : [];
    if (isObject(value) && entries.every((entry): entry is [string, string] => typeof entry[1] === "string")) {
      return new Map(entries);
    }
    this.report(name, `${show(value)} is not an object of strings`);
    return new Map();
  }

  has(name: string): boolean {
    return this.#member(name) !== undefined;
  }

  text(name: string): string | undefined {
    const value = this.#member(name);
    if (value === undefined || typeof value === "string") return value;
    this.report(name, `${show(value)} is not a string`);
    return undefined;
  }

  requiredText(name: string, remedy: string): string | undefined {
    if (this.#member(name) === undefined) this.report(name, "it is missing", remedy);
    return this.text(name);
  }

  texts(name: string): readonly string[] {
    const value = this.#member(name);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.every((item: Json) => typeof item === "string")) return value;
    this.report(name, `${show(value)} is not a list of strings`);
    return [];
  }

  flag(name: string): boolean {
    const value = this.#member(name);
    if (value === undefined || typeof value === "boolean") return value ?? false;
    this.report(name, `${show(value)} is not a boolean`, "give true or false");
    return false;
  }

  /** A number, or one that is written as text. */
  number(name: string): number | undefined {
    const value = this.#member(name);
    if (value === undefined) return undefined;
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
    this.report(name, `${show(value)} is not a number`);
    return undefined;
  }

  /** A whole number from 0 to `most`. */
  count(name: string, most: number): number | undefined {
    const value = this.#member(name);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
    this.report(name, `${show(value)} is not a whole number from 0 to ${most}`);
    return undefined;
  }

  /** What the given word stands for. */
  choice<T>(name: string, choices: ReadonlyMap<string, T>): T | undefined {
    const value = this.#member(name);
    return value === undefined ? undefined : this.#choose(name, value, choices);
  }

  /** What each word of a list stands for. */
  choices<T>(name: string, choices: ReadonlyMap<string, T>): readonly T[] {
    const value = this.#member(name);
    if (value === undefined) return [];
    if (Array.isArray(value)) {
      return value.flatMap((item: Json, index) => this.#choose(`${name}[${index}]`, item, choices) ?? []);
    }
    this.report(name, `${show(value)} is not a list`);
    return [];
  }

  report(name: string, message: string, remedy?: string): void {
    this.problems.push({ path: this.#pathOf(name), message, ...(remedy !== undefined && { remedy }) });
  }

  #choose<T>(name: string, value: Json, choices: ReadonlyMap<string, T>): T | undefined {
    const chosen = typeof value === "string" ? choices.get(value) : undefined;
    if (chosen === undefined) {
      this.report(
        name,
        `${show(value)} is none of the values that it can have`,
        `choose ${listOf([...choices.keys()])}`,
      );
    }
    return chosen;
  }

  #member(name: string): Exclude<Json, null> | undefined {
    return Object.hasOwn(this.#settings, name) ? (this.#settings[name] ?? undefined) : undefined;
  }

  #pathOf(name: string): string {
    return this.#path + name;
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value for a message, and not much of a long one. */
export function show(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
